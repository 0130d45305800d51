"""A small picture of one share over several rounds: a line through the shares, and an interval at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import Final

from reports.charts import Cell

WIDTH: Final = 120
HEIGHT: Final = 44
_LEAST = 0.2  # of the height: less would make much of little
_EDGE = 5  # room for a dot
_NEAREST = 8  # dots nearer than this would be drawn over each other


@dataclass(frozen=True, slots=True)
class Trend:
    """Path data of an SVG picture of WIDTH by HEIGHT. A gap in the line is a round without a figure."""

    line: str
    intervals: str
    dots: tuple[tuple[str, str], ...]


def places_in_time(days: Sequence[datetime]) -> tuple[float, ...]:
    """Where each round stands from left to right: by its day, or evenly where two would hide each other."""
    span, room = (days[-1] - days[0]).total_seconds(), WIDTH - 2 * _EDGE
    if span > 0:
        by_day = [_EDGE + room * (day - days[0]).total_seconds() / span for day in days]
        if all(after - before >= _NEAREST for before, after in pairwise(by_day)):
            return tuple(by_day)
    return tuple(_EDGE + room * at / max(len(days) - 1, 1) for at in range(len(days)))


def span_of(rows: Sequence[Sequence[Cell]]) -> float:
    """How many shares a picture's height stands for, so that every row's intervals fit; 0 to 1."""
    ranges = [_range(cells) for cells in rows]
    widest = max((high - low for low, high in ranges), default=0.0)
    return min(max(ceil(widest * 20 - 1e-9) / 20, _LEAST), 1.0)


def trend(cells: Sequence[Cell], across: Sequence[float], span: float) -> Trend:
    """cells: one a round, of which only shown ones are drawn; span: what the height stands for, around the middle."""
    low, high = _range(cells)
    bottom = min(max((low + high - span) / 2, 0.0), 1 - span)
    line, intervals, dots, joined = "", "", [], False
    for cell, x in zip(cells, across, strict=True):
        if cell.shown:
            share, end, other = (_short(_height((part - bottom) / span)) for part in (cell.share, cell.low, cell.high))
            line += f"{'L' if joined else 'M'}{_short(x)} {share}"
            intervals += f"M{_short(x)} {end}V{other}"
            dots.append((_short(x), share))
        joined = cell.shown
    return Trend(line, intervals, tuple(dots))


def _range(cells: Sequence[Cell]) -> tuple[float, float]:
    shown = [cell for cell in cells if cell.shown]
    return min((cell.low for cell in shown), default=0.0), max((cell.high for cell in shown), default=0.0)


def _height(part: float) -> float:
    return HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * min(max(part, 0.0), 1.0)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
