"""Measuring answers that a host already has: promised, counted, charged once, and published like any round.

The order makes a crash harmless. Everything that can be refused is refused first; then the manifest and the mark of
the answers are stored, then the ledger charges and measures in one transaction, then the release is written. Before
the charge nothing is left behind, or only what the next run takes away; after it the release can always be written.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aggregation.answers import Progress, in_batches, read_table
from aggregation.counting import count
from aggregation.promise import make_promise, plan_of
from aggregation.wishes import Wishes
from host.answer_marks import AnswerMarks, Mark
from host.externals import StoredExternal
from host.house import House
from host.keys import read_signing_key
from host.measured import charged_externals
from host.promising import Unpromisable, check_budget, check_minimum, check_name, check_term_stays, term_to_promise
from host.publishing import Publication, publish_external
from privacy.counts import ExactCounts
from privacy.errors import ChargeUnknown, LedgerError
from privacy.ledger import Entry, Ledger
from privacy.measure import Charge, Hook, Measurement, measure, no_hook
from reports.errors import ReleaseError
from survey.forms.model import Form
from survey.rounds.any_manifest import sign_manifest
from survey.rounds.external import ExternalManifest
from survey.rounds.times import now


class MeasuringError(ValueError):
    """Answers that cannot be measured as it was asked for; nothing was charged."""


class MeasuredBefore(MeasuringError):
    """The same answers were measured under other names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"{same_answers(names)} Nothing was charged. If you want that, run it again with --again; if you only "
            "need the release, use `subrosa publish`."
        )
        self.names = names


