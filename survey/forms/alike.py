"""Which questions of two forms are the same: told by their ids and by a digest of what was asked, not by wording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import rfc8785

from survey.forms.canonical import canonical_form
from survey.forms.model import Amount, Choice, Choices, Form, Question, Ranking

# What a question may be called otherwise without being another one; `cohort` says what it is used for.
_WORDS = frozenset({"label", "low", "high", "unit", "cohort"})
_FLOW = "show_if"


@dataclass(frozen=True, slots=True)
class Shared:
    """A question that two forms share. whole: both have the same answers; else what both have may be compared.

    flow: both ask it of the same people; else each asks those whom its own flow leads there.
    """

    question: str
    whole: bool = True
    flow: bool = True


def asked_alike(now: Form, then: Form) -> Iterator[str]:
    """Ids of the questions that are the same in both, in the order of the first: see `question_digests`."""
    before = question_digests(then)
    return (name for name, digest in question_digests(now).items() if before.get(name) == digest)


def asked_otherwise(now: Form, then: Form) -> tuple[str, ...]:
    """Ids that both forms have, of questions that are not the same, in the order of the first."""
    alike, known = set(asked_alike(now, then)), {question.id for question in then.questions}
    return tuple(question.id for question in now.questions if question.id in known - alike)


def shared_questions(now: Form, then: Form) -> tuple[Shared, ...]:
    """What two forms share, in the order of the first.

    Two versions of one form share what was asked alike and of the same people. Two different forms ask different
    people: there a question is shared if it is alike but for whom it is asked of, or if it is of one kind with the same
    limits and at least two answers in common.
    """
    if now.id == then.id:
        return tuple(Shared(name) for name in asked_alike(now, then))
    asked, before = (question_digests(form, flow=False) for form in (now, then))
    return tuple(
        Shared(question.id, whole, question.show_if == then.question(question.id).show_if)
        for question in now.questions
        if question.id in before
        and ((whole := asked[question.id] == before[question.id]) or _overlap(question, then.question(question.id)))
    )


def _overlap(one: Question, other: Question) -> bool:
    """Whether lists of answers differ and nothing else that matters."""
    match one, other:
        case (Choice(), Choice()):
            limits = True
        case (Choices(), Choices()):
            limits = one.at_most == other.at_most
        case (Ranking(), Ranking()):
            limits = one.top == other.top
        case _:
            return False
    return limits and len({option.id for option in one.options} & {option.id for option in other.options}) > 1


def question_digests(form: Form, *, flow: bool = True) -> dict[str, str]:
    """By question id, SHA-256 in 64 hex digits of what is asked: id, kind, answers, limits and when; not labels.

    The unit is the exception: an amount in another one is another amount. Without `flow`, whom a question is asked of
    is left out too.
    """
    return {name: hashlib.sha256(rfc8785.dumps(asked)).hexdigest() for name, asked in _asked(form, flow)}


def _asked(form: Form, flow: bool) -> Iterator[tuple[str, Any]]:
    for page in canonical_form(form)["page"]:
        for question in page["question"]:
            known = form.question(question["id"])
            unit = known.unit.text() if isinstance(known, Amount) else ""
            asked = {key: value for key, value in question.items() if flow or key != _FLOW}
            yield question["id"], [_without_words(asked), unit]


def _without_words(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_words(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without_words(inner) for key, inner in value.items() if key not in _WORDS}
    return kept | ({"zero": True} if "zero" in kept else {})
