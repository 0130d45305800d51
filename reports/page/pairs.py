"""Two questions together, where the round promised it: every answer to one with every answer to the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from privacy.threshold import SHOWN
from reports.charts import chart, group_of
from reports.figures import Judged
from reports.labels import Labels
from reports.page.questions import Panel, Reader


@dataclass(frozen=True, slots=True)
class Pair:
    """first, second: what was asked. panels: everyone's first, then those of cohorts that can be shown."""

    name: str
    first: str
    second: str
    panels: tuple[Panel, ...]


def pairs(reader: Reader) -> tuple[Pair, ...]:
    """All promised pairs, in the manifest's order."""
    found: dict[tuple[str, ...], list[Judged]] = {}
    for judged in reader.judged.values():
        if len(judged.table.of) == 2:
            found.setdefault(judged.table.of, []).append(judged)
    return tuple(_pair(reader.labels, of, tables) for of, tables in found.items())


def _pair(labels: Labels, of: tuple[str, ...], tables: list[Judged]) -> Pair:
    first, second = (_asked(labels, name) for name in of)
    return Pair("|".join(of), first, second, tuple(p for judged in tables for p in _panels(labels, judged)))


def _asked(labels: Labels, axis: str) -> str:
    return " · ".join(filter(None, (labels.questions[labels.axes[axis].question], labels.part(axis))))


def _panels(labels: Labels, judged: Judged) -> Iterator[Panel]:
    by, (one, other) = judged.table.by, (labels.axes[name] for name in judged.table.of)
    inside = [len(axis.cells) - len(axis.outside) for axis in (one, other)]
    names = labels.group(by) if by else ("Everyone",)
    answers = [
        (" · ".join(first), " · ".join(second))
        for first in labels.cells[one.id][: inside[0]]
        for second in labels.cells[other.id][: inside[1]]
    ]
    at = np.arange(judged.status.size).reshape(len(names), len(one.cells), len(other.cells))
    for row, name in enumerate(names):
        group = group_of(judged, name, at[row, : inside[0], : inside[1]].reshape(-1).tolist())
        if not by or group.status == SHOWN:
            yield Panel("" if not by else name, "cross", chart(answers, (group,)), across=inside[1])