class NotPublished(RuntimeError):
    """The answers are measured and charged, and their release could not be written."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"The answers are measured and charged, but the release could not be written: {why} Then run `subrosa "
            f"publish {name} --out DIR`, which charges nothing."
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a host asks for. again: measure answers though the same were measured before. out: a new folder."""

    form: Form
    name: str
    wishes: Wishes
    answers: Path
    out: Path
    again: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What was done.

    before: the names under which the same answers were measured already. unknown: the names of measurements that no
    answers can be compared with, because their marks are lost.
    """

    manifest: ExternalManifest
    measurement: Measurement
    entry: Entry
    release: Path
    before: tuple[str, ...]
    unknown: tuple[str, ...]


def same_answers(names: tuple[str, ...]) -> str:
    return (
        f"The same answers were measured before, as {_listed(names)}: the charges add up, and whoever reads all these "
        "releases learns more of the same people than from one."
    )


def not_compared(names: tuple[str, ...]) -> str:
    return (
        f"The marks of the answers measured as {_listed(names)} are lost, so nobody can tell whether these are the "
        "same: if they are, the charges add up."
    )


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"'{name}'" for name in names)


def measure_answers(house: House, wanted: Wanted, progress: Progress, hook: Hook = no_hook) -> Measured:
    """Measure a table of answers once, charge the term, and write the signed release.

    progress: told hundredths, never rows. Nothing is destroyed: the host keeps the answers.
    Raises: MeasuringError, MeasuredBefore, Unpromisable, PromiseError, AnswersError, BudgetExceeded, KeyMissing …
    with nothing charged and nothing left behind; NotPublished once it is charged.
    """
    _check_place(wanted.out)
    signing = read_signing_key(house.signing_key)
    manifest = _promised(house, wanted, signing)
    stored = StoredExternal(sign_manifest(manifest, signing), manifest)
    data = wanted.answers.read_bytes()
    records = read_table(wanted.form, data, progress)
    if not len(records):
        raise MeasuringError("The table has no row with an answer; nothing was charged.")
    counts = count(wanted.form, plan_of(wanted.form, manifest.promise)[0], in_batches(records))
    with house.rounds.changing():
        _check_promisable(house, wanted.name)  # again: reading takes time
        marks = AnswerMarks.open(house.answer_marks)
        mark = marks.mark(wanted.form, data, records)
        names = _charged_names(house)
        before = tuple(names[one] for one in marks.same(mark, names))
        unknown = tuple(names[one] for one in marks.unmarked(names))
        if before and not wanted.again:
            raise MeasuredBefore(before)
        # Not sooner: to lower the epsilon would be bad advice for answers that need no second charge.
        check_budget(house, manifest.promise.rho, manifest.promise.delta, now())
        measurement = _charge(house, stored, (marks, mark), counts, hook)
    hook("charged")
    release, entry = _published(house, stored, wanted.out)
    return Measured(manifest, measurement, entry, release, before, unknown)


def _check_place(out: Path) -> None:
    if out.exists() or out.is_symlink():
        raise MeasuringError(f"--out: {out} exists already; name a new folder. Nothing was charged.")
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise MeasuringError(f"--out: nothing can be written in {above}; name another folder. Nothing was charged.")


def _promised(house: House, wanted: Wanted, signing: Ed25519PrivateKey) -> ExternalManifest:
    """The manifest, once everything holds that can be checked before the answers are read, but for the budget."""
    house.ledger()  # where there is no tally, that is said first
    check_minimum(wanted.wishes)
    promise = make_promise(wanted.form, wanted.wishes, term_to_promise(house))
    _check_promisable(house, wanted.name)
    return ExternalManifest(
        name=wanted.name,
        society=house.config.society,
        contact=house.config.contact,
        form=wanted.form,
        host_key=signing.public_key().public_bytes_raw(),
        promise=promise,
    )


def _check_promisable(house: House, name: str) -> None:
    check_name(house, name)
    term, today = house.config.term, now()
    if not term.start <= today.date() <= term.end:
        raise Unpromisable("Today is not in the term that would be charged; see [term] in subrosa.toml.")
    check_term_stays(house, today)


def _charged_names(house: House) -> dict[str, str]:
    """Id to name; where the manifest is damaged its answers still count, under the start of the id."""
    ids = charged_externals(house)
    return {one: one[:8] for one in ids} | {str(o.manifest.id): o.manifest.name for o in house.externals.readable(ids)}


def _charge(
    house: House, stored: StoredExternal, marked: tuple[AnswerMarks, Mark], counts: ExactCounts, hook: Hook
) -> Measurement:
    """Measure once; unless the ledger has charged it, take back everything that was stored for it."""
    manifest, ledger, (marks, mark) = stored.manifest, house.ledger(), marked
    allocation = plan_of(manifest.form, manifest.promise)[1]
    charge = Charge(manifest.id, manifest.promise.minimum_responses)
    try:
        _forget_unmeasured(house, marks, manifest.name)
        house.externals.add(stored.served)
        marks.keep(manifest.id, mark)
        hook("promised")
        return measure(ledger, charge, counts, allocation, hook)
    except ChargeUnknown:
        raise  # it may be charged yet, and would need all that is stored; the next run under this name sees
    except BaseException:
        if not _may_be_charged(ledger, manifest):
            marks.forget(manifest.id)
            house.externals.remove(manifest.id)
        raise


def _forget_unmeasured(house: House, marks: AnswerMarks, name: str) -> None:
    """What a run under this name left behind that was killed before it was charged; else the name were taken."""
    for one in house.externals.readable(house.externals.ids()):
        if one.manifest.name == name:
            marks.forget(one.manifest.id)
            house.externals.remove(one.manifest.id)


def _may_be_charged(ledger: Ledger, manifest: ExternalManifest) -> bool:
    """If the ledger cannot be read now, it may have charged: then what its measurement would need stays."""
    try:
        return ledger.measurement(manifest.id) is not None
    except LedgerError:
        return True


def _published(house: House, stored: StoredExternal, out: Path) -> tuple[Path, Entry]:
    try:
        return publish_external(house, stored, Publication(out=out))
    except (ReleaseError, OSError) as error:
        why = str(error) if isinstance(error, ReleaseError) else f"the file system refused ({error.strerror})."
        raise NotPublished(stored.manifest.name, why) from None
