"""From a form and a host's wishes to exactly the tables a round releases, and back from the manifest's promise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from privacy.accounting import epsilon_for, guarantee, replacement_rho, rho_for
from privacy.allocation import Allocation, TableNoise, allocate
from privacy.precision import Expectation, expected
from privacy.workload import Axis, Table, Workload
from survey.forms.axes import axes as form_axes
from survey.forms.axes import axes_told_by
from survey.forms.model import Form
from survey.rounds.promise import Promise, PromisedAxis, PromisedTable, PromisedTerm


class PromiseError(ValueError):
    """A wish that this form cannot carry, or a promise that does not fit its form."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a host asks of a round. `by`: cohort sets; `split_only`: questions that are split (empty: all)."""

    respondents: int
    epsilon: float
    delta: float
    min_cohort: int
    minimum_responses: int
    usable_margin: float
    beta: float
    by: tuple[tuple[str, ...], ...]
    split_only: tuple[str, ...]
    cohort_shares: Mapping[str, Sequence[float]]


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


def make_promise(form: Form, wishes: Wishes, term: PromisedTerm) -> Promise:
    """The privacy part of a manifest: tables, noise, guarantees and expected precision.

    Everything comes from the form and the host's public figures; no answer is involved.
    Raises: PromiseError, or what `privacy` raises for impossible numbers.
    """
    workload = workload_for(form, wishes.by, wishes.split_only)
    rho = rho_for(wishes.epsilon, wishes.delta)
    allocation = allocate(workload, rho)
    stated = guarantee(workload, allocation, wishes.delta)
    precision = expected(
        workload,
        allocation,
        wishes.respondents,
        wishes.cohort_shares,
        min_cohort=wishes.min_cohort,
        beta=wishes.beta,
    )
    return Promise(
        epsilon=wishes.epsilon,
        delta=wishes.delta,
        rho=rho,
        replacement_epsilon=stated.replacement_epsilon,
        question_epsilon=max(_question_epsilons(form, workload, allocation, wishes.delta)),
        respondents=wishes.respondents,
        minimum_responses=wishes.minimum_responses,
        min_cohort=wishes.min_cohort,
        beta=wishes.beta,
        usable_margin=wishes.usable_margin,
        term=term,
        axes=tuple(PromisedAxis(a.name, a.size, a.touches, a.outside) for a in workload.axes),
        tables=tuple(
            _promised(table, allocation.noise(table.name), precision[table.name]) for table in workload.tables
        ),
    )


def plan_of(form: Form, promise: Promise) -> tuple[Workload, Allocation]:
    """What the tally counts and how much noise it draws: exactly what was promised, checked against the form.

    Raises: PromiseError if the promise's axes are not the form's; AllocationError if its noise is too small.
    """
    if not promise.fits(form):
        raise PromiseError("The manifest promises tables that its form does not have; it must not be used.")
    workload = Workload.from_json(promise.workload_json())
    allocation = Allocation.from_json(promise.allocation_json())
    if promise.rho > rho_for(promise.epsilon, promise.delta):
        raise PromiseError("The manifest spends more than the (epsilon, delta) it states; it must not be used.")
    allocation.check(workload)
    _check_stated(form, promise, workload, allocation)
    return workload, allocation


def _check_stated(form: Form, promise: Promise, workload: Workload, allocation: Allocation) -> None:
    """The guarantees in the manifest are those of its tables: else its release could never be published."""
    question = max(_question_epsilons(form, workload, allocation, promise.delta))
    replacement = guarantee(workload, allocation, promise.delta).replacement_epsilon
    stated = ((promise.question_epsilon, question), (promise.replacement_epsilon, replacement))
    if not all(math.isclose(said, real, rel_tol=1e-9) for said, real in stated):
        raise PromiseError("The manifest states another guarantee than its tables give; it must not be used.")
    if any(table.name != f"{'|'.join(table.of)}@{','.join(table.by)}" for table in workload.tables):
        raise PromiseError("The manifest names a table otherwise than by what it counts; it must not be used.")


def cohort_shares(form: Form, document: Mapping[str, object]) -> dict[str, list[float]]:
    """Expected shares of each cohort's options, from a document `{question: {option: share}}`.

    Raises: PromiseError naming the question.
    """
    shares: dict[str, list[float]] = {}
    cohorts = {cohort.id: [option.id for option in cohort.options] for cohort in form.cohorts}
    for question, given in document.items():
        options = cohorts.get(question)
        if options is None:
            raise PromiseError(f"cohort shares: '{question}' is not a cohort question of this form.")
        if not isinstance(given, Mapping) or set(given) != set(options):
            raise PromiseError(f"cohort shares, {question}: give a share for each of {', '.join(options)}.")
        numbers = [given[option] for option in options]
        if not all(isinstance(n, (int, float)) and 0 <= n <= 1 for n in numbers) or not math.isclose(
            sum(numbers), 1, abs_tol=1e-3
        ):
            raise PromiseError(f"cohort shares, {question}: the shares must be between 0 and 1 and add up to 1.")
        shares[question] = [float(number) for number in numbers]
    return shares


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


def _question_epsilons(form: Form, workload: Workload, allocation: Allocation, delta: float) -> Iterator[float]:
    """What all tables together tell about one question, with the questions that are asked only because of it."""
    known = {axis.name for axis in workload.axes}
    for question in form.questions:
        changed = {axis.id for axis in axes_told_by(form, question)} & known
        if changed:
            yield epsilon_for(replacement_rho(workload, allocation, changed), delta)


def _table(axis: str, by: tuple[str, ...]) -> Table:
    return Table(f"{axis}@{','.join(by)}", by, (axis,) if axis else ())


def _promised(table: Table, noise: TableNoise, expectation: Expectation) -> PromisedTable:
    margin = expectation.margin
    return PromisedTable(
        name=table.name,
        by=table.by,
        of=table.of,
        rho=noise.rho,
        scale=noise.scale,
        margin=round(margin, 4) if math.isfinite(margin) else None,
        cohorts=expectation.cohorts,
        shown=round(expectation.shown, 2),
    )
