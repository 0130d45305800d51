"""What differs between releases by more than chance and noise would make it: `changes.csv`.

All of it is post-processing of measurements that are published: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from privacy.changing import Sample, change, strictness
from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN
from reports.series.related import Pair, Related
from reports.series.sampled import Place, Share

DIFFERS: Final = "differs"
FILE: Final = "changes.csv"


@dataclass(frozen=True, slots=True)
class Change:
    """One row of changes.csv, at full precision. A row without figures on both sides has no numbers.

    `low` to `high` holds the difference at once with all others of its family; `status` is `differs` if 0 is outside.
    """

    question: str
    by: str
    cohort: str
    rank: str
    answer: str
    from_round: str
    to_round: str
    from_share: float | None
    to_share: float | None
    difference: float | None
    low: float | None
    high: float | None
    status: str

    @property
    def place(self) -> Place:
        return Place(self.question, self.by, self.cohort, self.rank, self.answer)

    @property
    def differs(self) -> bool:
        return self.status == DIFFERS


def changes(related: Related) -> tuple[Change, ...]:
    """Every comparison: pairs of releases in the order of Related, places in the order of the form.

    Two families, each with intervals that hold at once with a chance of about 95 %: all that is said of everyone, and
    all that is said of cohorts.
    """
    compared = [_Compared(pair, place) for pair in related.pairs() for place in pair.places()]
    found: dict[int, tuple[float, float]] = {}
    for family in ([one for one in compared if not one.place.by], [one for one in compared if one.place.by]):
        found |= _intervals([one for one in family if one.shown])
    return tuple(one.row(found.get(id(one))) for one in compared)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    pair: Pair
    place: Place

    @property
    def shares(self) -> tuple[Share, Share]:
        return self.pair.before.shares[self.place], self.pair.after.shares[self.place]

    @property
    def shown(self) -> bool:
        return all(share.shown for share in self.shares)

    def row(self, interval: tuple[float, float] | None) -> Change:
        before, after = self.shares
        ids = self.pair.before.id, self.pair.after.id
        if interval is None:
            return Change(*self.place, *ids, None, None, None, None, None, _worse(before, after))
        difference = after.value - before.value
        low, high = min(interval[0], difference), max(interval[1], difference)
        status = DIFFERS if low > 0 or high < 0 else SHOWN
        return Change(*self.place, *ids, before.value, after.value, difference, low, high, status)


def _worse(before: Share, after: Share) -> str:
    return HIDDEN if HIDDEN in (before.status, after.status) else UNCERTAIN


def _intervals(family: Sequence[_Compared]) -> Iterator[tuple[int, tuple[float, float]]]:
    if not family:
        return
    before, after = (_sample([one.shares[side] for one in family]) for side in (0, 1))
    low, high = change(before, after, strictness(len(family)))
    for one, least, most in zip(family, low.tolist(), high.tolist(), strict=True):
        yield id(one), (least, most)


def _sample(shares: Sequence[Share]) -> Sample:
    rows = [(s.cells, s.answered, s.noise.above, s.noise.shared, s.noise.below) for s in shares]
    return Sample(*np.array(rows, dtype=np.float64).T)
