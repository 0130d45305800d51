"""The privacy part of a manifest: from a plan to a promise, and back to what the tally counts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aggregation.fitting import fitting_splits, split_options
from aggregation.planning import Plan, plan, too_imprecise
from aggregation.wishes import PromiseError, Wishes
from privacy.accounting import epsilon_for, guarantee, replacement_rho
from privacy.allocation import Allocation
from privacy.precision import Expectation
from privacy.variances import Variances
from privacy.workload import Table, Workload
from survey.forms.axes import axes_told_by
from survey.forms.model import Form
from survey.rounds.promise import Promise, PromisedAxis, PromisedNoise, PromisedTable, PromisedTerm


def make_promise(form: Form, wishes: Wishes, term: PromisedTerm) -> Promise:
    """The privacy part of a manifest: tables, noise, guarantees and expected precision.

    Everything comes from the form and the host's public figures; no answer is involved.
    Raises: PromiseError, also for splits that would be too imprecise to show, or what `privacy` raises for
    impossible numbers.
    """
    planned = plan(form, wishes)
    if not wishes.accept_imprecise:
        _refuse_imprecise(form, planned, wishes)
    workload, allocation = planned.workload, planned.allocation
    stated = guarantee(workload, allocation, wishes.delta)
    return Promise(
        epsilon=wishes.epsilon,
        delta=wishes.delta,
        rho=allocation.rho,
        replacement_epsilon=stated.replacement_epsilon,
        question_epsilon=max(_question_epsilons(form, workload, allocation, wishes.delta)),
        respondents=wishes.respondents,
        minimum_responses=wishes.minimum_responses,
        min_cohort=wishes.min_cohort,
        beta=wishes.beta,
        usable_margin=wishes.usable_margin,
        weigh=wishes.weigh,
        term=term,
        axes=tuple(PromisedAxis(a.name, a.size, a.touches, a.outside) for a in workload.axes),
        noise=tuple(PromisedNoise(entry.axes, entry.rho, entry.scale) for entry in allocation.entries),
        tables=tuple(
            _promised(table, planned.precision[table.name], wishes.usable_margin) for table in workload.tables
        ),
    )


def _refuse_imprecise(form: Form, planned: Plan, wishes: Wishes) -> None:
    """No promise of figures that are not expected to come out."""
    names = too_imprecise(planned, wishes.usable_margin)
    if names:
        worst = max(names, key=lambda name: planned.precision[name].margin)
        would_do = " ".join(split_options(fitting_splits(form, wishes)))
        raise PromiseError(
            f"{len(names)} of the splits would be too uncertain to show, beyond the usable margin of "
            f"{100 * wishes.usable_margin:g} points ({worst}: {min(100 * planned.precision[worst].margin, 100):.0f}). "
            + (f"Instead of --by, these would do: {would_do}" if would_do else "No split would do: leave out --by")
            + ". Or accept that with --accept-imprecise. What else this round can carry, `subrosa plan` shows."
        )


def plan_of(form: Form, promise: Promise) -> tuple[Workload, Allocation]:
    """What the tally counts and how much noise it draws: exactly what was promised, checked against the form.

    Raises: PromiseError if the promise's axes are not the form's; AllocationError if its noise is too small.
    """
    if not promise.fits(form):
        raise PromiseError("The manifest promises tables that its form does not have; it must not be used.")
    workload = Workload.from_json(promise.workload_json())
    allocation = Allocation.from_json(promise.allocation_json())
    if epsilon_for(promise.rho, promise.delta) > promise.epsilon:
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
    variances = Variances(workload, allocation.scales)
    sds = {table.name: variances.cell(table) ** 0.5 for table in workload.tables}
    if not all(math.isclose(table.sd, sds[table.name], rel_tol=1e-9) for table in promise.tables):
        raise PromiseError("The manifest states another precision than its noise gives; it must not be used.")
    if not promise.could_be_expected():
        raise PromiseError(
            "The manifest states cohorts that its tables do not have, or a precision that cannot be; "
            "it must not be used."
        )


def _question_epsilons(form: Form, workload: Workload, allocation: Allocation, delta: float) -> Iterator[float]:
    """What all tables together tell about one question, with the questions that are asked only because of it."""
    known = {axis.name for axis in workload.axes}
    for question in form.questions:
        changed = {axis.id for axis in axes_told_by(form, question)} & known
        if changed:
            yield epsilon_for(replacement_rho(workload, allocation, changed), delta)


def _promised(table: Table, expectation: Expectation, usable_margin: float) -> PromisedTable:
    margin = expectation.margin
    return PromisedTable(
        name=table.name,
        by=table.by,
        of=table.of,
        sd=expectation.sd,
        margin=round(margin, 4) if math.isfinite(margin) else None,
        cohorts=expectation.cohorts,
        shown=round(expectation.shown(usable_margin), 2),
        sampling=round(float(expectation.sampling.mean()), 4),
    )
