"""Which cells of an axis the records of a batch touch."""

import numpy as np
from numpy.typing import NDArray

from survey.forms.axes import OKR_PARTS, Axis, okr_columns, question_axes
from survey.forms.layout import slots
from survey.forms.model import Form, Okr, Question, Ranking
from survey.forms.rows import Batch, Mask, asked_rows

Touched = NDArray[np.int32]


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
    for axis in question_axes(question):
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
    for index, column in zip(OKR_PARTS[part], okr_columns(question, part), strict=True):
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
