"""The text alternatives of pictures: the figures that matter, with their margins, in a sentence or two.

Only figures that are shown are told; of the others it is said how many there are, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from privacy.threshold import SHOWN, UNCERTAIN
from reports.charts import ABSENT, Cell, Chart

_MOST = 3  # figures that one picture's words hold


def figure(chart: Chart, cell: Cell) -> str:
    """`34% (±8)` or `34% (26–47)`."""
    return f"{chart.share(cell)} ({chart.within(cell)})"


def highest(chart: Chart, labels: Sequence[str], cells: Sequence[Cell]) -> str:
    """The largest figures, and what is not shown. Labels: one a cell."""
    pairs = sorted(
        ((label, cell) for label, cell in zip(labels, cells, strict=True) if cell.shown),
        key=lambda pair: -pair[1].share,
    )
    told = "; ".join(f"{label} {figure(chart, cell)}" for label, cell in pairs[:_MOST])
    more = len(pairs) - _MOST
    rest = f"; and {more} more" if more > 0 else ""
    return " ".join(filter(None, (f"{'Highest: ' if more > 0 else ''}{told}{rest}." if told else "", missing(cells))))


def compared(chart: Chart, labels: Sequence[str], cells: Sequence[Cell]) -> str:
    """One answer in several groups: the first is everyone. Then those that differ, else the highest and the lowest."""
    whole, *others = zip(labels, cells, strict=True)
    told = [f"{whole[0]} {figure(chart, whole[1])}"] if whole[1].shown else []
    shown = sorted((pair for pair in others if pair[1].shown), key=lambda pair: -pair[1].share)
    apart = [pair for pair in shown if pair[1].mark]
    if apart:
        told += [f"{cell.mark} than all: {label} {figure(chart, cell)}" for label, cell in apart[:_MOST]]
    elif shown:
        ends = dict.fromkeys((0, len(shown) - 1))
        told += [f"{shown[at][0]} {figure(chart, shown[at][1])}" for at in ends]
    return " ".join(filter(None, (f"{'; '.join(told)}." if told else "", missing(cells))))


def missing(cells: Iterable[Cell]) -> str:
    """How many figures are not shown, and why."""
    found = sorted(Counter(not_shown(cell.status) for cell in cells if cell.status != SHOWN).items())
    return f"Not shown: {', '.join(f'{many} {why}' for why, many in found)}." if found else ""


def gap(status: str) -> str:
    """The mark that stands where a figure is not shown."""
    return "?" if status == UNCERTAIN else "–"


def not_shown(status: str) -> str:
    """The same where there is room for words."""
    return {UNCERTAIN: "too uncertain", ABSENT: "no figure"}.get(status, "too few")
