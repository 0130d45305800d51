"""Which round is to be tallied, and where its ballots come from: this machine's intake, or a file that travelled.

The file is not trusted: it says which round it is of, and only an id that the host gave, or that this machine knows
already, decides whether that is the round meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from aggregation.ballots import BoxFile
from aggregation.portions import FilePortions, Portions
from host.box_portions import BoxPortions
from host.house import House
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import UnknownRound
from survey.rounds.manifest import Manifest
from survey.rounds.times import now


class TallyError(ValueError):
    """A round that cannot be measured now; says what to do first."""


@dataclass(frozen=True, slots=True)
class Box:
    """How many ballots there are, and the portions of about a given size in which they are read."""

    count: int
    portions: Callable[[int], Portions]


def find_round(house: House, name: str, box_path: Path | None) -> tuple[Manifest, BoxFile | None]:
    """The round meant by `name`, with its box file if one was given.

    A round that this machine has not seen yet is taken from the box file, if `name` is its full id: the id is the
    digest of the manifest, so that nobody can put another one in its place.
    Raises: TallyError, BoxError, UnknownRound.
    """
    if box_path is None:
        return house.rounds.find(name).manifest, None
    file = BoxFile.open(box_path)
    if file.manifest.id != _expected_id(house, name):
        raise TallyError(f"This box file is of the round '{file.manifest.name}', not of the one you named.")
    check_term(house, file.manifest)
    if file.manifest.id not in house.rounds.ids():
        house.rounds.add(file.served)
    return file.manifest, file


def check_term(house: House, manifest: Manifest) -> None:
    """Only the term of this machine, or one that does not touch it, is charged. Raises: TallyError."""
    promised, own = manifest.promise.term, house.config.term
    start, end = date.fromisoformat(promised.start), date.fromisoformat(promised.end)
    same = (start, end, promised.epsilon, promised.delta) == (own.start, own.end, own.epsilon, own.delta)
    if not same and start <= own.end and own.start <= end:
        raise TallyError(
            f"This round promised the term {promised.start} to {promised.end} with epsilon {promised.epsilon:g} and "
            f"delta {promised.delta:g}; [term] in subrosa.toml says otherwise. Write the promised term there."
        )


def ballots_of(house: House, manifest: Manifest, file: BoxFile | None) -> Box:
    """The closed box of the round. Raises: TallyError if it is not here, not closed, or the round was cancelled."""
    now_is = check_not_cancelled(house, manifest)
    if file is not None:
        return Box(file.count, partial(FilePortions.of, file))
    if now_is is not Phase.CLOSED:
        raise TallyError("This round is still open; run `subrosa round close` when it has ended.")
    store = house.ballot_box()
    if store is None:
        raise TallyError(
            "There is no ballot box on this machine. If the intake works elsewhere, carry its box here with "
            "`subrosa box export` and --box; if `subrosa serve` never ran, nobody could answer."
        )
    state = store.state(manifest.id_bytes)
    if state == "destroyed":
        raise TallyError("The ballot box of this round is destroyed on this machine; there is nothing to measure.")
    if state is None:
        raise TallyError(
            "The ballot box of this round is still open; run `subrosa round close` first, or name a box file."
        )
    count = store.count(manifest.id_bytes)
    store.release()  # who counts opens it again, in whatever process
    return Box(count, partial(BoxPortions, house.box_address, manifest.id_bytes, count))


def check_not_cancelled(house: House, manifest: Manifest) -> Phase:
    """Where the round is now, by the statements of this machine. Raises: TallyError."""
    now_is = phase(manifest, house.rounds.load(manifest.id).statement, now())
    if now_is is Phase.CANCELLED:
        raise TallyError("This round was cancelled; nothing is ever measured from it.")
    return now_is


def _expected_id(house: House, name: str) -> str:
    if len(name) == 64:
        return name
    try:
        return house.rounds.find(name).manifest.id
    except UnknownRound:
        raise TallyError(
            "This machine does not know the round yet, and a name inside a box file proves nothing: give the round's "
            "full id as the society published it (64 letters and digits)."
        ) from None
