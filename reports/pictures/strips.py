"""Cohorts side by side: for every answer one small picture with a line a cohort, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


def strips(chart: Chart, heading: str, whole: bool) -> tuple[Picture, ...]:
    """One picture an answer. whole: the first group is everyone, to which the others are compared."""
    names = Names.of([group.label for group in chart.groups])
    shared = tuple(names.marks())
    return tuple(
        _strip(chart, names, shared, (f"{' · '.join(answer)}{heading}", " · ".join(answer)), at, whole)
        for at, answer in enumerate(chart.answers)
    )


def _strip(
    chart: Chart, names: Names, shared: tuple[Mark, ...], titles: tuple[str, str], at: int, whole: bool
) -> Picture:
    labels = [group.label for group in chart.groups]
    cells = [group.cells[at] for group in chart.groups]
    lines = wrapped(titles[1], LABEL, WIDTH, 4)
    first = top = 17.0 * len(lines) + 5
    marks: list[Mark] = [Words("label", 0, 13 + 17.0 * number, line) for number, line in enumerate(lines)]
    left, right = names.wide + 10, WIDTH - _numbers(chart)
    bottom = top + sum(names.height(row) for row in range(len(cells)))
    marks.append(Block("track", left, top, right - left, bottom - top))
    if whole and cells[0].shown:
        x = left + (right - left) * min(cells[0].share / chart.full, 1.0)
        marks.append(Line("all", x, top, x, bottom))
    for row, cell in enumerate(cells):
        middle = top + names.height(row) / 2
        marks += _row(chart, cell, (left, right), middle, whole and row == 0)
        top += names.height(row)
    marks += [Words("small", left, bottom + 11, "0"), Words("small", right, bottom + 11, chart.width, "end")]
    return Picture(titles[0], compared(chart, labels, cells), bottom + 14, tuple(marks), (shared, first))


def _numbers(chart: Chart) -> float:
    """The room that the widest number with its margin and mark needs."""
    shown = (cell for group in chart.groups for cell in group.cells if cell.shown)
    return 6 + max((_number(chart, cell) for cell in shown), default=0.0) + _TIP


def _number(chart: Chart, cell: Cell) -> float:
    return width(chart.share(cell), SMALL) * 1.05 + 5 + width(chart.within(cell), SMALL)


def _row(chart: Chart, cell: Cell, ends: tuple[float, float], middle: float, first: bool) -> Iterator[Mark]:
    left, right = ends
    base = middle + 4
    if not cell.shown:
        yield Line("gap", left, middle, right, middle)
        yield Words("small", right + 6, base, gap(cell.status))
        return
    low, share, high = (left + (right - left) * min(at / chart.full, 1.0) for at in (cell.low, cell.share, cell.high))
    yield Line("range", low, middle, high, middle)
    yield Line("ring" if first else "dot", share, middle, share, middle)
    yield Words("strong", right + 6, base, beside(chart.share(cell), chart.within(cell)))
    if cell.mark:
        yield Words("strong", WIDTH, base, MARKS[cell.mark], "end")
