"""Answers to records and back. A record has one byte a slot; equal answers always give equal records.

``rows.valid_rows`` judges as ``decode`` does, for a whole batch at once.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from survey.forms.domains import answer_ids
from survey.forms.layout import record_length, slots, width
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

__all__ = [
    "Answer",
    "Answers",
    "InvalidAnswer",
    "InvalidRecord",
    "asked",
    "decode",
    "encode",
    "record_length",
    "slots",
]

Answer = str | int | tuple[str, ...] | tuple[tuple[str, str, str], ...]
Answers = Mapping[str, Answer]
"""Question id -> answer; a question that is missing has no answer.

choice: option id; scale: int; amount: bracket id; score: bin id; choices: ids; ranking: ids in order;
okr: rows of (objective, key result, progress).
"""


class InvalidAnswer(ValueError):
    """An answer is not in the form. Never holds the answer."""

    def __init__(self, question: str, reason: str) -> None:
        super().__init__(f"question '{question}': {reason}")
        self.question = question
        self.reason = reason


class InvalidRecord(ValueError):
    """A record breaks its form, in the named question or (empty) as a whole. Never holds the record."""

    def __init__(self, question: str, reason: str) -> None:
        super().__init__(f"question '{question}': {reason}" if question else f"the record {reason}")
        self.question = question
        self.reason = reason


def asked(form: Form, answers: Answers) -> frozenset[str]:
    """Ids of the questions that are asked, given these answers; none behind a question not asked."""
    here: set[str] = set()
    for question in form.questions:
        rule = question.show_if
        if rule is None or (rule.question in here and answers.get(rule.question) in rule.any_of):
            here.add(question.id)
    return frozenset(here)


def encode(form: Form, answers: Answers) -> bytes:
    """The record of some answers. Raises: InvalidAnswer."""
    for unknown in answers.keys() - {question.id for question in form.questions}:
        raise InvalidAnswer(unknown, "is not a question of this form; leave it out")
    here = asked(form, answers)
    record = bytearray()
    for question in form.questions:
        codes = _codes(question, answers[question.id]) if question.id in answers else []
        if codes and question.id not in here:
            raise InvalidAnswer(question.id, "is answered but not asked, given the other answers; leave it out")
        record += bytes(codes).ljust(width(question), b"\0")
    return bytes(record)


def _codes(question: Question, answer: Answer) -> list[int]:
    """The codes of one answer, without the zeros that fill its slots."""
    match question:
        case Choice() | Score() | Amount():
            return [_code(question, answer_ids(question), answer)]
        case Scale():
            return [_point(question, answer)]
        case Choices():
            return _set(question, answer)
        case Ranking():
            return _distinct(question, answer_ids(question), answer, question.top)
        case Okr():
            return _okr(question, answer)
        case _:
            assert_never(question)


def _code(question: Question, ids: Sequence[str], answer: object) -> int:
    if not isinstance(answer, str) or answer not in ids:
        raise InvalidAnswer(question.id, "is not one of its answers; take one that the form lists")
    return ids.index(answer) + 1


def _point(scale: Scale, answer: object) -> int:
    if not isinstance(answer, int) or isinstance(answer, bool) or not scale.first <= answer <= scale.last:
        raise InvalidAnswer(scale.id, f"must be a whole number from {scale.first} to {scale.last}")
    return answer - scale.first + 1


def _many(question: Question, answer: object, most: int) -> Sequence[object]:
    if not isinstance(answer, tuple | list):
        raise InvalidAnswer(question.id, "must be several answers, as a tuple")
    if len(answer) > most:
        raise InvalidAnswer(question.id, f"has too many answers; give at most {most}")
    return answer


def _distinct(question: Question, ids: Sequence[str], answer: object, most: int) -> list[int]:
    codes = [_code(question, ids, one) for one in _many(question, answer, most)]
    if len(set(codes)) < len(codes):
        raise InvalidAnswer(question.id, "names an answer twice; name each once")
    return codes


def _set(question: Choices, answer: object) -> list[int]:
    codes = sorted(_distinct(question, answer_ids(question), answer, question.at_most))
    if len(codes) > 1 and any(question.options[code - 1].alone for code in codes):
        raise InvalidAnswer(question.id, "has an answer that can only stand alone, and others beside it")
    return codes


def _okr(question: Okr, answer: object) -> list[int]:
    columns = (question.objectives, question.key_results, question.progress)
    rows = sorted(_row(question, columns, row) for row in _many(question, answer, question.rows))
    if len({row[:2] for row in rows}) < len(rows):
        raise InvalidAnswer(question.id, "has an objective and key result together twice; name each pair once")
    return [code for row in rows for code in row]


def _row(question: Okr, columns: Sequence[Sequence[Option]], row: object) -> tuple[int, ...]:
    if not isinstance(row, tuple | list) or len(row) != len(columns):
        raise InvalidAnswer(question.id, "has a row that is not an objective, a key result and a progress")
    ids = ([option.id for option in column] for column in columns)
    return tuple(_code(question, names, one) for names, one in zip(ids, row, strict=True))


def decode(form: Form, record: bytes) -> Answers:
    """The answers in a record. Raises: InvalidRecord, for any record that ``encode`` cannot have written."""
    if len(record) != record_length(form):
        raise InvalidRecord("", f"must be exactly {record_length(form)} bytes long")
    places = slots(form)
    answers: dict[str, Answer] = {}
    for question in form.questions:
        codes = record[places[question.id]]
        if any(codes):
            answers[question.id] = _answer(question, codes)
    _check_canonical(form, answers, record)
    return answers


def _check_canonical(form: Form, answers: Answers, record: bytes) -> None:
    """Writing the answers again must give the same bytes: this holds order, gaps, repeats and show_if."""
    fault: InvalidAnswer | None = None
    again = b""
    try:
        again = encode(form, answers)
    except InvalidAnswer as error:
        fault = error
    if fault is not None:
        raise InvalidRecord(fault.question, fault.reason)
    for question_id, place in slots(form).items():
        if record[place] != again[place]:
            raise InvalidRecord(question_id, "has its codes out of order or with a gap")


def _answer(question: Question, codes: bytes) -> Answer:
    match question:
        case Choice() | Score() | Amount():
            return _named(question, answer_ids(question), codes[0])
        case Scale():
            return int(_named(question, answer_ids(question), codes[0]))
        case Choices() | Ranking():
            ids = answer_ids(question)
            return tuple(_named(question, ids, code) for code in codes if code)
        case Okr():
            rows = (codes[start : start + 3] for start in range(0, len(codes), 3))
            return tuple(_named_row(question, row) for row in rows if any(row))
        case _:
            assert_never(question)


def _named_row(question: Okr, row: bytes) -> tuple[str, str, str]:
    columns = (question.objectives, question.key_results, question.progress)
    ids = ([option.id for option in column] for column in columns)
    objective, key_result, progress = (_named(question, names, code) for names, code in zip(ids, row, strict=True))
    return objective, key_result, progress


def _named(question: Question, ids: Sequence[str], code: int) -> str:
    if not 1 <= code <= len(ids):
        raise InvalidRecord(question.id, "has a code outside its answers, or a row that is not whole")
    return ids[code - 1]
