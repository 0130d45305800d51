"""A ledger that is still in its file while the config names a server already.

`init` makes the file before anybody can have named a server. Where it was never used it is begun on the server instead.
In all other cases nobody but a person can tell a ledger that was never moved from a server whose ledger was lost: an
empty one in its place would be a fresh budget.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from host.keys import KeyMissing
from storage.moved import aside, put_aside

if TYPE_CHECKING:
    from host.house import House

_NOT_HERE: Final = (
    "The tally's ledger is not on this machine; run this where the tally is, plug its disk in, or check [tally] "
    "folder. A lost ledger is restored from a backup, never begun anew."
)


def never_used(house: House) -> bool:
    """Whether the ledger is in its file, and nothing here was ever charged, released, or moved to another server.

    Ask only where the ledger is not where the config says. Whoever charged a round had its manifest here.
    Raises: LedgerUnavailable, ChainBroken.
    """
    if not unmoved(house) or aside(house.ledger_file).exists() or house.rounds.ids() or house.externals.ids():
        return False
    if _holds_something(house.releases) or _holds_something(house.answer_marks):
        return False
    return house.ledger_in(house.ledger_file).entries() == ()


def begin_on_server(house: House) -> None:
    """Make the ledger that is not where the config says, and put the file that was never used aside.

    Raises: KeyMissing where it may have been used, or is not here.
    """
    if not never_used(house):
        raise KeyMissing(unmoved_in_words("tally", house.ledger_file) if unmoved(house) else _NOT_HERE)
    house.ledger_in(house.ledger_address)
    put_aside(house.ledger_file)  # last: whoever is stopped before has both, and uses the server's


def unmoved(house: House) -> bool:
    """Whether the config names a server, and there is a ledger in the file that it would be in without one."""
    file = house.ledger_file
    return not isinstance(house.ledger_address, Path) and file.is_file() and file.stat().st_size > 0


def unmoved_in_words(party: str, file: Path) -> str:
    """What to do about a database that is still in its file."""
    return (
        f"The server that `database` in [{party}] names has no database of the {party} yet, and there is one in the "
        f"file {file.name} of its folder here. If that was never moved, take `database` out of [{party}], run `subrosa "
        f"database move {party} --to ADDRESS`, and put it in again. If the server had one before, check the address, "
        f"or restore the {party}'s backup."
    )


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
