"""Which cohorts answered otherwise than everyone: each split table as one family of comparisons.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from privacy.comparing import Compared, PartNoise, Shares, compare
from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN
from privacy.workload import Table
from reports.counted import Counted, Floats, Statuses
from reports.figures import Judged

HIGHER, LOWER = "higher", "lower"


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """One split table, each cohort's shares less everyone's. Shapes: (cohorts, answers); nan where not shown.

    `marks`: HIGHER or LOWER where Holm's test says that they differ, else empty. `chances`: of a difference as large
    as this where there is none.
    """

    values: Floats
    lows: Floats
    highs: Floats
    statuses: Statuses
    marks: Statuses
    chances: Floats


def comparisons(counted: Counted, judged: Mapping[str, Judged]) -> dict[str, Comparisons]:
    """By name of the split table; those of one axis that is tabled for everyone too, and of which shares are known.

    The family of a table is all its comparisons that are shown: where the figure of both, cohort and everyone, is.
    """
    split = [t for name in judged if len((t := judged[name].table).of) == 1 and t.by]
    pairs = [(table, counted.table(table.of[0], ())) for table in split]
    return {table.name: _of(counted, judged, table, whole) for table, whole in pairs if whole is not None}


def _of(counted: Counted, judged: Mapping[str, Judged], table: Table, whole: Table) -> Comparisons:
    cells, all_cells = counted.answers(table), counted.answers(whole)
    answers = all_cells.size
    own = cells.reshape(-1, answers)
    statuses = _worse(_statuses(counted, judged[table.name]), _statuses(counted, judged[whole.name]))
    shown = statuses == SHOWN
    answered, everyone = (counted.values(counted.answered(of)).reshape(-1, 1) for of in (table, whole))
    arrays = (own, answered, all_cells.reshape(1, -1), everyone)
    family = Shares(*(np.broadcast_to(array, own.shape)[shown] for array in arrays))
    return _placed(compare(family, _noise(counted, table, whole)), statuses)


def _noise(counted: Counted, table: Table, whole: Table) -> PartNoise:
    """It is the same for every answer and cohort."""
    first = np.eye(1, len(counted.workload.axis(table.of[0]).inside))[0]
    cell, all_cell = [counted.weigh(table, first)], [counted.weigh(whole, first)]
    answered, everyone = counted.answered(table), counted.answered(whole)
    across = [[counted.covariance(one, other) for other in (all_cell, everyone)] for one in (cell, answered)]
    return PartNoise(
        counted.noise(cell, answered),
        counted.noise(all_cell, everyone),
        ((across[0][0], across[0][1]), (across[1][0], across[1][1])),
    )


def _statuses(counted: Counted, judged: Judged) -> Statuses:
    """Of the answer cells. Shape: (cohorts, answers)."""
    inside = list(counted.workload.axis(judged.table.of[0]).inside)
    return judged.status[..., inside].reshape(-1, len(inside))


def _worse(one: Statuses, other: Statuses) -> Statuses:
    """Of a figure made of two: hidden if either is, then uncertain if either is."""
    uncertain = np.where((one == UNCERTAIN) | (other == UNCERTAIN), UNCERTAIN, SHOWN)
    return np.where((one == HIDDEN) | (other == HIDDEN), HIDDEN, uncertain)


def _placed(found: Compared, statuses: Statuses) -> Comparisons:
    shown = statuses == SHOWN
    values, lows, highs, chances = (np.full(statuses.shape, np.nan) for _ in range(4))
    values[shown], lows[shown], highs[shown], chances[shown] = found.value, found.low, found.high, found.chance
    marks = np.full(statuses.shape, "", dtype="<U6")
    marks[shown] = np.where(found.differs, np.where(found.value > 0, HIGHER, LOWER), "")
    return Comparisons(values, lows, highs, statuses, marks, chances)
