"""Two things at once as a heat map with its numbers: objectives and key results, pairs of questions, many cohorts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from reports.charts import Cell, Chart
from reports.pictures.marks import LABEL, LEVELS, SMALL, WIDTH, Block, Mark, Picture, Words
from reports.pictures.strips import MARKS
from reports.pictures.telling import gap, highest
from reports.pictures.wrapping import width, wrapped

_MOST, _FEWEST = 8, 4  # columns of one map; more of them go into further maps
_HEAD = 4  # lines of a column's name
_LEADING = 14.0
_CELL = 34.0


@dataclass(frozen=True, slots=True)
class Grid:
    """What stands where. Shape of cells: rows, columns. title: of the whole."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


def crossed(chart: Chart, title: str, across: int) -> Grid:
    """The first group of a chart over pairs of answers, `across` of which begin alike."""
    cells = chart.groups[0].cells
    starts = range(0, len(cells), across)
    return Grid(
        title,
        tuple(chart.answers[at][0] for at in starts),
        tuple(answer[1] for answer in chart.answers[:across]),
        tuple(cells[at : at + across] for at in starts),
    )


def grouped(chart: Chart, title: str) -> Grid:
    """Groups in rows, answers in columns."""
    labels = tuple(" · ".join(answer) for answer in chart.answers)
    return Grid(title, tuple(group.label for group in chart.groups), labels, tuple(g.cells for g in chart.groups))


def heat(chart: Chart, grid: Grid) -> tuple[Picture, ...]:
    """As many maps as it takes for the names of columns to be read; all of one scale."""
    most = next((many for many in range(_MOST, _FEWEST - 1, -1) if _fits(grid.columns, many)), _MOST)
    total = len(grid.columns)
    maps = ceil(total / most)
    cuts = [round(total * part / maps) for part in range(maps + 1)]
    top = max((cell.share for row in grid.cells for cell in row if cell.shown), default=1.0)
    return tuple(_map(chart, grid, range(*ends), top) for ends in zip(cuts, cuts[1:], strict=False))


def _fits(columns: Sequence[str], many: int) -> bool:
    space = WIDTH / min(many, len(columns)) - 4
    return all(_stands(label, space) for label in columns)


def _stands(label: str, space: float) -> bool:
    whole = all(width(word, SMALL) <= space for word in label.split())
    return whole and len(wrapped(label, SMALL, space, _HEAD + 1)) <= _HEAD


def _map(chart: Chart, grid: Grid, columns: range, top: float) -> Picture:
    wide = WIDTH / len(columns)
    named = all(_stands(grid.columns[at], wide - 4) for at in columns)
    marks, down = _heads([grid.columns[at] for at in columns], wide, named)
    for label, cells in zip(grid.rows, grid.cells, strict=True):
        for line in wrapped(label, LABEL, WIDTH, 3):
            marks.append(Words("label", 0, down + 14, line))
            down += 17
        down += 3
        for place, at in enumerate(columns):
            marks += _cell(chart, cells[at], place * wide, down, (wide - 2, top))
        down += _CELL + 7
    pairs = [(f"{row}, {grid.columns[at]}", line[at]) for row, line in zip(grid.rows, grid.cells, strict=True) for at in columns]
    words = highest(chart, [label for label, _ in pairs], [cell for _, cell in pairs])
    return Picture(f"{grid.title}: {', '.join(grid.columns[at] for at in columns)}", words, down - 5, tuple(marks))


def _heads(labels: Sequence[str], wide: float, named: bool) -> tuple[list[Mark], float]:
    """The columns' names above them, or letters and what they stand for; and where the rows begin."""
    marks: list[Mark] = []
    if named:
        lines = [wrapped(label, SMALL, wide - 4, _HEAD) for label in labels]
        deepest = max(map(len, lines))
        for at, of in enumerate(lines):
            base = 12 + _LEADING * (deepest - len(of))
            marks += (Words("small", at * wide, base + _LEADING * row, line) for row, line in enumerate(of))
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


def _cell(chart: Chart, cell: Cell, left: float, down: float, of: tuple[float, float]) -> Iterator[Mark]:
    """of: how wide it is, and the share that has the strongest colour."""
    wide, top = of
    middle = left + wide / 2
    if not cell.shown:
        yield Words("small", middle, down + _CELL / 2 + 4, gap(cell.status), "middle")
        return
    level = max(1, ceil(LEVELS * cell.share / top)) if top > 0 else 1
    yield Block(f"heat{level}", left, down, wide, _CELL)
    mark = MARKS.get(cell.mark, "")
    number = f"{chart.share(cell)}{mark}"
    if width(number, SMALL) * 1.08 > wide:
        number = f"{chart.share(cell).removesuffix('%')}{mark}"
    yield Words("strong", middle, down + 15, number, "middle")
    if width(within := chart.within(cell), SMALL) <= wide:
        yield Words("small", middle, down + 29, within, "middle")
