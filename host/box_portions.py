"""Portions of a ballot box in a database: ranges of nonces, read by whoever counts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aggregation.ballots import Ballot, BoxError
from storage.address import Address
from storage.opening import DatabaseUnavailable, is_there
from survey.intake.box import BallotBox
from survey.intake.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class BoxPortion:
    """The ballots whose nonces are in [start, end), or from `start` on if `end` is None."""

    address: Address = field(repr=False)
    round_id: bytes = field(repr=False)
    start: bytes = field(repr=False)
    end: bytes | None = field(repr=False)

    def ballots(self) -> Iterator[Ballot]:
        box = BallotBox.open(self.address)
        try:
            for row in box.ballots(self.round_id, self.start, self.end):
                yield Ballot(*row)
        finally:
            box.release()  # a database that is read could not be put in order when its ballots are destroyed

    def holds(self, first: bytes, last: bytes, read: int) -> bool:
        return read > 0 and self.start <= first <= last and (self.end is None or last < self.end)

    def check(self) -> None:
        try:
            box = BallotBox.open(self.address) if is_there(self.address, SCHEMA) else None
        except (DatabaseUnavailable, OSError):
            box = None
        if box is None:
            raise BoxError(
                "A worker cannot reach the database of the ballot box; use PostgreSQL at an address that every worker "
                "reaches, or `subrosa box export`, and --box with a file that every worker sees."
            )
        try:
            # Counting its ballots once a worker would take longer than reading them; the sum is checked at the end.
            if box.state(self.round_id) != "closed":
                raise BoxError("A worker reaches another ballot box; let every worker reach the same one.")
        finally:
            box.release()


@dataclass(frozen=True, slots=True)
class BoxPortions:
    """The whole box in ranges of nonces that hold about `size` ballots each, because honest nonces are digests.

    A hostile intake can fill one range more than another; that costs time, for no portion is held in memory.
    """

    address: Address = field(repr=False)
    round_id: bytes = field(repr=False)
    count: int = field(repr=False)
    size: int

    def __len__(self) -> int:
        return max(1, -(-self.count // self.size))

    def __getitem__(self, number: int, /) -> BoxPortion:
        number, of = range(len(self))[number], len(self)
        start = (number * 2**64 // of).to_bytes(8) if number else b""
        end = ((number + 1) * 2**64 // of).to_bytes(8) if number + 1 < of else None
        return BoxPortion(self.address, self.round_id, start, end)
