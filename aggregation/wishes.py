"""What a host asks of a round, in public figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from privacy.typical import Crowd
from survey.forms.axes import question_axes
from survey.forms.model import Choice, Form, Question

Weigh = Literal["usable", "equal"]
Split = tuple[str, tuple[str, ...]]  # a question, or a part of one as in "priorities.1", and what it is split by


class PromiseError(ValueError):
    """A wish that this form cannot carry, or a promise that does not fit its form."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a host asks of a round.

    `by`: cohort sets; `split_only`: questions that are split (empty: all); `weigh`: what the budget goes to, usable
    figures or every table alike; `insist`: splits that get at least an even share of it; `splits`: further single ones;
    `answering`: the part of all respondents that answers an axis, where an earlier round has shown it;
    `accept_imprecise`: promise splits even where they are expected to be too uncertain to show.
    """

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
    weigh: Weigh = "usable"
    insist: tuple[Split, ...] = ()
    splits: tuple[Split, ...] = ()
    answering: Mapping[str, float] = field(default_factory=dict)
    accept_imprecise: bool = False


def crowd_of(form: Form, wishes: Wishes) -> Crowd:
    """The respondents to expect: who is asked follows from the shares, and all answer if no earlier round says more."""
    answering = dict(_answering(form, wishes.cohort_shares)) | dict(wishes.answering)
    return Crowd(wishes.respondents, wishes.cohort_shares, answering)


def asked_part(form: Form, question: Question, shares: Mapping[str, Sequence[float]]) -> float:
    """The part of all respondents that is expected to be asked: by the shares given, equal ones where none are."""
    if question.show_if is None:
        return 1.0
    on = form.question(question.show_if.question)
    if not isinstance(on, Choice):
        return 1.0
    given = shares.get(on.id) or [1 / len(on.options)] * len(on.options)
    asked = sum(share for option, share in zip(on.options, given, strict=False) if option.id in question.show_if.any_of)
    return asked * asked_part(form, on, shares)


def assumed_equal(form: Form, shares: Mapping[str, Sequence[float]], wishes: Wishes | None) -> tuple[str, ...]:
    """The cohort questions whose answers are taken as equally common because no shares are given.

    Of those that `wishes` splits by and those that decide who is asked; of all if the splits are still to be chosen.
    """
    used = {question.show_if.question for question in form.questions if question.show_if is not None}
    if wishes is not None:
        used |= {name for group in (*wishes.by, *(by for _, by in wishes.splits)) for name in group}
    return tuple(
        cohort.id for cohort in form.cohorts if cohort.id not in shares and (wishes is None or cohort.id in used)
    )


def _answering(form: Form, shares: Mapping[str, Sequence[float]]) -> Iterator[tuple[str, float]]:
    for question in form.questions:
        part = asked_part(form, question, shares)
        for axis in question_axes(question):
            if part < 1:
                yield axis.id, max(part, 1e-9)


def cohort_shares(form: Form, document: Mapping[str, object]) -> dict[str, list[float]]:
    """Expected shares of each cohort's options, from a document `{question: {option: share}}`.

    Raises: PromiseError naming the question.
    """
    shares: dict[str, list[float]] = {}
    cohorts = {cohort.id: [option.id for option in cohort.options] for cohort in form.cohorts}
    for question, given in document.items():
        options = cohorts.get(question)
        if options is None:
            raise PromiseError(f"cohort shares: {question[:64]!r} is not a cohort question of this form.")
        if not isinstance(given, Mapping) or set(given) != set(options):
            raise PromiseError(f"cohort shares, {question}: give a share for each of {', '.join(options)}.")
        numbers = [given[option] for option in options]
        if not all(isinstance(n, (int, float)) and 0 <= n <= 1 for n in numbers) or not math.isclose(
            sum(numbers), 1, abs_tol=1e-3
        ):
            raise PromiseError(f"cohort shares, {question}: the shares must be between 0 and 1 and add up to 1.")
        shares[question] = [float(number) for number in numbers]
    return shares
