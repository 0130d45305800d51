"""Carrying a closed ballot box to a tally on another machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from aggregation.ballots import Ballot, write_box
from host.house import House
from survey.intake.box import BallotBox
from survey.rounds.folder import PublishedRound

Progress = Callable[[int, int], None]
_TOLD_EVERY: Final = 1000


def _nothing(_done: int, _count: int) -> None:
    """In place of a progress bar."""


class BoxNotReady(ValueError):
    """The box is not in the state that this step needs; says which step comes first."""


def export_box(house: House, published: PublishedRound, out: Path, progress: Progress = _nothing) -> int:
    """Write the box to a new file (0600), whole or not at all; returns the number of ballots.

    progress: told how many are written, and how many there are.
    """
    manifest, box = published.manifest, _closed_box(house, published)
    count = box.count(manifest.id_bytes)
    if out.exists():
        raise BoxNotReady(f"{out} exists already; name a new file.")
    temporary = out.with_name(f".{out.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write_box(file, manifest, published.served, count, _read(box, manifest.id_bytes, count, progress))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _read(box: BallotBox, round_id: bytes, count: int, progress: Progress) -> Iterator[Ballot]:
    for done, row in enumerate(box.ballots(round_id), 1):
        yield Ballot(*row)
        if done % _TOLD_EVERY == 0:
            progress(done, count)


def destroy_box(house: House, published: PublishedRound) -> None:
    """Doing it again finishes a destruction whose rows were deleted, and whose files were not rewritten."""
    _ended_box(house, published).destroy(published.manifest.id_bytes)


def _closed_box(house: House, published: PublishedRound) -> BallotBox:
    box = _ended_box(house, published)
    if box.state(published.manifest.id_bytes) == "destroyed":
        raise BoxNotReady("The ballot box of this round is destroyed; there is nothing left of it here.")
    return box


def _ended_box(house: House, published: PublishedRound) -> BallotBox:
    box = house.ballot_box()
    if box is None:
        raise BoxNotReady("The intake does not work on this machine; run this where its ballot box is.")
    if box.state(published.manifest.id_bytes) is None:
        raise BoxNotReady("The ballot box is still open; run `subrosa round close` first.")
    return box
