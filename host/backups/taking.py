"""Backing up one party: what is copied of it, and what never is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from host.backups.archive import Writer, give_new_name, new_backup
from host.backups.described import Description, Role, TableParts
from host.backups.registrar_keys import check_keys_here
from host.backups.replacing import check_replaceable, put_in_place
from host.backups.row_parts import write_rows
from host.house import House
from host.keys import read_signing_key
from storage.address import Address
from storage.opening import is_there, open_database
from storage.rows import kind_of, one_moment, rows
from storage.schema import Schema
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import CLOSING, MANIFEST

CONFIG: Final = "subrosa.toml"
SIGNING: Final = "host/signing.pem"


class NothingToBackUp(LookupError):
    """The party does not work on this machine."""

    def __init__(self, role: Role) -> None:
        super().__init__(f"There is nothing of the {role} on this machine; make its backup where it works.")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup holds: rows a table, and how many key or other files."""

    rows: dict[str, int]
    files: int


def back_up(house: House, role: Role, config: Path, out: Path, now: datetime, *, replace: bool = False) -> Taken:
    """Write a party's backup to a file, from one consistent moment, while services run.

    replace: take the place of an earlier backup of this party, which is overwritten once the new one is whole.
    Raises: NothingToBackUp, BackupExists, NotReplaced, NoFolder, KeyMissing; DatabaseUnavailable and the like. No file
    is left then, and an earlier backup stays as it was.
    """
    if replace:
        check_replaceable(out, role)
    with new_backup(out, put_in_place if replace else give_new_name) as writer:
        if role == "host":
            with house.rounds.changing():
                return _finish(writer, Description(role, _day(now)), _add_host(writer, house, config))
        if role == "registrar":
            # The host's commands wait, so that keys and codes are of the same moment; the service does not.
            with house.rounds.changing():
                check_keys_here(house, now)
                return _store(writer, house, role, now)
        return _store(writer, house, role, now)


def store_of(house: House, role: Role) -> tuple[Address, Schema]:
    """Where a party's store lies, and what it should look like."""
    from privacy.store import SCHEMA as LEDGER  # noqa: PLC0415
    from survey.intake.tables import SCHEMA as BOX  # noqa: PLC0415
    from survey.registrar.tables import SCHEMA as REGISTER  # noqa: PLC0415

    places: dict[str, tuple[Address, Schema]] = {
        "registrar": (house.register_address, REGISTER),
        "intake": (house.box_address, BOX),
        "tally": (house.ledger_address, LEDGER),
    }
    return places[role]


def _store(writer: Writer, house: House, role: Role, now: datetime) -> Taken:
    address, schema = store_of(house, role)
    if not is_there(address, schema):
        raise NothingToBackUp(role)
    engine = open_database(address, schema)
    try:
        tables = _add_tables(writer, engine, schema)
    finally:
        engine.dispose()
    files = _add_keys(writer, house, now) if role == "registrar" else 0
    return _finish(writer, Description(role, _day(now), schema.head, tables), files)


def _add_tables(writer: Writer, engine: Engine, schema: Schema) -> dict[str, TableParts]:
    with one_moment(engine) as connection:
        return {
            table.name: write_rows(
                writer, table.name, tuple((c.name, kind_of(c)) for c in table.columns), rows(connection, table)
            )
            for table in schema.metadata.sorted_tables
        }


def _add_keys(writer: Writer, house: House, now: datetime) -> int:
    """The keys of rounds that are not over: all others are destroyed, or about to be."""
    added = 0
    for published in house.rounds.all():
        if phase(published.manifest, published.statement, now) in (Phase.CLOSED, Phase.CANCELLED):
            continue
        for path in (house.issuer_key(published.manifest.id), house.mail_key(published.manifest.id)):
            if path.exists():
                writer.add(f"keys/{path.name}", path.read_bytes())
                added += 1
    return added


def _add_host(writer: Writer, house: House, config: Path) -> int:
    read_signing_key(house.signing_key)  # a backup of the host without its key would be found out too late
    house.rounds.all()  # and so would one of rounds that were tampered with
    count = 0
    for name, path in _host_files(house, config):
        writer.add(name, path.read_bytes())
        count += 1
    return count


def _host_files(house: House, config: Path) -> Iterator[tuple[str, Path]]:
    yield CONFIG, config
    yield SIGNING, house.signing_key
    root = house.config.root
    for one in house.externals.ids():
        yield f"measured/{one}.json", root / "measured" / f"{one}.json"
    for round_id in house.rounds.ids():
        for name in (MANIFEST, CLOSING):
            if (path := root / "rounds" / round_id / name).is_file():
                yield f"rounds/{round_id}/{name}", path
    for path in sorted(_plain_files(house.releases)):
        yield f"releases/{path.relative_to(house.releases).as_posix()}", path


def _plain_files(folder: Path) -> Iterator[Path]:
    """What is published, and nothing that is hidden: that is being written, or was left by who was killed over it."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(where) / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _finish(writer: Writer, description: Description, files: int) -> Taken:
    writer.close(description)
    return Taken({name: table.rows for name, table in description.tables.items()}, files)


def _day(now: datetime) -> str:
    return now.date().isoformat()
