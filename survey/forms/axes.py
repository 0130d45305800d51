"""The axes of a form: what of it is counted, and the cells that people are sorted into."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from survey.forms.domains import answer_ids
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

NO_ANSWER = "(no answer)"
NOT_ASKED = "(not asked)"

# parts of an okr: which of the three codes of a row make up a cell
OKR_PARTS = {
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
            for part in OKR_PARTS:
                cells = _okr_cells(question, part)
                yield _axis(question, part, cells, min(question.rows, len(cells)))
        case _:
            assert_never(question)


def _axis(question: Question, part: str, answers: Sequence[str], touches: int) -> Axis:
    outside = (NO_ANSWER,) if question.show_if is None else (NO_ANSWER, NOT_ASKED)
    axis_id = f"{question.id}.{part}" if part else question.id
    indexes = tuple(range(len(answers), len(answers) + len(outside)))
    return Axis(axis_id, question.id, part, (*answers, *outside), touches, indexes)


def okr_columns(question: Okr, part: str) -> list[tuple[Option, ...]]:
    """The options whose combinations are the cells of a part, in the order of its cells' ids."""
    columns = (question.objectives, question.key_results, question.progress)
    return [columns[index] for index in OKR_PARTS[part]]


def _okr_cells(question: Okr, part: str) -> tuple[str, ...]:
    cells = [""]
    for column in okr_columns(question, part):
        cells = [f"{cell}|{option.id}" if cell else option.id for cell in cells for option in column]
    return tuple(cells)
