"""The shares of one release, each under what it is a share of: what figures of several releases are matched by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from privacy.ratios import RatioNoise
from privacy.threshold import SHOWN
from privacy.workload import Table
from reports.counted import Counted, Floats
from reports.figures import Judged
from reports.summaries import Summarised
from survey.forms.axes import Axis, axes
from survey.forms.model import Form, Ranking


class Place(NamedTuple):
    """What a share is of, as tables.csv names it. `rank`: `1`, or `top_3` for those who ranked it among three."""

    question: str
    by: str
    cohort: str
    rank: str
    answer: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share as its release displays it; no number but the noisy ones that it was made of if it is not shown.

    `cells` of `answered`, both noisy, with their noise. `status`: of the release's own threshold.
    """

    status: str
    value: float
    low: float
    high: float
    cells: float
    answered: float
    noise: RatioNoise

    @property
    def shown(self) -> bool:
        return self.status == SHOWN


Shares = Mapping[Place, Share]


def shares_of(form: Form, counted: Counted, judged: Mapping[str, Judged], found: Summarised) -> Shares:
    """Every share of one axis, of everyone and of each cohort, in the order of the form.

    Left out: ranks below the first, in place of which stands how many ranked an answer at all, and pairs.
    """
    known = {axis.id: axis for axis in axes(form)}
    tables = [one for one in judged.values() if len(one.table.of) == 1]
    shares: dict[Place, Share] = {}
    for one in sorted(tables, key=lambda one: list(known).index(one.table.of[0])):
        axis = known[one.table.of[0]]
        if axis.part in ("", "1") or axis.part in ("objective", "key_result"):
            shares |= _of_table(known, axis, counted, one)
        question = form.question(axis.question)
        if isinstance(question, Ranking) and axis.part == str(question.top) and question.top > 1:
            shares |= _of_top(known, question, counted, one.table.by, found)
    return shares


def _of_table(known: Mapping[str, Axis], axis: Axis, counted: Counted, judged: Judged) -> Iterator[tuple[Place, Share]]:
    table, of = judged.table, judged.estimate
    inside = list(counted.workload.axis(axis.id).inside)
    cells, below = counted.answers(table), counted.answered(table)
    answered = counted.values(below)
    noise = counted.noise([counted.weigh(table, np.eye(1, len(inside))[0])], below)
    rank = axis.part if axis.part == "1" else ""
    name = axis.question if rank else axis.id
    for at, cohort in _cohorts(known, table.by):
        for column, cell in enumerate(inside):
            share, low, high = (float(array[(*at, cell)]) for array in (of.share, of.low, of.high))
            numbers = share, low, high, float(cells[(*at, column)]), float(answered[at])
            place = Place(name, ",".join(table.by), cohort, rank, axis.cells[cell])
            yield place, Share(str(judged.status[(*at, cell)]), *numbers, noise)


def _of_top(
    known: Mapping[str, Axis], question: Ranking, counted: Counted, by: tuple[str, ...], found: Summarised
) -> Iterator[tuple[Place, Share]]:
    """Who ranked an answer at all: in one rank each, so that it is a share like any other."""
    name = f"top_{question.top}"
    ranks = [counted.table(f"{question.id}.{rank}", by) for rank in range(1, question.top + 1)]
    measured = [table for table in ranks if table is not None]
    if len(measured) < question.top:
        return
    cells = np.asarray(sum(counted.answers(table) for table in measured))
    people = [counted.weigh(measured[0], 1.0)]
    answered, noise = counted.values(people), _noise_of_top(counted, measured, cells.shape[-1])
    summaries = {one.answers[0]: one for one in found[question.id, by] if one.statistic == name}
    cohorts = _all_cohorts(known, by)
    for at, cohort in _cohorts(known, by):
        row = [index for index, _ in cohorts].index(at)
        for column, option in enumerate(question.options):
            of = summaries[option.id]
            share, low, high = (float(array[row] or 0.0) for array in (of.values, of.lows, of.highs))
            place = Place(question.id, ",".join(by), cohort, name, option.id)
            noisy = float(cells[(*at, column)]), float(answered[at]), noise
            yield place, Share(str(of.statuses[row]), share, low, high, *noisy)


def _noise_of_top(counted: Counted, ranks: list[Table], options: int) -> RatioNoise:
    first: Floats = np.eye(1, options)[0]
    return counted.noise([counted.weigh(table, first) for table in ranks], [counted.weigh(ranks[0], 1.0)])


def _cohorts(known: Mapping[str, Axis], by: tuple[str, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Where each cohort stands and what it is called; those who told no answer are no cohort."""
    for at, named in _all_cohorts(known, by):
        if not any(index in known[name].outside for name, index in zip(by, at, strict=True)):
            yield at, named


def _all_cohorts(known: Mapping[str, Axis], by: tuple[str, ...]) -> list[tuple[tuple[int, ...], str]]:
    indexes = [range(len(known[name].cells)) for name in by]
    places = product(*indexes)
    return [(at, ",".join(known[name].cells[i] for name, i in zip(by, at, strict=True))) for at in places]
