"""What to expect of every table of a planned round, as figures that people ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isnan

import numpy as np

from aggregation.planning import Expected
from aggregation.wishes import Wishes
from privacy.leading import chance_first, safe_lead
from privacy.precision import Expectation
from privacy.workload import Table
from survey.forms.axes import Axis
from survey.forms.axes import axes as form_axes
from survey.forms.model import Choice, Choices, Form, Okr, Ranking

Popularity = Mapping[str, Sequence[float]]  # axis id to one share an answer, in the form's order


@dataclass(frozen=True, slots=True)
class Group:
    """One cohort of a table: its option ids, how many are expected to answer, and the chance that it is shown."""

    cohort: tuple[str, ...]
    answers: float
    chance: float


@dataclass(frozen=True, slots=True)
class First:
    """Whether the most common answer comes out first, in a group of mean size.

    `noise`: the chance by the noise alone; `sampling`: if respondents were a random sample, that the first of all comes
    out first; `lead`: by which part of the answers it must lead the second to be safe from the noise in 19 of 20 cases.
    """

    noise: float
    sampling: float
    lead: float


@dataclass(frozen=True, slots=True)
class Line:
    """One table. Units: margins are 95 % margins of a typical share in a group of mean size; None without shares."""

    table: Table
    several: bool
    answers: float
    margin: float | None
    sampling: float
    groups: tuple[Group, ...]
    first: First | None

    @property
    def everyone(self) -> bool:
        """Whether it is a figure for everyone: a question of its own, or the groups that a question makes."""
        return not self.table.by or (len(self.table.by) == 1 and not self.table.of)

    @property
    def shown(self) -> float:
        """How many of its groups are expected to be shown."""
        return sum(group.chance for group in self.groups)


def forecast(form: Form, wishes: Wishes, planned: Expected, popularity: Popularity) -> tuple[Line, ...]:
    """A line for each table but the total, in the order of the round's tables.

    popularity: where it is not known, the n-th most common answer is taken to be given 1/n as often as the first.
    """
    known = {axis.id: axis for axis in form_axes(form)}
    tables = (table for table in planned.workload.tables if not table.total)
    return tuple(_line(form, wishes, known, table, planned.precision[table.name], popularity) for table in tables)


def zipf(answers: int) -> list[float]:
    """Shares of this many answers of which the n-th is given 1/n as often as the first."""
    whole = sum(1 / place for place in range(1, answers + 1))
    return [1 / place / whole for place in range(1, answers + 1)]


def _line(
    form: Form, wishes: Wishes, known: Mapping[str, Axis], table: Table, told: Expectation, popularity: Popularity
) -> Line:
    chances = told.chances(wishes.usable_margin)
    cohorts = product(*(_answers(known[name]) for name in table.by))
    groups = (Group(c, float(n), float(p)) for c, n, p in zip(cohorts, told.answers, chances, strict=True))
    return Line(
        table=table,
        several=any(known[name].touches > 1 for name in table.of),
        answers=float(told.answers.mean()),
        margin=None if isnan(told.margin) else told.margin,
        sampling=float(np.nanmean(told.sampling)),
        groups=tuple(groups),
        first=_first(known[table.of[0]], told, popularity) if _has_first(form, known, table) else None,
    )


def _answers(axis: Axis) -> tuple[str, ...]:
    return tuple(cell for at, cell in enumerate(axis.cells) if at not in axis.outside)


def _has_first(form: Form, known: Mapping[str, Axis], table: Table) -> bool:
    """Where answers have no order of their own, somebody asks which is first; of a ranking, in first place."""
    if len(table.of) != 1:
        return False
    axis = known[table.of[0]]
    match form.question(axis.question):
        case Choice() | Choices():
            return True
        case Ranking():
            return axis.part == "1"
        case Okr():
            return axis.part in ("objective", "key_result")
        case _:
            return False


def _first(axis: Axis, told: Expectation, popularity: Popularity) -> First:
    answers = float(told.answers.mean())
    known = popularity.get(axis.id, ())
    shares = np.asarray(known if len(known) == len(_answers(axis)) else _assumed(axis))
    counts, noise = shares * answers, np.full(shares.shape, told.lead / np.sqrt(2))
    return First(
        noise=chance_first(counts, noise),
        sampling=chance_first(counts, np.sqrt(noise**2 + counts)),
        lead=safe_lead(told.lead) / max(answers, 1.0),
    )


def _assumed(axis: Axis) -> list[float]:
    """Of several answers the shares add up to as many as may be given, and none is above one."""
    return [min(1.0, share * axis.touches) for share in zipf(len(_answers(axis)))]


@dataclass(frozen=True, slots=True)
class Summary:
    """A round in a few numbers. Margins: the widest of a typical share; None where there is no such table.

    `groups`: how many groups there are in all tables that are split; `shown`: how many of them should be shown.
    """

    single: float | None
    several: float | None
    split: float | None
    groups: int
    shown: float


def summary(lines: Sequence[Line], asked: float) -> Summary:
    """asked: figures for everyone that fewer answer than this are left out of the first two."""
    whole = [line for line in lines if line.everyone and line.answers >= asked]
    split = [line for line in lines if not line.everyone and line.table.of]
    return Summary(
        single=_widest(line for line in whole if not line.several),
        several=_widest(line for line in whole if line.several),
        split=_widest(split),
        groups=sum(len(line.groups) for line in split),
        shown=sum(line.shown for line in split),
    )


def _widest(lines: Iterator[Line] | Sequence[Line]) -> float | None:
    return max((line.margin for line in lines if line.margin is not None), default=None)
