"""Answers as a table: CSV, one respondent a row, one column a question.

For bulk and paper entry. Errors name row and column and never hold what stands there.
"""

import csv
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TextIO, assert_never

from survey.forms.brackets import bin_of, bracket_of, in_base_unit
from survey.forms.codec import Answer, InvalidAnswer, encode
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

_NUMBER = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)(?:\s*([A-Za-z€$£¥]{1,8}))?")
_TOLD = 20
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


class AnswersError(ValueError):
    """A table of answers has a fault.

    ``row``: as a spreadsheet counts, the header is 1. ``column``: the question id, or the letter of a column
    that is no question, or empty for a whole row. Further faulty rows are its notes, one a line.
    """

    def __init__(self, row: int, column: str, reason: str) -> None:
        place = f"row {row}, column {column}" if column else f"row {row}"
        super().__init__(f"{place}: {reason}")
        self.row = row
        self.column = column
        self.reason = reason


class _UnreadableError(ValueError):
    """A cell cannot be read; its message is the reason and holds nothing of the cell."""


def header(form: Form) -> list[str]:
    """The columns of the table: the question ids, in form order."""
    return [question.id for question in form.questions]


def template(form: Form) -> str:
    """An empty table, the header line only."""
    return ",".join(header(form)) + "\r\n"


def read_answers(form: Form, stream: TextIO) -> Iterator[bytes]:
    """The record of each row, one at a time; rows without any answer are skipped.

    ``stream``: text opened with ``newline=""``; columns may come in any order. After a faulty row nothing is given out
    any more, and the rest is read for further faults. Raises: AnswersError.
    """
    rows = _rows(stream)
    columns = _columns(form, next(rows, (1, []))[1])
    faults: list[AnswersError] = []
    faulty = 0
    for one in _checked(form, columns, rows):
        if isinstance(one, AnswersError):
            faulty += 1
            faults += [one] if faulty <= _TOLD else []
        elif not faulty:
            yield one
    if faults:
        raise _as_one(faults, faulty)


