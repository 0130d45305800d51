"""Which groups differ from everyone when all split tables of a release are counted, and not one table by itself.

A mark on the page is right for its table: of twenty tables about one has a mark by chance. What a release opens with
is picked from all of them, so that each table gets its part of the chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from privacy.comparing import holm
from privacy.threshold import SHOWN
from privacy.workload import Workload
from reports.comparisons import Comparisons

LEVEL = 0.025  # the chance that any difference of a release is none; as much is left for leaders


@dataclass(frozen=True, slots=True)
class Distinct:
    """One group's share of one answer, apart from everyone's by `low` to `high`: both of one sign.

    `cohort`, `answer`: indexes into the cells of the table.
    """

    axis: str
    by: tuple[str, ...]
    cohort: int
    answer: int
    low: float
    high: float

    @property
    def at_least(self) -> float:
        return min(abs(self.low), abs(self.high))


@dataclass(frozen=True, slots=True)
class Distinctions:
    """What differs, and how many figures were compared for it."""

    found: tuple[Distinct, ...]
    figures: int


def distinctions(workload: Workload, compared: Mapping[str, Comparisons]) -> Distinctions:
    """Guarantee, approximately: anything is wrongly said to differ in at most LEVEL of all releases.

    Only what its own table marks, and whose interval there is without zero.
    """
    some = {name: of for name, of in compared.items() if (of.statuses == SHOWN).any()}
    figures = sum(int((of.statuses == SHOWN).sum()) for of in some.values())
    found = (one for name, of in some.items() for one in _of_table(workload, name, of, LEVEL / len(some)))
    return Distinctions(tuple(found), figures)


def _of_table(workload: Workload, name: str, of: Comparisons, level: float) -> Iterator[Distinct]:
    table, shown = workload.table(name), of.statuses == SHOWN
    surely = np.zeros(shown.shape, dtype=np.bool_)
    surely[shown] = holm(of.chances[shown], level)
    surely &= (of.marks != "") & ((of.lows > 0) | (of.highs < 0))
    for cohort, answer in np.argwhere(surely):
        low, high = float(of.lows[cohort, answer]), float(of.highs[cohort, answer])
        yield Distinct(table.of[0], table.by, int(cohort), int(answer), low, high)
