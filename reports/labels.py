"""What a person reads for the axes and cells of a form, in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from survey.forms.axes import NO_ANSWER, NOT_ASKED, Axis, axes
from survey.forms.domains import answer_ids, answer_labels
from survey.forms.model import Form, Okr, Option, Question

_OUTSIDE = {NO_ANSWER: "No answer given", NOT_ASKED: "Not asked"}
_PARTS = {
    "objective": "Objectives",
    "key_result": "Key results",
    "objective|key_result": "Objectives and what they are measured by",
    "objective|progress": "Objectives and how they go",
}
_RANKS = {"1": "Ranked first", "2": "Ranked second", "3": "Ranked third"}


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by axis id. `cells` has a tuple a cell: one part for most axes, two for the pairs of an okr."""

    axes: Mapping[str, Axis]
    cells: Mapping[str, tuple[tuple[str, ...], ...]]
    questions: Mapping[str, str]

    @classmethod
    def of(cls, form: Form, language: str) -> Labels:
        found = {axis.id: axis for axis in axes(form)}
        cells = {axis.id: _cells(form.question(axis.question), axis, language) for axis in found.values()}
        return cls(found, cells, {q.id: q.label.text(language) for q in form.questions})

    def part(self, axis_id: str) -> str:
        """The heading of one axis among several of a question; empty if there is only one."""
        part = self.axes[axis_id].part
        return _PARTS.get(part) or (_RANKS.get(part, f"Ranked {part}th") if part else "")

    def group(self, by: Sequence[str]) -> tuple[str, ...]:
        """A label a cohort, in array order."""
        parts = ([" · ".join(cell) for cell in self.cells[name]] for name in by)
        return tuple(" · ".join(cohort) for cohort in product(*parts))


def _cells(question: Question, axis: Axis, language: str) -> tuple[tuple[str, ...], ...]:
    inside = len(axis.cells) - len(axis.outside)
    words = _words(question, axis, language)
    answers = [words(cell) for cell in axis.cells[:inside]]
    return (*answers, *((_OUTSIDE[cell],) for cell in axis.cells[inside:]))


def _words(question: Question, axis: Axis, language: str) -> _Words:
    if isinstance(question, Okr):
        lists = {
            "objective": question.objectives,
            "key_result": question.key_results,
            "progress": question.progress,
        }
        return _Words(tuple(_by_id(lists[part], language) for part in axis.part.split("|")))
    named = dict(zip(answer_ids(question), answer_labels(question, language), strict=True))
    return _Words((named,))


@dataclass(frozen=True, slots=True)
class _Words:
    columns: tuple[Mapping[str, str], ...]

    def __call__(self, cell: str) -> tuple[str, ...]:
        ids = cell.split("|") if len(self.columns) > 1 else [cell]
        return tuple(words[name] for words, name in zip(self.columns, ids, strict=True))


def _by_id(options: Sequence[Option], language: str) -> dict[str, str]:
    return {option.id: option.label.text(language) for option in options}
