"""Amounts: how many in each bracket, and below it the quarters on the same scale; for cohorts the quarters alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite

from reports.charts import Chart
from reports.page.briefs import Line as Figure
from reports.pictures.marks import LABEL, SMALL, WIDTH, Block, Line, Mark, Picture, Words, beside
from reports.pictures.telling import gap, highest, not_shown
from reports.pictures.wrapping import width, wrapped
from reports.spans import Spans
from reports.wording import amount
from survey.forms.brackets import ZERO

_HIGH = 96.0  # of the highest column there can be
_APART = 10.0  # between words that stand beside each other
_LEADING = 17.0
_BESIDE = 120.0  # the room that a label needs beside its figure, if it is that long
_BOLD = 1.1  # how much wider bold letters are


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on a scale, 0 to 1, and what stands there."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A group's figure with what surrounds it. figures: quartiles in rising order, or one figure alone."""

    label: str
    figures: tuple[Figure, ...]

    @property
    def main(self) -> Figure:
        return self.figures[len(self.figures) // 2]


def amount_ticks(spans: Spans) -> tuple[Tick, ...]:
    """Where brackets meet, as many as can be read: those of the fewest digits."""
    many = len(spans.ids)
    none = [Tick((spans.ids.index(ZERO) + 0.5) / many, amount(0.0))] if ZERO in spans.ids else []
    meet = [(at / many, spans.ends[at][0]) for at in range(1, many) if isfinite(spans.ends[at][0])]
    edges = [Tick(place, amount(value)) for place, value in meet if value != 0 or not none]
    choices = (tuple(sorted([*none, *edges[::step]], key=_place)) for step in range(1, len(edges) + 1))
    fitting = [chosen for chosen in choices if _apart(chosen)]
    return min(fitting, key=_digits, default=())


def _place(tick: Tick) -> float:
    return tick.place


def _middle(tick: Tick) -> float:
    """Of what stands at a tick, which must not go beyond the ends of the scale."""
    half = width(tick.text, SMALL) / 2
    return min(max(tick.place * WIDTH, half), WIDTH - half)


def _apart(ticks: Sequence[Tick]) -> bool:
    halves = [(_middle(tick), width(tick.text, SMALL) / 2) for tick in ticks]
    return all(b[0] - a[0] >= a[1] + b[1] + _APART for a, b in pairwise(halves))


def _digits(ticks: tuple[Tick, ...]) -> float:
    """How much there is to read at each tick; two of them at least, if there can be."""
    told = sum(len(tick.text.replace(",", "").rstrip("0")) for tick in ticks) / len(ticks)
    return told - min(len(ticks), 6) * 0.5 + (100 if len(ticks) < 2 else 0)


def distribution(chart: Chart, title: str, ticks: Sequence[Tick], quarters: Sequence[Figure]) -> Picture:
    """The first group of a chart over brackets."""
    cells = chart.groups[0].cells
    wide, base = WIDTH / len(cells), 16 + _HIGH
    marks: list[Mark] = [Words("small", 0, 11, chart.width), Line("axis", 0, 16, WIDTH, 16)]
    for at, cell in enumerate(cells):
        left, middle = at * wide, (at + 0.5) * wide
        if not cell.shown:
            marks.append(Words("small", middle, base - 4, gap(cell.status), "middle"))
            continue
        high, share, low = (base - _HIGH * min(part / chart.full, 1.0) for part in (cell.high, cell.share, cell.low))
        if base - share >= 0.1:
            marks.append(Block("fill", left + 0.5, share, wide - 1, base - share))
        marks.append(Line("range", middle, high, middle, low))
    marks.append(Line("axis", 0, base, WIDTH, base))
    down, more = base + 6, Row("", tuple(quarters))
    if quarters:
        marks += _quarters(more, down + 8)
        down += 20
    marks += _scale(ticks, base, down)
    down += 24
    for line in quarters:
        told, high = _told(line.label, line, down + 1)
        marks += told
        down += high + 5
    labels = [" · ".join(answer) for answer in chart.answers]
    words = " ".join(f"{line.label} {line.value} ({line.within})." for line in quarters if line.value)
    return Picture(title, words or highest(chart, labels, cells), down + 4, tuple(marks))


def rows(title: str, found: Sequence[Row], ticks: Sequence[Tick]) -> Picture:
    """Group by group, the first of them everyone: its figure in words and where it lies. One scale for all."""
    marks, down = list[Mark](), 0.0
    tops: list[float] = []
    for row in found:
        told, high = _told(row.label, row.main, down)
        marks += told
        down += high
        tops.append(down)
        marks += _quarters(row, down + 10)
        down += 25
    whole = found[0].main.marks if found else None
    if whole is not None:
        x = whole[0] * WIDTH
        marks = [*(Line("all", x, top + 1, x, top + 19) for top in tops), *marks]
    marks += _scale(ticks, down - 6, down - 6)
    said = "; ".join(f"{row.label} {row.main.value} ({row.main.within})" for row in found[:6] if row.main.value)
    more = f"; and {len(found) - 6} more" if len(found) > 6 else ""
    return Picture(title, f"{said}{more}.", down + 12, tuple(marks))


def _quarters(row: Row, middle: float) -> list[Mark]:
    """A box from the lower to the upper quartile, each figure with its interval; only what is shown."""
    known = [figure.marks for figure in row.figures if figure.marks is not None]
    marks: list[Mark] = [Line("axis", 0, middle, WIDTH, middle)]
    first, last = row.figures[0].marks, row.figures[-1].marks
    if len(row.figures) > 1 and first is not None and last is not None and last[0] > first[0]:
        marks.append(Block("light", first[0] * WIDTH, middle - 7, (last[0] - first[0]) * WIDTH, 14))
    for at, low, high in known:
        marks.append(Line("range", low * WIDTH, middle, high * WIDTH, middle))
        marks.append(Line("middle", at * WIDTH, middle - 7, at * WIDTH, middle + 7))
    return marks


def _told(label: str, figure: Figure, top: float) -> tuple[list[Mark], float]:
    """A label with its figure at the right of it, or below it where that leaves too little room; and how high it is."""
    number, wide = _number(figure)
    space = WIDTH - wide - _APART
    above = space < _BESIDE and width(label, LABEL) > space
    lines = wrapped(label, LABEL, WIDTH if above else space, 3)
    marks: list[Mark] = [Words("label", 0, top + 13 + _LEADING * at, line) for at, line in enumerate(lines)]
    at = len(lines) if above else 0
    marks += (replace(words, y=top + 13 + _LEADING * row) for row, words in enumerate(number, at))
    return marks, _LEADING * max(len(lines), at + len(number))


def _number(figure: Figure) -> tuple[list[Words], float]:
    """The lines of a figure and its interval, one if both fit on it; and how wide they are."""
    if figure.marks is None:
        status = not_shown(figure.status)
        return [Words("small", WIDTH, 0, status, "end")], width(status, SMALL)
    value, within = width(figure.value, LABEL) * _BOLD, width(figure.within, SMALL)
    if value + within + 5 <= WIDTH:
        return [Words("number", WIDTH, 0, beside(figure.value, figure.within), "end")], value + within + 5
    values = [Words("number", WIDTH, 0, line, "end") for line in wrapped(figure.value, LABEL * _BOLD, WIDTH, 3)]
    ends = [Words("small", WIDTH, 0, line, "end") for line in wrapped(figure.within, SMALL, WIDTH, 2)]
    return [*values, *ends], WIDTH


def _scale(ticks: Sequence[Tick], top: float, down: float) -> list[Mark]:
    marks: list[Mark] = []
    for tick in ticks:
        marks.append(Line("axis", tick.place * WIDTH, top, tick.place * WIDTH, down + 4))
        marks.append(Words("small", _middle(tick), down + 15, tick.text, "middle"))
    return marks
