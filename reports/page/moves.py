"""What a page says of the guide: beside each question, the entries about its shown answers, the most common first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.additions.guide import Entry, Guide
from reports.findings import Findings
from reports.labels import Labels
from reports.page.answers import Answer, measured_of, shown_answers
from survey.forms.model import Form


@dataclass(frozen=True, slots=True)
class Support:
    """One piece of evidence. source: `Name (year)`; at: the clause or section."""

    source: str
    at: str
    says: str


@dataclass(frozen=True, slots=True)
class Move:
    """An entry beside a shown answer. id: of its place on the page.

    told: the place where the same was said already, so that no text stands on a page twice; else empty.
    """

    id: str
    answer: Answer
    entry: Entry
    support: tuple[Support, ...]
    told: str = ""


@dataclass(frozen=True, slots=True)
class Moves:
    """All of one question. measured: what the shares are of."""

    measured: str
    moves: tuple[Move, ...]


def moves(form: Form, findings: Findings, labels: Labels, guide: Guide | None) -> Mapping[str, Moves]:
    """By question, in the form's order; none where no answer with an entry may be shown."""
    if guide is None:
        return {}
    entries = {(entry.question, entry.answer): entry for entry in guide.entries}
    told: dict[tuple[object, ...], str] = {}
    found = {}
    for question in form.questions:
        known = [
            (answer, entries[question.id, answer.id])
            for answer in shown_answers(form, findings, labels, question.id)
            if (question.id, answer.id) in entries
        ]
        if known:
            beside = tuple(_move(answer, entry, guide, told) for answer, entry in known)
            found[question.id] = Moves(measured_of(form, question.id), beside)
    return found


def places(found: Mapping[str, Moves], questions: Iterable[str]) -> Mapping[str, str]:
    """By answer, where on the page the move for it is: of the first of these questions that has one."""
    return {
        move.answer.id: move.told or move.id
        for question in reversed(list(questions))
        if question in found
        for move in found[question].moves
    }


def _move(answer: Answer, entry: Entry, guide: Guide, told: dict[tuple[object, ...], str]) -> Move:
    place = f"move-{entry.question}-{entry.answer}"
    before = told.setdefault((entry.cares, entry.move, entry.evidence, entry.cost, entry.measure, entry.stop), place)
    sources = {name: f"{source.name} ({source.year})" for name, source in guide.sources.items()}
    support = tuple(Support(sources[part.source], part.at, part.says) for part in entry.evidence)
    return Move(place, answer, entry, support, before if before != place else "")
