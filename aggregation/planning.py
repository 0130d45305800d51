"""From a form and a host's wishes to the tables a round releases, their noise, and how precise they will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregation.wishes import PromiseError, Wishes, crowd_of
from privacy.accounting import rho_for
from privacy.allocation import Allocation, allocate
from privacy.precision import Expectation, expected
from privacy.typical import Crowd
from privacy.weighing import usable_weights
from privacy.workload import Axis, Table, Workload
from survey.forms.axes import axes as form_axes
from survey.forms.model import Form


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round will measure: `precision` is what to expect of each table, by its name."""

    workload: Workload
    allocation: Allocation
    precision: Mapping[str, Expectation]


def plan(form: Form, wishes: Wishes) -> Plan:
    """Tables, noise and precision for these wishes. Everything comes from the form and public figures.

    Raises: PromiseError, or what `privacy` raises for impossible numbers.
    """
    workload = workload_for(form, wishes.by, wishes.split_only)
    rho, crowd = rho_for(wishes.epsilon, wishes.delta), _known(crowd_of(form, wishes), workload)
    weights = None
    if wishes.weigh == "usable":
        weights = usable_weights(workload, rho, crowd, wishes.usable_margin, _insisted(form, workload, wishes))
    allocation = allocate(workload, rho, weights)
    precision = expected(workload, allocation, crowd, min_cohort=wishes.min_cohort, beta=wishes.beta)
    return Plan(workload, allocation, precision)


def too_imprecise(planned: Plan, usable_margin: float) -> tuple[str, ...]:
    """Names of the splits that are expected to be too uncertain to show in a cohort of mean size."""
    return tuple(
        table.name
        for table in planned.workload.tables
        if table.by and table.of and planned.precision[table.name].margin > usable_margin
    )


def workload_for(form: Form, by: Sequence[Sequence[str]], split_only: Sequence[str] = ()) -> Workload:
    """Every table of a round: the total, the cohort sizes, each question for everyone and by each cohort set.

    A cohort question's own table is the size table of its cohorts; it is not measured twice.
    Raises: PromiseError.
    """
    sets = _cohort_sets(form, by)
    questions = {question.id for question in form.questions}
    if unknown := [name for name in split_only if name not in questions]:
        raise PromiseError(f"The form has no question '{unknown[0]}' to split; check --split-only.")
    axes = form_axes(form)
    cohorts = {cohort.id for cohort in form.cohorts}
    tables = [_table("", ())] + [_table("", group) for group in sets]
    for axis in axes:
        if (axis.id,) not in sets:
            tables.append(_table(axis.id, ()))
        if axis.id not in cohorts and (not split_only or axis.question in split_only):
            tables += [_table(axis.id, group) for group in sets]
    used = {name for table in tables for name in table.axes}
    return Workload(tuple(Axis(a.id, len(a.cells), a.touches, a.outside) for a in axes if a.id in used), tuple(tables))


def _known(crowd: Crowd, workload: Workload) -> Crowd:
    """Without axes that are in no table."""
    names = {axis.name for axis in workload.axes}
    answering = {name: part for name, part in crowd.answering.items() if name in names}
    return Crowd(crowd.respondents, {n: s for n, s in crowd.shares.items() if n in names}, answering)


def _insisted(form: Form, workload: Workload, wishes: Wishes) -> tuple[str, ...]:
    names: list[str] = []
    for question, group in wishes.insist:
        ordered = _cohort_sets(form, [group])[0]
        found = [
            table.name
            for table in workload.tables
            if table.by == ordered and any(axis.split(".")[0] == question for axis in table.of)
        ]
        if not found:
            raise PromiseError(f"--insist {question}@{','.join(group)} is not a split of this round; check --by.")
        names += found
    return tuple(names)


def _cohort_sets(form: Form, by: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The wished sets, each in form order, once."""
    order = [cohort.id for cohort in form.cohorts]
    sets: list[tuple[str, ...]] = []
    for group in by:
        if unknown := [name for name in group if name not in order]:
            raise PromiseError(
                f"'{unknown[0]}' is not a cohort question of this form; it has {', '.join(order) or 'none'}."
            )
        ordered = tuple(name for name in order if name in group)
        if len(ordered) != len(group):
            raise PromiseError(f"--by {','.join(group)} names a question twice.")
        if ordered not in sets:
            sets.append(ordered)
    return sets


def _table(axis: str, by: tuple[str, ...]) -> Table:
    return Table(f"{axis}@{','.join(by)}", by, (axis,) if axis else ())
