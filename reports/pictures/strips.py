"""Cohorts side by side: for every answer one small picture with a line a cohort, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from reports.charts import Cell, Chart
from reports.pictures.marks import LABEL, SMALL, WIDTH, Block, Line, Mark, Picture, Words, beside
from reports.pictures.telling import compared, gap
from reports.pictures.wrapping import width, wrapped

_WIDEST = 124.0  # that names of cohorts may take; longer ones go on in a second line
_TIP = 17.0  # for a mark of difference
_LEADING = 14.0
MARKS = {"higher": "▲", "lower": "▼"}


@dataclass(frozen=True, slots=True)
class Names:
    """The cohorts' names as lines, and how much room they take."""

    lines: tuple[tuple[str, ...], ...]
    wide: float

    @classmethod
    def of(cls, labels: Sequence[str]) -> Names:
        lines = tuple(wrapped(label, SMALL, _WIDEST, 2) for label in labels)
        return cls(lines, max((width(line, SMALL) for of in lines for line in of), default=0.0))

    def height(self, at: int) -> float:
        return 18.0 if len(self.lines[at]) == 1 else 32.0

    def marks(self) -> Iterator[Mark]:
        """Each beside the middle of its row; the first row begins at 0."""
        top = 0.0
        for at, lines in enumerate(self.lines):
            first = top + self.height(at) / 2 + 4 - _LEADING / 2 * (len(lines) - 1)
            for number, line in enumerate(lines):
                yield Words("small", self.wide, first + _LEADING * number, line, "end")
            top += self.height(at)


@dataclass(frozen=True, slots=True)
class _Side:
    """What all pictures of a chart share. whole: whether the first group is everyone; left, right: of the scale."""

    chart: Chart
    names: Names
    shared: tuple[Mark, ...]
    whole: bool
    left: float
    right: float

    @classmethod
    def of(cls, chart: Chart, whole: bool) -> _Side:
        names = Names.of([group.label for group in chart.groups])
        return cls(chart, names, tuple(names.marks()), whole, ceil(names.wide) + 10, WIDTH - ceil(_numbers(chart)))

    @property
    def height(self) -> float:
        return sum(self.names.height(row) for row in range(len(self.chart.groups)))

    def at(self, share: float) -> float:
        return self.left + (self.right - self.left) * min(share / self.chart.full, 1.0)


def strips(chart: Chart, whole: bool) -> tuple[Picture, ...]:
    """One picture an answer. whole: the first group is everyone, to which the others are compared."""
    side = _Side.of(chart, whole)
    return tuple(_strip(side, at) for at in range(len(chart.answers)))


def _strip(side: _Side, at: int) -> Picture:
    chart, answer = side.chart, " · ".join(side.chart.answers[at])
    cells = [group.cells[at] for group in chart.groups]
    lines = wrapped(answer, LABEL, WIDTH, 4)
    top = 17.0 * len(lines) + 5
    bottom = top + side.height
    marks: list[Mark] = [Words("label", 0, 13 + 17.0 * number, line) for number, line in enumerate(lines)]
    marks.append(Block("track", side.left, top, side.right - side.left, side.height))
    if side.whole and cells[0].shown:
        marks.append(Line("all", side.at(cells[0].share), top, side.at(cells[0].share), bottom))
    down = top
    for row, cell in enumerate(cells):
        middle = down + side.names.height(row) / 2
        marks += _lines(side, cell, middle, row == 0)
        marks.append(_number_words(side, cell, middle + 4))
        down += side.names.height(row)
    marks += _differences(side, cells, top)
    marks += [Words("small", side.left, bottom + 12, "0"), Words("small", side.right, bottom + 12, chart.width, "end")]
    words = compared(chart, [group.label for group in chart.groups], cells)
    return Picture(answer, words, bottom + 14, tuple(marks), (side.shared, top))


def _numbers(chart: Chart) -> float:
    """The room that the widest number with its margin and mark needs."""
    shown = (cell for group in chart.groups for cell in group.cells if cell.shown)
    return 6 + max((_number(chart, cell) for cell in shown), default=0.0) + _TIP


def _number(chart: Chart, cell: Cell) -> float:
    return width(chart.share(cell), SMALL) * 1.05 + 5 + width(chart.within(cell), SMALL)


def _lines(side: _Side, cell: Cell, middle: float, first: bool) -> Iterator[Mark]:
    if cell.shown:
        share = side.at(cell.share)
        yield Line("range", side.at(cell.low), middle, side.at(cell.high), middle)
        yield Line("ring" if side.whole and first else "dot", share, middle, share, middle)
    else:
        yield Line("gap", side.left, middle, side.right, middle)


def _number_words(side: _Side, cell: Cell, base: float) -> Words:
    number = beside(side.chart.share(cell), side.chart.within(cell)) if cell.shown else gap(cell.status)
    return Words("strong", side.right + 6, base, number)


def _differences(side: _Side, cells: Sequence[Cell], top: float) -> Iterator[Words]:
    for row, cell in enumerate(cells):
        if cell.mark:
            yield Words("strong", WIDTH, top + side.names.height(row) / 2 + 4, MARKS[cell.mark], "end")
        top += side.names.height(row)
