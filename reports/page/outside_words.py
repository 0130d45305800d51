"""Figures from elsewhere in words, as they stand beside a round's own and in the list of their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.additions.outside import Outside
from reports.labels import Labels
from reports.wording import amount, percent
from survey.forms.model import Form, Question


@dataclass(frozen=True, slots=True)
class Beside:
    """An outside figure in words, as it stands beside the question's own."""

    what: str
    value: str
    source: str
    year: int
    url: str
    note: str


def beside(figures: Sequence[Outside], form: Form, labels: Labels) -> Mapping[str, tuple[Beside, ...]]:
    """By question, in the host's order."""
    found: dict[str, tuple[Beside, ...]] = {}
    for one in figures:
        told = Beside(_what(one, form, labels), _value(one), one.source, one.year, one.url, one.note)
        found[one.question] = (*found.get(one.question, ()), told)
    return found


def _what(one: Outside, form: Form, labels: Labels) -> str:
    question = form.question(one.question)
    what = f"the {one.statistic}" if one.statistic else f"“{_answers(question, labels)[one.answer]}”"
    group = " · ".join(_cohort(labels, name, option) for name, option in zip(one.by, one.cohort, strict=True))
    return f"{what}, in the group “{group}”" if group else what


def _cohort(labels: Labels, name: str, option: str) -> str:
    return " · ".join(labels.cells[name][labels.axes[name].cells.index(option)])


def _answers(question: Question, labels: Labels) -> Mapping[str, str]:
    """By answer id. Of a ranking the answers of its first rank, of an okr its objectives."""
    axis = next(a for a in labels.axes.values() if a.question == question.id)
    return {cell: " · ".join(words) for cell, words in zip(axis.cells, labels.cells[axis.id], strict=True)}


def _value(one: Outside) -> str:
    def say(value: float) -> str:
        return amount(value) if one.statistic else percent(value, 0)

    if one.low is None or one.high is None:
        return say(one.value)
    return f"{say(one.value)} ({say(one.low)} to {say(one.high)})"
