"""A release holds what its manifest promised: the same tables, the same noise, the same price, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import isclose

from privacy.accounting import Group, Guarantee, epsilon_for, group_guarantee, guarantee, replacement_rho, rho_for
from privacy.allocation import Allocation, named
from privacy.documents import canonical
from privacy.errors import PrivacyError
from privacy.measurement import Measurement
from privacy.terms import Entry
from privacy.variances import Variances
from privacy.workload import Workload
from reports.errors import ReleaseError
from survey.forms.axes import axes_told_by
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.eligibility import organisation_cap
from survey.rounds.external import ExternalManifest
from survey.rounds.manifest import Manifest
from survey.rounds.promise import Promise

_CLOSE = 1e-9  # accountings may differ in their last bits from one OpenDP to the next


@dataclass(frozen=True, slots=True)
class QuestionShare:
    """What everything released tells of one question, and of those that are asked because of its answer."""

    question: str
    rho: float
    epsilon: float


@dataclass(frozen=True, slots=True)
class Charged:
    """What a round was charged, and what that guarantees.

    `guarantee`, `questions`: of everything the round promised to measure; `rho`, `epsilon`: of what was measured
    in fact, which is less if the round stayed below its minimum; `organisation`: of all responses that people of one
    mail domain may have given, where mail was the only way to take part and had a cap for each domain.
    """

    workload: Workload
    allocation: Allocation
    guarantee: Guarantee
    questions: tuple[QuestionShare, ...]
    rho: float
    epsilon: float
    organisation: Group | None


def check_promised(manifest: AnyManifest, measurement: Measurement, entry: Entry) -> Charged:
    """The charge, once measurement and ledger entry are known to be what the manifest promised.

    Raises: ReleaseError naming what is not.
    """
    try:
        workload, allocation = _plan(manifest)
        _check_measurement(manifest, measurement, workload)
        stated = guarantee(workload, allocation, manifest.promise.delta)
        questions = tuple(_questions(manifest, workload, allocation))
        _check_guarantee(manifest.promise, stated, questions)
        noises = {entry.axes: entry for entry in allocation.entries}
        measured = [noises[axes] for axes in measurement.residuals]
        rho = Allocation(allocation.rho, tuple(measured)).cost
        _check_entry(manifest, measurement, entry, rho)
        spent = epsilon_for(rho, manifest.promise.delta)
        return Charged(workload, allocation, stated, questions, rho, spent, _organisation(manifest, stated))
    except PrivacyError as error:
        raise ReleaseError(f"The manifest's promise does not hold together: {error}.") from None


def _organisation(manifest: AnyManifest, stated: Guarantee) -> Group | None:
    """Codes are handed to anybody: a cap on addresses says nothing of an organisation that has codes as well."""
    cap = organisation_cap(manifest.eligibility) if isinstance(manifest, Manifest) else None
    return None if cap is None else group_guarantee(stated.rho, cap, stated.delta)


def _plan(manifest: AnyManifest) -> tuple[Workload, Allocation]:
    """The tables and the noise of the manifest, checked against its form and its budget."""
    promise = manifest.promise
    if not promise.fits(manifest.form):
        raise ReleaseError("The manifest promises tables that its form does not have.")
    workload = Workload.from_json(promise.workload_json())
    if any(table.name != f"{'|'.join(table.of)}@{','.join(table.by)}" for table in workload.tables):
        raise ReleaseError("The manifest names a table otherwise than by what it counts.")
    allocation = Allocation.from_json(promise.allocation_json())
    allocation.check(workload)
    variances = Variances(workload, allocation.scales)
    sds = {table.name: variances.cell(table) ** 0.5 for table in workload.tables}
    if not all(isclose(table.sd, sds[table.name], rel_tol=_CLOSE) for table in promise.tables):
        raise ReleaseError("The manifest states another precision than its noise gives.")
    if not promise.could_be_expected():
        raise ReleaseError("The manifest states cohorts that its tables do not have, or a precision that cannot be.")
    return workload, allocation


def _check_measurement(manifest: AnyManifest, measurement: Measurement, workload: Workload) -> None:
    if measurement.round_id != manifest.id:
        raise ReleaseError("The measurements are of another round than the manifest.")
    if measurement.workload != workload:
        raise ReleaseError("The measurements are not of the tables that the manifest promised.")
    promised = {noise.axes: noise for noise in manifest.promise.noise}
    for axes, noisy in measurement.residuals.items():
        if (noisy.scale, noisy.rho) != (promised[axes].scale, promised[axes].rho):
            raise ReleaseError(f"The axes {named(axes)} were measured with other noise than the manifest promised.")
    if measurement.complete != (measurement.total >= manifest.promise.minimum_responses):
        raise ReleaseError("Whether the round reached its minimum does not follow from its noisy total.")


def _questions(manifest: AnyManifest, workload: Workload, allocation: Allocation) -> Iterator[QuestionShare]:
    used = {name for table in workload.tables for name in table.axes}
    for question in manifest.form.questions:
        changed = {axis.id for axis in axes_told_by(manifest.form, question)} & used
        if changed:
            rho = replacement_rho(workload, allocation, changed)
            yield QuestionShare(question.id, rho, epsilon_for(rho, manifest.promise.delta))


def _check_guarantee(promise: Promise, stated: Guarantee, questions: Sequence[QuestionShare]) -> None:
    if promise.rho > rho_for(promise.epsilon, promise.delta) * (1 + _CLOSE):
        raise ReleaseError("The round spends more than the epsilon and delta that its manifest states.")
    single = max((share.epsilon for share in questions), default=0.0)
    for promised, real in (
        (promise.replacement_epsilon, stated.replacement_epsilon),
        (promise.question_epsilon, single),
    ):
        if not isclose(promised, real, rel_tol=_CLOSE):
            raise ReleaseError("The manifest states another guarantee than its tables and their noise give.")


def _check_entry(manifest: AnyManifest, measurement: Measurement, entry: Entry, rho: float) -> None:
    term = manifest.promise.term
    kind = "measured" if measurement.complete else "below-minimum"
    if entry.digest != entry.expected_digest():
        raise ReleaseError("The ledger entry does not fit its digest: it was changed.")
    if entry.measurement != sha256(canonical(measurement.to_json())).hexdigest():
        raise ReleaseError("The ledger entry was made for other measurements than these.")
    if entry.round_id != manifest.id or entry.kind != kind:
        raise ReleaseError("The ledger entry is not of this round and its measurements.")
    charged_to = (entry.term, entry.term_epsilon, entry.term_delta)
    if charged_to != (f"{term.start}/{term.end}", term.epsilon, term.delta) or _day(entry.day) < term.start:
        raise ReleaseError("The ledger entry is of another term than the manifest promised.")
    if not isclose(entry.rho, rho, rel_tol=_CLOSE):
        raise ReleaseError("The ledger was charged another price than the measurements cost.")
    if entry.rho > rho_for(term.epsilon, term.delta) * (1 + _CLOSE):
        raise ReleaseError("The ledger was charged more than the whole term that the manifest promised grants.")
    if isinstance(manifest, ExternalManifest) and _day(entry.day) > term.end:
        raise ReleaseError("The ledger entry was made after the term that the manifest promised.")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ReleaseError("The ledger entry has no day.") from None
