"""From a form and a host's wishes to the tables a round releases, their noise, and how precise they will be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from aggregation.wanted import usable_margins, wanted_margins
from aggregation.wishes import PromiseError, Split, Wishes, crowd_of
from privacy.accounting import rho_for
from privacy.allocation import Allocation, allocate, best_scales
from privacy.precision import Expectation, expected, expected_under
from privacy.typical import Crowd
from privacy.weighing import usable_weights
from privacy.workload import Axis, Table, Workload
from survey.forms.axes import axes as form_axes
from survey.forms.model import Form


@dataclass(frozen=True, slots=True)
class Expected:
    """What a round could measure: `precision` is what to expect of each table, by its name."""

    workload: Workload
    precision: Mapping[str, Expectation]


@dataclass(frozen=True, slots=True)
class Plan(Expected):
    """What a round will measure, with its noise."""

    allocation: Allocation


def plan(form: Form, wishes: Wishes) -> Plan:
    """Tables, noise and precision for these wishes. Everything comes from the form and public figures.

    Raises: PromiseError, or what `privacy` raises for impossible numbers.
    """
    workload, crowd, weights = _weighed(form, wishes)
    allocation = allocate(workload, rho_for(wishes.epsilon, wishes.delta), weights)
    precision = expected(workload, allocation, crowd, min_cohort=wishes.min_cohort, beta=wishes.beta)
    return Plan(workload, precision, allocation)


def expect(form: Form, wishes: Wishes) -> Expected:
    """The same without the noise to draw, in a part of the time. Raises: as `plan` does."""
    workload, crowd, weights = _weighed(form, wishes)
    scales = best_scales(workload, rho_for(wishes.epsilon, wishes.delta), weights)
    precision = expected_under(workload, scales, crowd, min_cohort=wishes.min_cohort, beta=wishes.beta)
    return Expected(workload, precision)


def _weighed(form: Form, wishes: Wishes) -> tuple[Workload, Crowd, Mapping[str, float]]:
    workload = workload_for(form, wishes.by, wishes.split_only, wishes.splits)
    rho, crowd = rho_for(wishes.epsilon, wishes.delta), crowd_for(form, wishes, workload)
    if wishes.weigh == "equal":
        return workload, crowd, dict.fromkeys((table.name for table in workload.tables), 1.0)
    margin, insisted = wishes.usable_margin, _insisted(form, workload, wishes)
    wanted = (wanted_margins(workload, crowd, margin), usable_margins(workload, margin))
    return workload, crowd, usable_weights(workload, rho, crowd, margin, insisted, wanted)


def too_imprecise(planned: Expected, usable_margin: float) -> tuple[str, ...]:
    """Names of the splits that are expected to be too uncertain to show in a cohort of mean size."""
    return tuple(
        table.name
        for table in planned.workload.tables
        if table.by and table.of and planned.precision[table.name].margin > usable_margin
    )


def workload_for(
    form: Form, by: Sequence[Sequence[str]], split_only: Sequence[str] = (), splits: Sequence[Split] = ()
) -> Workload:
    """Every table of a round: the total, the cohort sizes, each question for everyone and by each cohort set.

    by, split_only: these questions (none named: all) by each of these sets; splits: further single ones.
    A cohort question's own table is the size table of its cohorts; it is not measured twice.
    Raises: PromiseError.
    """
    wide = _cohort_sets(form, by)
    single = [(name, _cohort_sets(form, [group])[0]) for name, group in splits]
    sets = list(dict.fromkeys([*wide, *(group for _, group in single)]))
    axes, cohorts = form_axes(form), {cohort.id for cohort in form.cohorts}
    _check_split(split_only, "--split-only", {axis.question for axis in axes})
    _check_split([name for name, _ in single], "--split", {n for a in axes for n in (a.question, a.id)} - cohorts)
    tables = [_table("", ())] + [_table("", group) for group in sets]
    for axis in axes:
        if (axis.id,) not in sets:
            tables.append(_table(axis.id, ()))
        if axis.id in cohorts:
            continue
        all_of = wide if not split_only or axis.question in split_only else []
        own = {group for name, group in single if name in (axis.question, axis.id)}
        tables += [_table(axis.id, group) for group in sets if group in all_of or group in own]
    used = {name for table in tables for name in table.axes}
    return Workload(tuple(Axis(a.id, len(a.cells), a.touches, a.outside) for a in axes if a.id in used), tuple(tables))


def _check_split(names: Sequence[str], option: str, known: Collection[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise PromiseError(f"The form has no question '{unknown[0]}' to split; check {option}.")


def crowd_for(form: Form, wishes: Wishes, workload: Workload) -> Crowd:
    """The respondents to expect, without axes that are in no table."""
    crowd = crowd_of(form, wishes)
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
