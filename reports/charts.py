"""The pictures of a page as values: groups of people side by side, each answer with its share and interval.

Nothing here holds a number that may not be shown: a cell that is not shown has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan

import numpy as np
import numpy.typing as npt

from privacy.threshold import SHOWN, UNCERTAIN
from privacy.weighted import Weighted
from reports.figures import Judged
from reports.wording import people, percent, points

ABSENT = "absent"  # of a cell beside others: not asked alike there, or too few answered to tell anything
_FULL = (0.1, 0.25, 0.5, 1.0)  # what the whole width of a bar may stand for
_LOPSIDED = 0.01  # from here on an interval has no one margin that could be said of it
_FINE = 0.01  # below this margin in all of a chart, its percentages get a decimal


@dataclass(frozen=True, slots=True)
class Cell:
    """One share with its margin and interval; nothing but its status if it is not shown.

    mark: `higher` or `lower` if it differs from everyone's by more than chance would make it, else empty.
    """

    status: str
    share: float = 0.0
    margin: float = 0.0
    low: float = 0.0
    high: float = 0.0
    mark: str = ""

    @property
    def shown(self) -> bool:
        return self.status == SHOWN


@dataclass(frozen=True, slots=True)
class Group:
    """A cohort, or everyone. answered: how many, in words; silent: who gave no answer, in words."""

    label: str
    cells: tuple[Cell, ...]
    answered: str
    silent: tuple[tuple[str, str], ...]

    @property
    def status(self) -> str:
        """`shown` if any cell is; else `uncertain` if any is only that; else `hidden`."""
        found = {cell.status for cell in self.cells}
        return next((status for status in (SHOWN, UNCERTAIN) if status in found), "hidden")


@dataclass(frozen=True, slots=True)
class Chart:
    """Groups side by side over the same answers.

    full: the share that the whole length of a bar stands for; places: decimals of its percentages.
    """

    answers: tuple[tuple[str, ...], ...]
    groups: tuple[Group, ...]
    full: float
    places: int

    @property
    def width(self) -> str:
        return f"{self.full:.0%}"

    def share(self, cell: Cell) -> str:
        """`34%`"""
        return percent(cell.share, self.places)

    def within(self, cell: Cell) -> str:
        """`±5`, in percentage points; or, where one side is longer by more than a point, the ends: `17–35`."""
        down, up = cell.share - cell.low, cell.high - cell.share
        if round(abs(up - down), 9) > _LOPSIDED:
            return f"{cell.low * 100:.{self.places}f}–{cell.high * 100:.{self.places}f}"
        return f"±{points(cell.margin, self.places)}"


def chart(answers: Sequence[tuple[str, ...]], groups: Iterable[Group]) -> Chart:
    kept = tuple(groups)
    shown = [cell for group in kept for cell in group.cells if cell.shown]
    highest = max((cell.high for cell in shown), default=1.0)
    fine = bool(shown) and max(cell.margin for cell in shown) < _FINE
    return Chart(tuple(answers), kept, next(full for full in _FULL if highest <= full), 1 if fine else 0)


def groups(judged: Judged, labels: Sequence[str], outside: Sequence[str], sized: bool = False) -> tuple[Group, ...]:
    """The cohorts of a table, in array order.

    labels: one a cohort; outside: what to call the cells that are no answer, which come last.
    sized: a table of cohort sizes, whose own axes are the answers.
    """
    table = judged.estimate.share.reshape(len(labels), -1)
    return tuple(_group(judged, labels[row], row, table.shape, outside, sized) for row in range(len(labels)))


def marked(drawn: Sequence[Group], marks: Sequence[Sequence[str]]) -> tuple[Group, ...]:
    """The same groups with a mark, or none, for each of their cells."""
    return tuple(
        replace(group, cells=tuple(replace(cell, mark=str(mark)) for cell, mark in zip(group.cells, row, strict=True)))
        for group, row in zip(drawn, marks, strict=True)
    )


def group_of(judged: Judged, label: str, places: Sequence[int]) -> Group:
    """These cells of a table, by their place in it; how many answered is not said."""
    return Group(label, tuple(_cell(judged, at) for at in places), "", ())


def weighted_group(version: Weighted, status: npt.NDArray[np.str_], outside: int) -> Group:
    """Everyone's weighted figures. How many answered stands with the unweighted ones. outside: cells at the end."""
    cells = []
    for at in range(len(status) - outside):
        share, low, high = (float(array[at]) for array in (version.share, version.low, version.high))
        shown = str(status[at]) == SHOWN
        margin = max(high - share, share - low)
        cells.append(Cell(SHOWN, share, margin, low, high) if shown else Cell(str(status[at])))
    return Group("Everyone", tuple(cells), "", ())


def _group(judged: Judged, label: str, row: int, shape: tuple[int, ...], outside: Sequence[str], sized: bool) -> Group:
    cells = [_cell(judged, row * shape[1] + column) for column in range(shape[1])]
    inside = len(cells) - len(outside)
    first = row * shape[1] + inside
    silent = zip(outside, range(first, first + len(outside)), strict=True)
    known = [(name, _count(judged, at)) for name, at in silent if str(judged.status.flat[at]) == SHOWN]
    answered = _answered(judged, row) if any(cell.shown for cell in cells) and not sized else ""
    return Group(label, tuple(cells[:inside]), answered, tuple(known))


def _cell(judged: Judged, at: int) -> Cell:
    of, status = judged.estimate, str(judged.status.flat[at])
    share = of.share.flat[at]
    if status != SHOWN or isnan(share):
        return Cell(status)
    margin, low, high = (float(array.flat[at]) for array in (of.margin, of.low, of.high))
    return Cell(status, float(share), margin, low, high)


def _answered(judged: Judged, row: int) -> str:
    return people(float(np.asarray(judged.estimate.base).flat[row]))


def _count(judged: Judged, at: int) -> str:
    return people(float(judged.estimate.count.flat[at]))
