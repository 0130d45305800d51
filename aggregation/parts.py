"""Counted portions of a box, and their sum.

The order of nonces is checked within a portion where it is read and between portions here, so that each nonce comes
once in the whole box whoever counted which portion, and nothing is measured from a box in which one does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from aggregation.ballots import Ballot, BoxOutOfOrder
from aggregation.counting import Counts, cells_of, count_tables, exact
from aggregation.opening import Inspection, open_box
from aggregation.portions import Portion, Portions
from privacy.counts import ExactCounts
from privacy.workload import Workload
from survey.rounds.manifest import Manifest
from survey.sealing import SealingKey


class PartRefused(RuntimeError):
    """A part that cannot be the portion it was asked for: whoever counted it is broken or lies."""

    def __init__(self) -> None:
        super().__init__(
            "A counting process handed back something that is not its part of the ballot box. Nothing was measured; "
            "check that every worker is yours and runs the same version, and run it again."
        )


class BoxIncomplete(RuntimeError):
    """The portions hold another number of ballots than the box."""

    def __init__(self) -> None:
        super().__init__(
            "The number of ballots read is not the number in the box: it changed while it was read, or a part of it "
            "was left out. Nothing was measured; run it again."
        )


@dataclass(frozen=True, slots=True, repr=False)
class Opener:
    """All that opening and counting need to know of a round. Confidential: it holds the private key."""

    manifest: Manifest
    key: SealingKey
    workload: Workload

    def __repr__(self) -> str:
        return "Opener(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("What opens a box is not pickled.")


@dataclass(frozen=True, slots=True, repr=False)
class CountedPart:
    """What one portion adds to the counts, and the nonces it begins and ends with (empty where it has no ballot).

    Shape: tables[name] is flat (cells,) int64. Confidential: it is written nowhere, and pickled only for the pipe from
    a counting process to the tally that started it.
    """

    first: bytes
    last: bytes
    tables: Mapping[str, Counts]
    inspection: Inspection

    def __repr__(self) -> str:
        return "CountedPart(<redacted>)"


class _Seen:
    """The first and last nonce of what passes by."""

    def __init__(self) -> None:
        self.first = self.last = b""

    def passing(self, ballots: Iterator[Ballot]) -> Iterator[Ballot]:
        for ballot in ballots:
            self.first = self.first or ballot.nonce
            self.last = ballot.nonce
            yield ballot


def count_portion(opener: Opener, portion: Portion) -> CountedPart:
    """Read, check, open and count one portion; no bad ballot stops the rest. Memory does not grow with the portion.

    Raises: BoxOutOfOrder, BoxError.
    """
    seen, inspection = _Seen(), Inspection()
    batches = open_box(opener.manifest, opener.key, seen.passing(portion.ballots()), inspection)
    tables = count_tables(opener.manifest.form, opener.workload, batches)
    return CountedPart(seen.first, seen.last, tables, inspection)


class Gathered:
    """The sum of the portions of one box: each is added once, in any order, and all are there before it is read."""

    __slots__ = ("_count", "_ends", "_inspection", "_portions", "_tables", "_workload")

    def __init__(self, workload: Workload, portions: Portions, count: int) -> None:
        """count: how many ballots the whole box has."""
        self._workload, self._portions, self._count = workload, portions, count
        self._tables = {table.name: np.zeros(cells_of(workload, table), np.int64) for table in workload.tables}
        self._ends: dict[int, tuple[bytes, bytes]] = {}
        self._inspection = Inspection()

    def __repr__(self) -> str:
        return "Gathered(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("Counts are not pickled.")

    @property
    def read(self) -> int:
        """How many ballots have been read so far."""
        return self._inspection.read

    def add(self, number: int, part: CountedPart) -> None:
        """Add the part counted for the portion of this number. Raises: PartRefused, also where it came before."""
        if number in self._ends or not self._fits(number, part):
            raise PartRefused
        self._ends[number] = part.first, part.last
        for name, counts in part.tables.items():
            self._tables[name] += counts
        self._inspection.add(part.inspection)

    def finish(self) -> tuple[ExactCounts, Inspection]:
        """The counts of the whole box, and what happened to its ballots.

        Raises: BoxOutOfOrder if a nonce repeats or goes back between portions; BoxIncomplete if ballots are missing.
        """
        if len(self._ends) != len(self._portions):
            raise BoxIncomplete
        before = b""
        for number in range(len(self._portions)):
            first, last = self._ends[number]
            if first and first <= before:
                raise BoxOutOfOrder
            before = last or before
        if self.read != self._count:
            raise BoxIncomplete
        return exact(self._workload, self._tables), self._inspection

    def _fits(self, number: int, part: CountedPart) -> bool:
        read, empty = part.inspection.read, not part.first and not part.last
        if not 0 <= number < len(self._portions) or (read == 0) != empty:
            return False
        if read and not (part.first <= part.last and self._portions[number].holds(part.first, part.last, read)):
            return False
        if set(part.tables) != set(self._tables):
            return False
        alike = all(
            counts.shape == self._tables[name].shape and counts.dtype == np.int64 and bool((counts >= 0).all())
            for name, counts in part.tables.items()
        )
        return alike and int(part.tables[self._workload.total.name][0]) == part.inspection.counted
