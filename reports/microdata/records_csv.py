"""Records as `microdata.csv`: the columns of the form's own table of answers, one synthetic record a row.

Every value is an id of the form: options joined with `;` (a ranking in order), brackets of amounts and of scores, OKR
rows as `objective|key_result|progress`. A question that was not asked is empty, and so is one without an answer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import assert_never

import numpy as np

from reports.errors import ReleaseError
from reports.microdata.columns import asked_alone
from survey.forms.answers_csv import header
from survey.forms.codec import Answer, decode, encode
from survey.forms.layout import record_length, slots
from survey.forms.model import Amount, Choice, Choices, Form, Okr, Question, Ranking, Scale, Score
from survey.forms.rows import Batch, valid_rows
from survey.rounds.any_manifest import AnyManifest

FILE = "microdata.csv"
MOST_BYTES = 2**26
MOST_RECORDS = 1_000_000


def read_microdata(manifest: AnyManifest, data: bytes | None) -> Batch | None:
    """The records of a release, if it has any. Shape: (records, record length) uint8. Raises: ReleaseError."""
    return None if data is None else read_records(manifest.form, data)


def records_csv(form: Form, batch: Batch) -> bytes:
    """RFC 4180 with a header and plain line feeds, UTF-8. batch: (records, record length) uint8, valid rows."""
    columns = [_written(form, question, batch) for question in form.questions]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header(form))
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def read_records(form: Form, data: bytes) -> Batch:
    """What `records_csv` was given. Raises: ReleaseError, naming row and column, never what stands there."""
    if len(data) > MOST_BYTES:
        raise ReleaseError(f"{FILE} is larger than {MOST_BYTES // 2**20} MiB; get the release again.")
    if data.count(b"\n") > MOST_RECORDS + 1:
        raise ReleaseError(f"{FILE} has more than {MOST_RECORDS:,} records; get the release again.")
    try:
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (ValueError, csv.Error):
        raise ReleaseError(f"{FILE} cannot be read as a table; get the release again.") from None
    if not rows or rows[0] != header(form):
        raise ReleaseError(f"{FILE} does not have the columns of the form, in its order.")
    odd = next((at for at, row in enumerate(rows, 1) if len(row) != len(rows[0])), None)
    if odd is not None:
        raise ReleaseError(f"{FILE}, row {odd}: it has not as many cells as the header.")
    batch = np.zeros((len(rows) - 1, record_length(form)), dtype=np.uint8)
    places = slots(form)
    for at, question in enumerate(form.questions):
        batch[:, places[question.id]] = _read(form, question, [row[at] for row in rows[1:]])
    if not (valid := valid_rows(form, batch)).all():
        raise ReleaseError(f"{FILE}, row {int(np.argmin(valid)) + 2}: a question is answered that was not asked.")
    if records_csv(form, batch) != data:
        raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
    return batch


def _written(form: Form, question: Question, batch: Batch) -> list[str]:
    """The cells of one column: each different answer is put into words once."""
    codes = batch[:, slots(form)[question.id]]
    different, which = np.unique(codes, axis=0, return_inverse=True)
    words = [_words(form, question, one) for one in different]
    return [words[at] for at in which.reshape(-1)]


def _words(form: Form, question: Question, codes: Batch) -> str:
    answer = decode(asked_alone(form, question), codes.tobytes()).get(question.id, "")
    if isinstance(answer, tuple):
        return ";".join("|".join(one) if isinstance(one, tuple) else one for one in answer)
    return str(answer)


def _read(form: Form, question: Question, cells: Sequence[str]) -> Batch:
    """The slots of one column. Shape: (records, slots of the question)."""
    alone = asked_alone(form, question)
    different: dict[str, int] = {}
    codes = []
    for row, cell in enumerate(cells, 2):
        if cell not in different:
            try:
                given = {question.id: _answer(question, cell)} if cell else {}
                codes.append(np.frombuffer(encode(alone, given), dtype=np.uint8))
            except ValueError:
                raise ReleaseError(f"{FILE}, row {row}, column {question.id}: it is no answer of the form.") from None
            different[cell] = len(different)
    which = np.fromiter((different[cell] for cell in cells), dtype=np.int64, count=len(cells))
    return np.stack(codes)[which] if codes else np.zeros((0, record_length(alone)), dtype=np.uint8)


def _answer(question: Question, cell: str) -> Answer:
    match question:
        case Choice() | Amount() | Score():
            return cell
        case Scale():
            return int(cell)
        case Choices() | Ranking():
            return tuple(cell.split(";"))
        case Okr():
            objective, key_result, progress = zip(*(row.split("|") for row in cell.split(";")), strict=True)
            return tuple(zip(objective, key_result, progress, strict=True))
        case _:
            assert_never(question)
