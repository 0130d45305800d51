"""Which earlier release a respondent can be placed in, and for which of the questions she is asked now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from survey.forms.canonical import canonical_form
from survey.forms.model import Amount, Form
from survey.pages.listing import ListedRound
from survey.pages.releases import ReleasesFolder
from survey.rounds.closing import Phase

# What a question may be called otherwise without being another one; `cohort` says what it is used for.
_WORDS = frozenset({"label", "low", "high", "unit", "cohort"})


@dataclass(frozen=True, slots=True)
class Earlier:
    """A release of an earlier round of the same form.

    questions: ids of those that were asked identically; usable: noise margin beyond which it shows no share.
    """

    round_id: str
    closed_day: str
    questions: tuple[str, ...]
    usable: float


def earlier_release(of: ListedRound, known: Iterable[ListedRound], releases: ReleasesFolder) -> Earlier | None:
    """The one that closed last of those with anything to compare; `known` has the latest first."""
    for other in known:
        if other.phase is not Phase.CLOSED or other.form.id != of.form.id:
            continue
        questions = tuple(asked_alike(of.form, other.form))
        if questions and releases.tells_something(other.id):
            return Earlier(other.id, other.closes_day, questions, other.usable_margin)
    return None


def asked_alike(now: Form, then: Form) -> Iterator[str]:
    """Ids of the questions that are the same in both: id, kind, answers, limits and when they are asked; not labels.

    The unit is the exception: an amount in another one is another amount.
    """
    before = dict(_asked(then))
    return (name for name, question in _asked(now) if before.get(name) == question)


def _asked(form: Form) -> Iterator[tuple[str, Any]]:
    for page in canonical_form(form)["page"]:
        for question in page["question"]:
            known = form.question(question["id"])
            unit = known.unit.text() if isinstance(known, Amount) else ""
            yield question["id"], (_without_words(question), unit)


def _without_words(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_words(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without_words(inner) for key, inner in value.items() if key not in _WORDS}
    return kept | ({"zero": True} if "zero" in kept else {})
