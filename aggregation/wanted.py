"""How precise the figures of a round should be."""

from __future__ import annotations

from math import sqrt
from typing import Final

from privacy.typical import Crowd
from privacy.workload import Table, Workload

SINGLE: Final = 0.06  # noise margin of a figure for everyone, where one answer is given
SEVERAL: Final = 0.08  # and where several are
_FOR: Final = 300  # respondents at whom these margins are about those of sampling; in larger rounds both shrink
_SAFELY: Final = 0.95  # of the usable margin: groups are of different size, and common answers are less exact
_HAIR: Final = 0.995
_MOST: Final = 0.5  # a question asked of fewer than this part need only be usable


def wanted_margins(workload: Workload, crowd: Crowd, usable_margin: float) -> dict[str, float]:
    """Table name to the noise margin that a share in it should not exceed, in a group of mean size.

    For everyone 6 points, and 8 where several answers are given; for groups, and for a question that few are asked, as
    much as is still usable. In rounds of more than 300 all shrink as sampling margins do (those of groups to 6 points).
    """
    tables = (table for table in workload.tables if not table.total and (table.of or len(table.by) == 1))
    return {table.name: min(usable_margin, _wanted(workload, crowd, table, usable_margin)) for table in tables}


def usable_margins(workload: Workload, usable_margin: float) -> dict[str, float]:
    """The least that a split is promised for: that it is usable in a group of mean size, with a hair to spare."""
    return {table.name: _HAIR * usable_margin for table in workload.tables if table.by and table.of}


def _wanted(workload: Workload, crowd: Crowd, table: Table, usable_margin: float) -> float:
    shrink = min(1.0, sqrt(_FOR / crowd.respondents))
    asked = float(crowd.answers(workload, table).sum()) / crowd.respondents
    if table.of and (table.by or asked < _MOST):
        return max(min(SINGLE, usable_margin), shrink * _SAFELY * usable_margin)
    return shrink * (SEVERAL if any(not workload.axis(name).single for name in table.of) else SINGLE)
