"""`index.html`: one page that a person can read, without scripts and without a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from reports.additions.added import Added
from reports.figures import Judged
from reports.findings import Findings
from reports.labels import Labels
from reports.opening.opening import Opening
from reports.page.briefs import Brief, Briefs
from reports.page.debt import human_debt
from reports.page.kept import kept
from reports.page.moves import moves
from reports.page.pairs import pairs
from reports.page.questions import Asked, Reader
from reports.pictures.placing import Placing
from reports.promised import Charged
from reports.record import Record
from reports.signing import fingerprint
from reports.wording import certainty, charge, day, days, on_days, one_in, people, significant
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import Statement
from survey.rounds.external import ExternalManifest
from survey.rounds.manifest import Manifest

_KNEW: Final = {
    "registrar": "knew who was invited, not what anyone said",
    "intake": "knew that somebody invited had answered, not who and not what",
    "tally": "saw answers without names, counted them, added noise once, and was to destroy its key and the answers",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the form with its questions."""

    title: str
    why: str
    questions: tuple[Asked, ...]


def page(
    manifest: Manifest | ExternalManifest,
    statement: Statement | None,
    findings: Findings,
    charged: Charged,
    record: Record,
    added: Added,
    further: Mapping[str, Any],
) -> bytes:
    """The whole page, UTF-8. Every label is escaped: a form is written by somebody else.

    added: what the host added to the figures; further: what sections of their own show, by name: `data`, `beside`.
    A round below its minimum gets a short page that says so.
    """
    language = record.language
    context = (
        _about(manifest, language)
        | _source(manifest, statement, record)
        | _protection(manifest, charged)
        | _check(manifest, record)
        | {"revision": added.revision}
        | dict(further)
    )
    if not findings.complete:
        return _template("below.html").render(context).encode()
    judged = findings.judged
    labels = Labels.of(manifest.form, language)
    by = tuple(t.by for t in manifest.promise.tables if t.by and not t.of)
    reader = Reader(manifest.form, labels, judged, by, findings.compared, findings.summarised)
    briefs = _briefs(manifest, reader, Briefs(findings.summarised, labels))
    guide = moves(manifest.form, findings, labels, added.guide)
    body = _body(manifest, reader, judged, language) | {
        "margins": tuple(labels.questions[name] for name in added.margins),
        "guide": guide,
        "debt": human_debt(manifest.form, findings, labels, Briefs(findings.summarised, labels), guide),
        "records": None if added.records is None else people(len(added.records)),
    }
    pictures = Placing(manifest.form, briefs).page(
        body["questions"], body["sizes"], body["pairs"], further["beside"]["sections"]
    )
    opening = Opening.of(manifest, findings, language, added).on_page(charged)
    return _template("page.html").render(context | body | opening | {"briefs": briefs, "pictures": pictures}).encode()


def _briefs(manifest: AnyManifest, reader: Reader, briefs: Briefs) -> dict[tuple[str, str], Brief]:
    """By question and split, as its page names it; the split of everyone has no name."""
    found = {(question.id, ""): briefs.everyone(question) for question in manifest.form.questions}
    for question, by in product(manifest.form.questions, reader.by):
        found[question.id, reader.by_words(by)] = briefs.split(question, by)
    return {place: brief for place, brief in found.items() if brief is not None}


def _body(manifest: AnyManifest, reader: Reader, judged: Mapping[str, Judged], language: str) -> dict[str, Any]:
    sections = tuple(
        Section(
            title=part.title.text(language),
            why=part.why.text(language) if part.why is not None else "",
            questions=tuple(reader.asked(question, language) for question in part.questions),
        )
        for part in manifest.form.pages
    )
    return {
        "sections": sections,
        "questions": tuple(question for section in sections for question in section.questions),
        "sizes": tuple(reader.sizes()),
        "pairs": pairs(reader),
        "expected": people(manifest.promise.respondents),
        "kept": tuple(kept(manifest.promise, judged, reader.by_words)),
        "splits": tuple(reader.by_words(by) for by in reader.by),
    }


def _about(manifest: AnyManifest, language: str) -> dict[str, Any]:
    return {
        "language": language,
        "title": manifest.form.title.text(language),
        "intro": manifest.form.intro.text(language),
        "society": manifest.society,
        "contact": manifest.contact,
        "round": manifest.id,
        "name": manifest.name,
        "minimum": people(manifest.promise.minimum_responses),
    }


def _source(manifest: Manifest | ExternalManifest, statement: Statement | None, record: Record) -> dict[str, Any]:
    """What only a round has to tell, or only answers that no round collected."""
    if isinstance(manifest, ExternalManifest):
        measured = datetime.fromisoformat(record.entry.day).replace(tzinfo=UTC)
        return {"external": True, "measured": day(measured)}
    closed = statement.closes if statement is not None else manifest.closes
    return {
        "external": False,
        "dates": days(manifest.opens, closed),
        "on_dates": on_days(manifest.opens, closed),
        "operators": sorted(manifest.operators),
        "services": tuple((manifest.service(role), knew) for role, knew in _KNEW.items()),
    }


def _protection(manifest: AnyManifest, charged: Charged) -> dict[str, Any]:
    promise, given = manifest.promise, charged.guarantee
    single = max((share.epsilon for share in charged.questions), default=0.0)
    return {
        "epsilon": significant(promise.epsilon),
        "epsilon_sure": certainty(promise.epsilon),
        "replacement": significant(given.replacement_epsilon),
        "replacement_sure": certainty(given.replacement_epsilon),
        "single": significant(single),
        "single_sure": certainty(single),
        "organisation": charged.organisation
        and (
            charged.organisation.people,
            certainty(charged.organisation.epsilon),
            significant(charged.organisation.epsilon),
        ),
        "delta": one_in(promise.delta),
        "charged_rho": charge(charged.rho),
        "charged_epsilon": significant(charged.epsilon),
        "term": promise.term,
        "term_epsilon": significant(promise.term.epsilon),
        "min_cohort": people(promise.min_cohort),
        "beta": one_in(promise.beta),
        "usable": significant(promise.usable_margin * 100),
    }


def _check(manifest: AnyManifest, record: Record) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint(Ed25519PublicKey.from_public_bytes(manifest.host_key)),
        "versions": sorted(record.versions.items()),
        "entry": record.entry,
    }


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
