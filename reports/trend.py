"""A small picture of one share over several rounds: a line through the shares, and an interval at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from reports.charts import Cell

WIDTH: Final = 120
HEIGHT: Final = 40
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


def trend(cells: Sequence[Cell], across: Sequence[float], full: float) -> Trend:
    """cells: one a round, of which only shown ones are drawn; full: the share that the whole height stands for."""
    line, intervals, dots, joined = "", "", [], False
    for cell, x in zip(cells, across, strict=True):
        if cell.shown:
            share, low, high = (_short(_height(part, full)) for part in (cell.share, cell.low, cell.high))
            line += f"{'L' if joined else 'M'}{_short(x)} {share}"
            intervals += f"M{_short(x)} {low}V{high}"
            dots.append((_short(x), share))
        joined = cell.shown
    return Trend(line, intervals, tuple(dots))


def _height(share: float, full: float) -> float:
    return HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * min(share / full, 1.0)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
