"""Two things at once as a heat map with its numbers: objectives and key results, pairs of questions, many cohorts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from reports.charts import Cell, Chart
from reports.pictures.marks import LABEL, LEVELS, SMALL, WIDTH, Block, Mark, Picture, Words
from reports.pictures.strips import MARKS
from reports.pictures.telling import gap, highest
from reports.pictures.wrapping import width, wrapped

_MOST, _FEWEST = 8, 4  # columns of one map; more of them go into further maps
_HEAD = 4  # lines of a column's name
_LEADING = 14.0
_HIGH = {True: 34.0, False: 22.0}  # of a cell, with its margin and without


@dataclass(frozen=True, slots=True)
class Grid:
    """What stands where. Shape of cells: rows, columns. title: of the whole.

    margins: whether each number has its margin below it; the figures beside the picture have it always.
    """

    title: str
    margins: bool
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


def crossed(chart: Chart, title: str, across: int, group: int = 0) -> Grid:
    """One group of a chart over pairs of answers, `across` of which begin alike."""
    cells = chart.groups[group].cells
    starts = range(0, len(cells), across)
    return Grid(
        title,
        group == 0,
        tuple(chart.answers[at][0] for at in starts),
        tuple(answer[1] for answer in chart.answers[:across]),
        tuple(cells[at : at + across] for at in starts),
    )


def grouped(chart: Chart, title: str) -> Grid:
    """Groups in rows, answers in columns."""
    labels = tuple(" · ".join(answer) for answer in chart.answers)
    return Grid(
        title, False, tuple(group.label for group in chart.groups), labels, tuple(g.cells for g in chart.groups)
    )


def heat(chart: Chart, grid: Grid) -> tuple[Picture, ...]:
    """As many maps as it takes for the names of columns to be read; all of one scale."""
    most = next((many for many in range(_MOST, _FEWEST - 1, -1) if _fits(grid.columns, many)), _MOST)
    total = len(grid.columns)
    maps = ceil(total / most)
    cuts = [round(total * part / maps) for part in range(maps + 1)]
    top = max((cell.share for row in grid.cells for cell in row if cell.shown), default=1.0)
    return tuple(_map(chart, grid, range(*ends), top) for ends in pairwise(cuts))


def _fits(columns: Sequence[str], many: int) -> bool:
    space = WIDTH / min(many, len(columns)) - 4
    return all(_stands(label, space) for label in columns)


def _stands(label: str, space: float) -> bool:
    whole = all(width(word, SMALL) <= space for word in label.split())
    return whole and len(wrapped(label, SMALL, space, _HEAD + 1)) <= _HEAD


def _map(chart: Chart, grid: Grid, columns: range, top: float) -> Picture:
    edges = [round(WIDTH * at / len(columns)) for at in range(len(columns) + 1)]
    wide = WIDTH / len(columns)
    named = all(_stands(grid.columns[at], wide - 4) for at in columns)
    marks, first = _heads([grid.columns[at] for at in columns], wide, named)
    labels, down = list[Mark](), 0.0
    for label, cells in zip(grid.rows, grid.cells, strict=True):
        lines = wrapped(label, LABEL, WIDTH, 3)
        labels += (Words("label", 0, down + 14 + 17 * at, line) for at, line in enumerate(lines))
        down += 17.0 * len(lines) + 3
        row = [(cells[column], *ends) for column, ends in zip(columns, pairwise(edges), strict=True)]
        marks += _row(chart, row, first + down, grid.margins, top)
        down += _HIGH[grid.margins] + 7
    pairs = [
        (f"{row}, {grid.columns[at]}", cells[at])
        for row, cells in zip(grid.rows, grid.cells, strict=True)
        for at in columns
    ]
    words = highest(chart, [label for label, _ in pairs], [cell for _, cell in pairs])
    return Picture(grid.title, words, first + down - 5, tuple(marks), (tuple(labels), first))


def _heads(labels: Sequence[str], wide: float, named: bool) -> tuple[list[Mark], float]:
    """The columns' names above them, or letters and what they stand for; and where the rows begin."""
    marks: list[Mark] = []
    if named:
        lines = [wrapped(label, SMALL, wide - 4, _HEAD) for label in labels]
        deepest = max(map(len, lines))
        for at, of in enumerate(lines):
            base, middle = 12 + _LEADING * (deepest - len(of)), (at + 0.5) * wide - 1
            marks += (Words("small", middle, base + _LEADING * row, line, "middle") for row, line in enumerate(of))
        return marks, _LEADING * deepest + 5
    down = 0.0
    for at, label in enumerate(labels):
        marks.append(Words("strong", 0, down + 12, _letter(at)))
        for line in wrapped(label, SMALL, WIDTH - 20, 3):
            marks.append(Words("small", 20, down + 12, line))
            down += 15
    marks += (Words("strong", (at + 0.5) * wide - 1, down + 18, _letter(at), "middle") for at in range(len(labels)))
    return marks, down + 22


def _letter(at: int) -> str:
    return chr(ord("A") + at)


def _row(chart: Chart, row: Sequence[tuple[Cell, int, int]], down: float, margins: bool, top: float) -> Iterator[Mark]:
    """row: each cell with where its column begins and ends. top: the share that has the strongest colour."""
    for cell, left, right in row:
        if cell.shown:
            level = min(max(1, ceil(LEVELS * cell.share / top)), LEVELS) if top > 0 else 1
            yield Block(f"heat{level}", left, down, right - left - 2, _HIGH[margins])
    for cell, left, right in row:
        text = f"{chart.share(cell)}{MARKS.get(cell.mark, '')}" if cell.shown else gap(cell.status)
        yield Words("strong", (left + right) // 2 - 1, down + 15, text, "middle")
    for cell, left, right in row:
        if cell.shown and margins:
            yield Words("ink", (left + right) // 2 - 1, down + 29, chart.within(cell), "middle")
