"""What the tally counts: the axes of a form, and which of their cells each record touches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from survey.forms.domains import answer_ids
from survey.forms.layout import slots
from survey.forms.model import (
    Amount,
    Choice,
    Choices,
    Form,
    Okr,
    Option,
    Question,
    Ranking,
    Scale,
    Score,
)
from survey.forms.rows import Batch, Mask, asked_rows

NO_ANSWER = "(no answer)"
NOT_ASKED = "(not asked)"

Touched = NDArray[np.int32]

# parts of an okr: which of the three codes of a row make up a cell
_OKR_PARTS = {
    "objective": (0,),
    "key_result": (1,),
    "objective|key_result": (0, 1),
    "objective|progress": (0, 2),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """One way to sort people into cells.

    ``part``: the rank of a ranking, the part of an okr, else empty. ``cells``: answers, then no answer, then
    (under ``show_if``) not asked. ``touches``: the most cells one person can be in. ``outside``: indexes of
    the cells that are no answer; whoever is in one of them is in no other cell.
    """

    id: str
    question: str
    part: str
    cells: tuple[str, ...]
    touches: int
    outside: tuple[int, ...]


def axes(form: Form) -> tuple[Axis, ...]:
    """All axes, in form order."""
    return tuple(axis for question in form.questions for axis in question_axes(question))


def axes_told_by(form: Form, question: Question) -> tuple[Axis, ...]:
    """The axes that change with the answer to one question: its own, and those of questions asked because of it."""
    together = {question.id}
    for later in form.questions:
        if later.show_if is not None and later.show_if.question in together:
            together.add(later.id)
    return tuple(axis for axis in axes(form) if axis.question in together)


def question_axes(question: Question) -> tuple[Axis, ...]:
    """The axes of one question: one, or one a rank, or the four parts of an okr."""
    return tuple(_axes(question))


def _axes(question: Question) -> Iterator[Axis]:
    match question:
        case Choice() | Scale() | Score() | Amount():
            yield _axis(question, "", answer_ids(question), 1)
        case Choices():
            yield _axis(question, "", answer_ids(question), question.at_most)
        case Ranking():
            for rank in range(1, question.top + 1):
                yield _axis(question, str(rank), answer_ids(question), 1)
        case Okr():
            for part in _OKR_PARTS:
                cells = _okr_cells(question, part)
                yield _axis(question, part, cells, min(question.rows, len(cells)))
        case _:
            assert_never(question)


def _axis(question: Question, part: str, answers: Sequence[str], touches: int) -> Axis:
    outside = (NO_ANSWER,) if question.show_if is None else (NO_ANSWER, NOT_ASKED)
    axis_id = f"{question.id}.{part}" if part else question.id
    indexes = tuple(range(len(answers), len(answers) + len(outside)))
    return Axis(axis_id, question.id, part, (*answers, *outside), touches, indexes)


def _okr_columns(question: Okr, part: str) -> list[tuple[Option, ...]]:
    columns = (question.objectives, question.key_results, question.progress)
    return [columns[index] for index in _OKR_PARTS[part]]


def _okr_cells(question: Okr, part: str) -> tuple[str, ...]:
    cells = [""]
    for column in _okr_columns(question, part):
        cells = [f"{cell}|{option.id}" if cell else option.id for cell in cells for option in column]
    return tuple(cells)


def cells_touched(form: Form, axis_id: str, batch: Batch) -> Touched:
    """(n, touches) int32: the cells of an axis each record is in; -1 fills, others are distinct in a row.

    ``batch``: valid rows only. Raises: KeyError, if the form has no such axis.
    """
    question_id, _, part = axis_id.partition(".")
    question = form.question(question_id)
    axis = _find(question, axis_id)
    touched = _answers_touched(question, part, batch[:, slots(form)[question.id]], axis.touches)
    _fill_outside(touched, axis, asked_rows(form, question, batch))
    return touched


def _find(question: Question, axis_id: str) -> Axis:
    for axis in _axes(question):
        if axis.id == axis_id:
            return axis
    raise KeyError(axis_id)


def _answers_touched(question: Question, part: str, codes: Batch, touches: int) -> Touched:
    """Cells by code alone, all -1 where there is no answer."""
    if isinstance(question, Ranking):
        codes = codes[:, int(part) - 1 : int(part)]
    if isinstance(question, Okr):
        return _distinct(_okr_touched(question, part, codes), touches)
    return codes.astype(np.int32) - 1


def _okr_touched(question: Okr, part: str, codes: Batch) -> Touched:
    """(n, rows) int32: the cell of each okr row, -1 where the row is empty."""
    rows = codes.reshape(len(codes), question.rows, 3).astype(np.int32)
    cells = np.zeros(rows.shape[:2], dtype=np.int32)
    for index, column in zip(_OKR_PARTS[part], _okr_columns(question, part), strict=True):
        cells = cells * len(column) + rows[:, :, index] - 1
    cells[rows[:, :, 0] == 0] = -1
    return cells


def _distinct(cells: Touched, touches: int) -> Touched:
    """A person counts once a cell: repeats become -1, which go last, and what cannot be filled is cut off."""
    ordered = np.sort(cells, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = -1
    return np.ascontiguousarray(np.sort(ordered, axis=1)[:, ::-1][:, :touches])


def _fill_outside(touched: Touched, axis: Axis, asked: Mask) -> None:
    silent = touched[:, 0] < 0
    touched[silent, 0] = axis.outside[0]
    if len(axis.outside) > 1:
        touched[silent & ~asked, 0] = axis.outside[1]
