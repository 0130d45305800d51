"""Moving a party's database from its SQLite file to a PostgreSQL server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from host.house import House
from host.keys import KeyMissing
from host.unmoved import unmoved_in_words
from storage.address import AddressError, place_of, read_address
from storage.copying import alone, copy_all
from storage.moved import aside, put_aside
from storage.opening import is_there, open_database
from storage.transactions import begun
from survey.intake.tables import SCHEMA as BOX_SCHEMA
from survey.registrar.tables import SCHEMA as REGISTER_SCHEMA

if TYPE_CHECKING:
    from sqlalchemy import URL

    from storage.address import Address
    from storage.schema import Schema

PARTIES: Final = ("registrar", "intake", "tally")


class CannotMove(RuntimeError):
    """Why a database stays where it is; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Moving:
    """What was moved: how many rows, and where the old file was put."""

    rows: int
    old: Path


def move(house: House, party: str, to: str) -> Moving:
    """Copy every row to the server, compare, and put the old file aside, so that nothing can go on with it.

    Run again after an interruption, it finishes. Raises: CannotMove, InUse, NotEmpty, CopyDiffers, DatabaseUnavailable,
    KeyMissing, ChainBroken.
    """
    file, schema = _source(house, party)
    target = _target(house, party, to)
    old = open_database(file, schema, pooled=False)
    new = open_database(target, schema, pooled=False)
    try:
        with alone(old) as reading, begun(new) as writing:
            copied = copy_all(reading, writing, schema.metadata)
            writing.commit()
    finally:
        old.dispose()
        new.dispose()
    put_aside(file)
    return Moving(sum(count for count, _ in copied.values()), aside(file))


def _source(house: House, party: str) -> tuple[Path, Schema]:
    address, schema = _stores(house)[party]
    if not isinstance(address, Path):
        file = _file_of(house, party)
        if file.is_file() and not is_there(address, schema):
            raise CannotMove(unmoved_in_words(party, file))
        raise CannotMove(f"The database of the {party} is on a server already; move it on with the server's own tools.")
    if party == "tally":
        house.ledger()  # checks that it is there, and its chain
    elif not is_there(address, schema):
        raise KeyMissing(f"There is no database of the {party} on this machine; run this where the {party} works.")
    return address, schema


def _file_of(house: House, party: str) -> Path:
    folder = house.config.tally_folder if party == "tally" else house.config.root / party
    return folder / f"{party}.sqlite"


def _target(house: House, party: str, to: str) -> URL:
    try:
        target = read_address(to)
    except AddressError as fault:
        raise CannotMove(f"The new address {fault}.") from None
    others = [address for name, (address, _) in _stores(house).items() if name != party]
    if place_of(target) in [place_of(address) for address in others if not isinstance(address, Path)]:
        raise CannotMove("Another party has that database; registrar, intake and tally need one each.")
    return target


def _stores(house: House) -> dict[str, tuple[Address, Schema]]:
    from privacy.store import SCHEMA as LEDGER_SCHEMA  # noqa: PLC0415

    return {
        "registrar": (house.register_address, REGISTER_SCHEMA),
        "intake": (house.box_address, BOX_SCHEMA),
        "tally": (house.ledger_address, LEDGER_SCHEMA),
    }