def _checked(
    form: Form, columns: Sequence[Question], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[bytes | AnswersError]:
    """The record of each row or its fault. A fault after which nothing can be read is the last."""
    while True:
        try:
            number, cells = next(rows)
            one: bytes | AnswersError = _record(form, columns, number, cells) if any(cells) else b""
        except StopIteration:
            return
        except AnswersError as fault:
            one = fault
        if one:
            yield one


def _as_one(faults: Sequence[AnswersError], faulty: int) -> AnswersError:
    """The first fault, with those after it as notes, and how many more rows have one."""
    first, *others = faults
    for fault in others:
        first.add_note(str(fault))
    if faulty > len(faults):
        first.add_note(f"Further rows with faults: {faulty - len(faults)}.")
    return first


def _rows(stream: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Rows with their number as a spreadsheet shows it; a row may have several lines in quotes."""
    reader = csv.reader(_without_mark(stream), strict=True)
    number = 0
    while True:
        number += 1
        fault = ""
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fault = "is not valid CSV; check its quotes and save the table as CSV again"
        except UnicodeDecodeError:
            fault = "or one soon after it is not UTF-8 text; save the table as CSV in UTF-8"
        if fault:  # raised here, so that the error keeps no hold of the bytes that were read
            raise AnswersError(number, "", fault)
        yield number, [unicodedata.normalize("NFC", cell).strip() for cell in cells]


def _without_mark(stream: TextIO) -> Iterator[str]:
    """The lines, without the byte order mark that spreadsheets put first."""
    for index, line in enumerate(stream):
        yield line if index else line.removeprefix("\ufeff")


def _columns(form: Form, cells: Sequence[str]) -> list[Question]:
    """The question of each column. A cell that is no question id is not repeated: it may be an answer."""
    questions = {question.id: question for question in form.questions}
    cells = _without_empty_end(cells)
    if len(cells) == 1 and len(questions) > 1 and re.search(r"[;\t]", cells[0]):
        raise AnswersError(1, "", "has one column only; save the table with commas between the columns")
    found: list[Question] = []
    for index, cell in enumerate(cells):
        if cell not in questions:
            raise AnswersError(1, _letter(index), "is not a question of this form; remove it or correct its header")
        if questions[cell] in found:
            raise AnswersError(1, cell, "is there twice; remove one of the columns")
        found.append(questions[cell])
    for question in form.questions:
        if question not in found:
            raise AnswersError(1, question.id, "is missing; add the column, with empty cells if nobody answered")
    return found


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    """Spreadsheets add empty columns at the end."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _letter(index: int) -> str:
    """The name a spreadsheet gives a column: A … Z, AA …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _record(form: Form, columns: Sequence[Question], row: int, cells: Sequence[str]) -> bytes:
    if len(cells) < len(columns):
        raise AnswersError(row, "", "has fewer cells than the header; check where a comma is missing")
    if any(cells[len(columns) :]):
        raise AnswersError(row, "", "has more cells than the header; put quotes around cells that hold commas")
    answers: dict[str, Answer] = {}
    for question, cell in zip(columns, cells, strict=False):
        if cell:
            answers[question.id] = _read(question, row, cell)
    return _encoded(form, answers, row)


def _encoded(form: Form, answers: dict[str, Answer], row: int) -> bytes:
    try:
        return encode(form, answers)
    except InvalidAnswer as error:
        column, reason = error.question, error.reason
    raise AnswersError(row, column, reason)


def _read(question: Question, row: int, cell: str) -> Answer:
    try:
        return _answer(question, cell)
    except _UnreadableError as error:
        reason = str(error)
    raise AnswersError(row, question.id, reason)


def _answer(question: Question, cell: str) -> Answer:
    match question:
        case Choice():
            return _option(question.options, cell)
        case Choices() | Ranking():
            return tuple(_option(question.options, part) for part in _parts(cell, ";"))
        case Scale():
            return _whole(cell)
        case Score():
            return _bin(question, _whole(cell))
        case Amount():
            return _bracket(question, cell)
        case Okr():
            return tuple(_okr_row(question, part) for part in _parts(cell, ";"))
        case _:
            assert_never(question)


def _parts(cell: str, separator: str) -> list[str]:
    parts = [part.strip() for part in cell.split(separator)]
    if not all(parts):
        raise _UnreadableError(f"has an empty answer beside a '{separator}'; remove the '{separator}' or fill it in")
    return parts


def _option(options: Sequence[Option], cell: str) -> str:
    """By id, or by label in any language; the form has made sure that these are unlike."""
    for option in options:
        if cell == option.id or cell in (text for _, text in option.label.texts):
            return option.id
    raise _UnreadableError("is not one of its answers; take an option id or label of the form")


def _okr_row(question: Okr, cell: str) -> tuple[str, str, str]:
    parts = _parts(cell, "|")
    if len(parts) != 3:
        raise _UnreadableError("has a row that is not objective|key_result|progress")
    objective = _option(question.objectives, parts[0])
    return objective, _option(question.key_results, parts[1]), _option(question.progress, parts[2])


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell):
        raise _UnreadableError("is not a whole number; write digits only")
    return int(cell)


def _bracket(amount: Amount, cell: str) -> str:
    match = _NUMBER.fullmatch(cell)
    if not match or not math.isfinite(float(match[1])):
        raise _UnreadableError("is not a number; write digits, with a point for decimals and nothing between thousands")
    reason = ""
    try:
        return bracket_of(amount, in_base_unit(amount, float(match[1]), match[2]))
    except ValueError as error:
        reason = str(error)
    raise _UnreadableError(reason)


def _bin(score: Score, total: int) -> str:
    reason = ""
    try:
        return bin_of(score, total)
    except ValueError as error:
        reason = str(error)
    raise _UnreadableError(reason)
