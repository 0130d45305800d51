"""Which earlier release a respondent can be placed in, and for which of the questions she is asked now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from survey.forms.alike import asked_alike
from survey.pages.listing import ListedRound
from survey.pages.releases import ReleasesFolder
from survey.rounds.closing import Phase


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
