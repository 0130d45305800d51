"""A column a question: every answer a record can hold, and which cells of the released tables it is counted in.

A question that takes several answers is one column as well, of all admissible combinations. So no record can be drawn
that breaks its form, and every cell that was measured is a sum over the codes of a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product
from math import comb, perm
from typing import Final

import numpy as np
import numpy.typing as npt

from survey.forms.axes import Axis, question_axes
from survey.forms.domains import answer_ids
from survey.forms.layout import width
from survey.forms.model import Choices, Form, Okr, Page, Question, Ranking, ShowIf
from survey.forms.touched import cells_touched

MOST_CODES: Final = 2**14  # of one column; above it a record holds fewer answers than the form allows

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One question of the model.

    codes: (codes, slots of the question) uint8, what a record holds; the first is no answer, and under `show_if` the
    last is not asked. cells: by axis id (codes, cells of the axis), 1 where a code is counted in a cell, else 0.
    most: how many answers (ranks, rows) a record holds at most; whole: whether that is as many as the form allows.
    """

    question: str
    codes: Codes
    cells: Mapping[str, Floats]
    most: int
    whole: bool

    @property
    def size(self) -> int:
        return len(self.codes)


def columns(form: Form) -> Mapping[str, Column]:
    """The column of every question, in form order."""
    return {question.id: column(form, question) for question in form.questions}


def column(form: Form, question: Question) -> Column:
    allowed = _allowed(question)
    most = max(n for n in range(1, allowed + 1) if n == 1 or _many(question, n) <= MOST_CODES)
    answers = np.array(list(_answers(question, most)), dtype=np.uint8)
    unanswered = 1 if question.show_if is None else 2
    codes = np.zeros((len(answers) + unanswered, width(question)), dtype=np.uint8)
    codes[1 : 1 + len(answers), : answers.shape[1]] = answers
    cells = {axis.id: _cells(form, question, axis, codes) for axis in question_axes(question)}
    return Column(question.id, codes, cells, most, most == allowed)


def forbidden(form: Form, rule: ShowIf, question: str, known: Mapping[str, Column]) -> npt.NDArray[np.bool_]:
    """Which codes cannot stand beside each other. Shape: (codes of the question of the rule, codes of this one)."""
    before, own = known[rule.question], known[question]
    ids = answer_ids(form.question(rule.question))
    asking = np.isin(before.codes[:, 0], [ids.index(option) + 1 for option in rule.any_of])
    not_asked = np.arange(own.size) == own.size - 1
    return np.asarray(asking[:, None] == not_asked[None, :])


def _allowed(question: Question) -> int:
    match question:
        case Choices():
            return question.at_most
        case Ranking():
            return question.top
        case Okr():
            return question.rows
        case _:
            return 1


def _many(question: Question, most: int) -> int:
    """How many answers of at most this length there are."""
    match question:
        case Choices():
            free = sum(not option.alone for option in question.options)
            return len(question.options) - free + sum(comb(free, n) for n in range(1, most + 1))
        case Ranking():
            return sum(perm(len(question.options), n) for n in range(1, most + 1))
        case Okr():
            pairs, steps = len(question.objectives) * len(question.key_results), len(question.progress)
            return sum(comb(pairs, n) * steps**n for n in range(1, most + 1))
        case _:
            return len(answer_ids(question))


def _answers(question: Question, most: int) -> Iterator[tuple[int, ...]]:
    """The codes of each answer, filled with zeros."""
    wide = most * (3 if isinstance(question, Okr) else 1)
    for answer in _lengths(question, most):
        yield answer + (0,) * (wide - len(answer))


def _lengths(question: Question, most: int) -> Iterator[tuple[int, ...]]:
    match question:
        case Choices():
            alone = [at for at, option in enumerate(question.options, 1) if option.alone]
            free = [at for at, option in enumerate(question.options, 1) if not option.alone]
            yield from ((at,) for at in alone)
            for n in range(1, most + 1):
                yield from combinations(free, n)
        case Ranking():
            for n in range(1, most + 1):
                yield from permutations(range(1, len(question.options) + 1), n)
        case Okr():
            for n in range(1, most + 1):
                yield from _rows(question, n)
        case _:
            yield from ((at,) for at in range(1, len(answer_ids(question)) + 1))


def _rows(question: Okr, many: int) -> Iterator[tuple[int, ...]]:
    sizes = (len(question.objectives), len(question.key_results), len(question.progress))
    first, second, third = (range(1, size + 1) for size in sizes)
    for pairs in combinations(product(first, second), many):
        for steps in product(third, repeat=many):
            yield tuple(code for pair, step in zip(pairs, steps, strict=True) for code in (*pair, step))


def _cells(form: Form, question: Question, axis: Axis, codes: Codes) -> Floats:
    """By the tally's own rules, of records that hold this question alone; not asked is in its own cell."""
    counted = np.zeros((len(codes), len(axis.cells)))
    for touched in cells_touched(asked_alone(form, question), axis.id, codes).T:
        rows = np.flatnonzero(touched >= 0)
        counted[rows, touched[rows]] = 1.0
    if question.show_if is not None:
        counted[-1] = 0.0
        counted[-1, axis.outside[-1]] = 1.0
    return counted


def asked_alone(form: Form, question: Question) -> Form:
    """A form of this one question, which is always asked: its records are the question's own slots."""
    page = Page(form.title, None, (replace(question, show_if=None),))
    return replace(form, pages=(page,))
