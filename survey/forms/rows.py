"""Judging a batch of records at once.

A batch is a ``(respondents, record bytes)`` uint8 array. No loop here runs over respondents.
"""

from collections.abc import Sequence
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from survey.forms.domains import answer_ids
from survey.forms.layout import record_length, slots
from survey.forms.model import (
    Amount,
    Choice,
    Choices,
    Form,
    Okr,
    Question,
    Ranking,
    Scale,
    Score,
)

Batch = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def asked_rows(form: Form, question: Question, batch: Batch) -> Mask:
    """(n,) bool: where a question is asked, in rows that are valid up to that question.

    Only the question that ``show_if`` names is looked at: in a valid row it is unanswered if not asked.
    """
    rule = question.show_if
    if rule is None:
        return np.ones(len(batch), dtype=np.bool_)
    ids = answer_ids(form.question(rule.question))
    table = np.zeros(256, dtype=np.bool_)
    table[[ids.index(option) + 1 for option in rule.any_of]] = True
    codes: Batch = batch[:, slots(form)[rule.question].start]
    return table[codes]


def valid_rows(form: Form, batch: Batch) -> Mask:
    """(n,) bool: the rows that ``codec.decode`` accepts. Raises: ValueError for a batch of another width."""
    if batch.ndim != 2 or batch.shape[1] != record_length(form) or batch.dtype != np.uint8:
        raise ValueError(f"a batch of this form is a (respondents, {record_length(form)}) array of uint8")
    places = slots(form)
    valid = np.ones(len(batch), dtype=np.bool_)
    for question in form.questions:
        codes = batch[:, places[question.id]]
        valid &= _in_form(question, codes)
        if question.show_if is not None:
            valid &= asked_rows(form, question, batch) | ~codes.any(axis=1)
    return valid


def _in_form(question: Question, codes: Batch) -> Mask:
    match question:
        case Choice() | Scale() | Score() | Amount():
            return codes[:, 0] <= len(answer_ids(question))
        case Choices():
            return _is_set(question, codes)
        case Ranking():
            return _is_ranking(question, codes)
        case Okr():
            return _is_okr(question, codes)
        case _:
            assert_never(question)


def _all(mask: Mask) -> Mask:
    """Over the slots of each row."""
    result: Mask = np.logical_and.reduce(mask, axis=1)
    return result


def _is_set(question: Choices, codes: Batch) -> Mask:
    """Ascending, then zeros; an option that stands alone only in the first slot with a zero after it."""
    low, high = codes[:, :-1], codes[:, 1:]
    valid = _all(codes <= len(question.options)) & _all((high == 0) | ((low > 0) & (high > low)))
    if codes.shape[1] > 1:
        alone = np.zeros(256, dtype=np.bool_)
        alone[[index + 1 for index, option in enumerate(question.options) if option.alone]] = True
        valid &= (codes[:, 1] == 0) | ~alone[codes].any(axis=1)
    return valid


def _is_ranking(question: Ranking, codes: Batch) -> Mask:
    """No gap before a rank, no option twice."""
    ordered = np.sort(codes, axis=1)
    distinct = _all((ordered[:, 1:] == 0) | (ordered[:, 1:] != ordered[:, :-1]))
    gapless = _all((codes[:, 1:] == 0) | (codes[:, :-1] > 0))
    return _all(codes <= len(question.options)) & distinct & gapless


def _is_okr(question: Okr, codes: Batch) -> Mask:
    """Whole rows, rising by (objective, key result) and so without a pair twice, then empty rows."""
    rows = codes.reshape(len(codes), question.rows, 3)
    sizes: Sequence[int] = (len(question.objectives), len(question.key_results), len(question.progress))
    within = _all((rows <= np.array(sizes, dtype=np.uint8)).reshape(codes.shape))
    filled = rows > 0
    some: Mask = np.logical_or.reduce(filled, axis=2)
    whole: Mask = np.logical_and.reduce(filled, axis=2)
    pairs = rows[:, :, 0].astype(np.int32) * 256 + rows[:, :, 1]
    rising = _all(~some[:, 1:] | (some[:, :-1] & (pairs[:, 1:] > pairs[:, :-1])))
    return within & _all(some == whole) & rising
