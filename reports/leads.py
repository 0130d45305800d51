"""Which answers lead their question beyond what noise and chance may do: all questions of a release at once.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from privacy.ahead import Ahead, ahead
from privacy.threshold import SHOWN
from privacy.workload import Table
from reports.counted import Counted
from reports.figures import Judged
from survey.forms.axes import Axis, question_axes
from survey.forms.model import Choice, Choices, Form, Okr, Ranking

LEVEL = 0.025  # the chance that any leader of a release is none; as much is left for differences between groups


@dataclass(frozen=True, slots=True)
class Leads:
    """By axis, for everyone: the answer that leads, where one does. looked: at how many axes."""

    found: Mapping[str, Ahead]
    looked: int


def leads(form: Form, counted: Counted, judged: Mapping[str, Judged]) -> Leads:
    """Every question whose answers have no order of their own, if all its figures for everyone are shown.

    Guarantee, approximately: anything is wrongly said to lead in at most LEVEL of all releases.
    """
    looked = [(axis, table) for axis in _nominal(form) if (table := _shown(counted, judged, axis)) is not None]
    level = LEVEL / max(len(looked), 1)
    tried = {axis.id: _ahead(counted, table, level) for axis, table in looked}
    return Leads({name: one for name, one in tried.items() if one.low > 0}, len(looked))


def _nominal(form: Form) -> Iterator[Axis]:
    """What splits the figures is who answered, and no finding."""
    for question in form.questions:
        parts = {Choice: "", Choices: "", Ranking: "1", Okr: "objective"}
        if type(question) in parts and not (isinstance(question, Choice) and question.cohort):
            yield next(axis for axis in question_axes(question) if axis.part == parts[type(question)])


def _shown(counted: Counted, judged: Mapping[str, Judged], axis: Axis) -> Table | None:
    table = counted.table(axis.id, ())
    if table is None:
        return None
    inside = list(counted.workload.axis(axis.id).inside)
    return table if len(inside) > 1 and (judged[table.name].status[inside] == SHOWN).all() else None


def _ahead(counted: Counted, table: Table, level: float) -> Ahead:
    """The noise of a difference is the same for any two answers."""
    cells = counted.answers(table)
    apart = [counted.weigh(table, np.append([1.0, -1.0], np.zeros(cells.size - 2)))]
    single = counted.workload.axis(table.of[0]).single
    people = float(counted.values(counted.answered(table)))
    return ahead(cells, people, counted.covariance(apart, apart), single, level)
