"""A closed box in portions, each of which can be read by itself, in another process or on another machine.

A portion of a box file is a range of places in it, not of nonces: every ballot of the file then is in exactly one
portion, however a hostile intake ordered them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aggregation.ballots import Ballot, BoxError, BoxFile, read_ballots


class Portion(Protocol):
    """Where a part of a box is to be read; it holds no ballot, and prints nothing of how a box is reached.

    Picklable, by the tally only, for the way to who reads it.
    """

    def ballots(self) -> Iterator[Ballot]:
        """The ballots in the order in which they lie there. Raises: BoxError."""

    def holds(self, first: bytes, last: bytes, read: int) -> bool:
        """Whether `read` ballots from the nonce `first` to the nonce `last` can be this portion."""

    def check(self) -> None:
        """Look whether the whole box is within reach, and is the one meant. Raises: BoxError."""


class Portions(Protocol):
    """A whole box in portions, in nonce order; a tuple of portions is one. Picklable, and small however many it has."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int, /) -> Portion: ...


@dataclass(frozen=True, slots=True)
class FilePortion:
    """The ballots [begin, end) of a box file, counted from 0 in the order of the file."""

    path: Path = field(repr=False)
    round_id: str
    count: int = field(repr=False)
    start: int = field(repr=False)
    sealed_length: int = field(repr=False)
    begin: int
    end: int

    def ballots(self) -> Iterator[Ballot]:
        return read_ballots(self.path, self.start, self.sealed_length, self.begin, self.end)

    def holds(self, first: bytes, last: bytes, read: int) -> bool:
        return read == self.end - self.begin and first <= last

    def check(self) -> None:
        try:
            box = BoxFile.open(self.path)
        except (BoxError, OSError):
            raise BoxError(
                "A worker cannot read the box file at its path; put it where every worker sees it under the same path."
            ) from None
        if (box.manifest.id, box.count, box.start) != (self.round_id, self.count, self.start):
            raise BoxError("A worker finds another box file at the same path; let every worker see the same one.")


@dataclass(frozen=True, slots=True)
class FilePortions:
    """A whole box file in portions of `size` ballots, each made when it is asked for; the last may have fewer."""

    path: Path = field(repr=False)
    round_id: str
    count: int = field(repr=False)
    start: int = field(repr=False)
    sealed_length: int = field(repr=False)
    size: int

    @classmethod
    def of(cls, box: BoxFile, size: int) -> FilePortions:
        return cls(box.path, box.manifest.id, box.count, box.start, box.sealed_length, size)

    def __len__(self) -> int:
        return len(range(0, self.count, self.size))

    def __getitem__(self, number: int, /) -> FilePortion:
        begin = range(len(self))[number] * self.size
        end = min(begin + self.size, self.count)
        return FilePortion(self.path, self.round_id, self.count, self.start, self.sealed_length, begin, end)
