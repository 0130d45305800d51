"""Shares of everyone as bars, each with its interval: the answer above its bar, or beside it if all are short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.charts import Cell, Chart
from reports.pictures.marks import LABEL, SMALL, WIDTH, Block, Line, Mark, Picture, Words, beside
from reports.pictures.telling import highest, not_shown
from reports.pictures.wrapping import width, wrapped

_BESIDE = 78.0  # labels no wider than this stand beside their bars
_LINES = 6  # of a label, at most; the whole of it stands with the figures
_LEADING = 17.0


@dataclass(frozen=True, slots=True)
class Room:
    """Where bars go, and where the space for numbers at the right begins."""

    left: float
    right: float
    numbers: float

    def at(self, share: float, full: float) -> float:
        return self.left + (self.right - self.left) * min(share / full, 1.0)


def room_above(chart: Chart, cells: Sequence[Cell]) -> Room:
    """Bars as wide as the picture."""
    return Room(0.0, WIDTH, WIDTH - max((_number(chart, cell) for cell in cells), default=0.0))


def _number(chart: Chart, cell: Cell) -> float:
    if not cell.shown:
        return width(not_shown(cell.status), SMALL)
    return width(chart.share(cell), LABEL) + 5 + width(chart.within(cell), SMALL)


def share_bars(chart: Chart, title: str) -> Picture:
    """The first group of a chart."""
    labels = [" · ".join(answer) for answer in chart.answers]
    cells = chart.groups[0].cells
    short = max((width(label, LABEL) for label in labels), default=0.0)
    rows = _beside(chart, labels, cells, short) if short <= _BESIDE else _above(chart, labels, cells)
    parts = list(rows)
    marks = tuple(mark for part, _ in parts for mark in part)
    return Picture(title, highest(chart, labels, cells), parts[-1][1], marks)


def _above(chart: Chart, labels: Sequence[str], cells: Sequence[Cell]) -> Iterator[tuple[list[Mark], float]]:
    room, top = room_above(chart, cells), 0.0
    for label, cell in zip(labels, cells, strict=True):
        lines = wrapped(label, LABEL, room.numbers - 8, _LINES)
        bar = top + _LEADING * len(lines) + 3
        yield (
            [
                *(Words("label", 0, top + 13 + _LEADING * at, line) for at, line in enumerate(lines)),
                figure_words(chart, cell, top + 13),
                *bar_marks(chart, cell, room, bar, 10),
            ],
            bar + 11,
        )
        top = bar + 22
    yield scale_marks(chart, room, top + 3), top + 8


def _beside(
    chart: Chart, labels: Sequence[str], cells: Sequence[Cell], short: float
) -> Iterator[tuple[list[Mark], float]]:
    above, top = room_above(chart, cells), 0.0
    room = Room(short + 8, above.numbers - 8, above.numbers)
    for label, cell in zip(labels, cells, strict=True):
        yield (
            [
                Words("label", short, top + 15, label, "end"),
                figure_words(chart, cell, top + 15),
                *bar_marks(chart, cell, room, top + 4, 13),
            ],
            top + 24,
        )
        top += 24
    yield scale_marks(chart, room, top + 8), top + 14


def bar_marks(chart: Chart, cell: Cell, room: Room, top: float, height: float, tone: str = "fill") -> list[Mark]:
    """A bar on its track with its interval, or a gap."""
    middle = top + height / 2
    if not cell.shown:
        return [Line("gap", room.left, middle, room.right, middle)]
    low, share, high = (room.at(part, chart.full) for part in (cell.low, cell.share, cell.high))
    track = Block("track", room.left, top, room.right - room.left, height)
    bar = [Block(tone, room.left, top, share - room.left, height)] if share - room.left >= 0.1 else []
    return [track, *bar, Line("range", low, middle, high, middle)]


def figure_words(chart: Chart, cell: Cell, base: float) -> Words:
    if not cell.shown:
        return Words("small", WIDTH, base, not_shown(cell.status), "end")
    return Words("number", WIDTH, base, beside(chart.share(cell), chart.within(cell)), "end")


def scale_marks(chart: Chart, room: Room, base: float) -> list[Mark]:
    """What the ends of the bars stand for."""
    return [Words("small", room.left, base, "0"), Words("small", room.right, base, chart.width, "end")]
