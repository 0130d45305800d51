"""A table of answers that a host had already, read into records: one row is one person."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from aggregation.opening import BATCH, OpenedBatch, Records
from survey.forms.answers_csv import read_answers
from survey.forms.codec import record_length
from survey.forms.model import Form

Progress = Callable[[int, int], None]
_STEPS: Final = 100


def read_table(form: Form, data: bytes, progress: Progress = lambda _done, _of: None) -> Records:
    """Every row that holds an answer. Shape: (rows, record bytes) uint8. Confidential: never shown, never written.

    data: the bytes of a CSV file, as bulk entry reads it. progress: told hundredths of the bytes read, so that it
    never tells how many rows there are.
    Raises: AnswersError naming the row, never what stands there.
    """
    raw, length, told = io.BytesIO(data), record_length(form), 0
    records = bytearray()
    for record in read_answers(form, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")):
        records += record
        if (reached := _STEPS * raw.tell() // max(len(data), 1)) > told:
            told = reached
            progress(told, _STEPS)
    return np.frombuffer(bytes(records), dtype=np.uint8).reshape(-1, length)


def in_batches(records: Records) -> Iterator[OpenedBatch]:
    """Records as the counting takes them."""
    for start in range(0, len(records), BATCH):
        yield OpenedBatch(records[start : start + BATCH])
