"""The guide: from a figure to a small move, as `guide.json` of a release holds it. It is the host's word, no result.

Its form is `{"form", "roles": {role: question}, "sources": {id: {"name", "year"}}, "entries": [{"question", "answer",
"cares", "move", "evidence": [{"source", "at", "says"}], "cost", "measure", "stop"}]}`. Every text is a plain string, in
whatever language the host writes; nothing in it is a figure of the round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from privacy.documents import canonical
from reports.additions.guide_checks import faults_of
from reports.errors import ReleaseError
from survey.forms.model import Form
from survey.rounds.any_manifest import AnyManifest

FILE = "guide.json"
LARGEST = 200_000  # bytes: a page holds it beside all its figures, and stays one that a telephone opens


@dataclass(frozen=True, slots=True)
class Source:
    """Where evidence comes from."""

    name: str
    year: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a source says, in the host's own words. at: the clause or section."""

    source: str
    at: str
    says: str


@dataclass(frozen=True, slots=True)
class Entry:
    """About one answer to one question: what executives care about there, a small move, and how to tell if it works."""

    question: str
    answer: str
    cares: str
    move: str
    evidence: tuple[Evidence, ...]
    cost: str
    measure: str
    stop: str


@dataclass(frozen=True, slots=True)
class Guide:
    """roles: which question plays which part, such as `priority` or `no_behind`. sources: by id."""

    form: str
    roles: Mapping[str, str]
    sources: Mapping[str, Source]
    entries: tuple[Entry, ...]


def guide_bytes(manifest: AnyManifest, document: object) -> bytes:
    """The file, from what a host gave. Raises: ReleaseError, naming the first thing that is wrong."""
    return _written(guide_of(manifest.form, document))


def read_guide(manifest: AnyManifest, data: bytes | None) -> Guide | None:
    """What `guide_bytes` gave; None without a file. Raises: ReleaseError."""
    if data is None:
        return None
    try:
        guide = guide_of(manifest.form, json.loads(data))
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ReleaseError) else "It is no JSON."
        raise ReleaseError(f"{FILE} cannot be read; get the release again. {why}") from None
    if _written(guide) != data:
        raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
    return guide


def guide_of(form: Form, document: object) -> Guide:
    """The guide for this form, from TOML or JSON. Raises: ReleaseError, naming the first thing that is wrong."""
    faults = faults_of(form, document)
    if faults or not isinstance(document, dict):
        more = f" (and {len(faults) - 1} more; `subrosa guide check` says all)" if len(faults) > 1 else ""
        raise ReleaseError(f"{faults[0]}{more}.")
    guide = Guide(
        form=document["form"],
        roles=dict(document["roles"]),
        sources={name: Source(**source) for name, source in document["sources"].items()},
        entries=tuple(
            Entry(**entry | {"evidence": tuple(Evidence(**part) for part in entry["evidence"])})
            for entry in document["entries"]
        ),
    )
    if len(_written(guide)) > LARGEST:
        raise ReleaseError(f"The guide is larger than {LARGEST:,} bytes; shorten its texts, or leave entries out.")
    return guide


def document_of(guide: Guide) -> dict[str, object]:
    """JSON types only, as `guide_of` reads them."""
    document = asdict(guide)
    return document | {"entries": [entry | {"evidence": list(entry["evidence"])} for entry in document["entries"]]}


def fitted(guide: Guide, form: Form) -> Guide | None:
    """What of a guide for a whole form is about a round that asks only some of it; None if nothing is."""
    answers = {(q.id, option.id) for q in form.questions for option in getattr(q, "options", ())}
    entries = tuple(entry for entry in guide.entries if (entry.question, entry.answer) in answers)
    if not entries:
        return None
    asked = {question.id for question in form.questions}
    used = {part.source for entry in entries for part in entry.evidence}
    return replace(
        guide,
        roles={role: question for role, question in guide.roles.items() if question in asked},
        sources={name: source for name, source in guide.sources.items() if name in used},
        entries=entries,
    )


def _written(guide: Guide) -> bytes:
    return canonical(document_of(guide))
