"""A table of answers read into records: as bulk entry reads it, and without a word about how many there are."""

import numpy as np
import pytest
from a_round import small_form

from aggregation.answers import in_batches, read_table
from aggregation.opening import BATCH
from survey.forms.answers_csv import AnswersError
from survey.forms.codec import encode

HEADER = b"team,mood\r\n"


def table(rows: int) -> bytes:
    return HEADER + b"".join(b"%s,%d\r\n" % ((b"red", b"Blue")[i % 2], 1 + i % 5) for i in range(rows))


def test_every_row_with_an_answer_is_one_record():
    records = read_table(small_form(), b"\xef\xbb\xbf" + table(4) + b",\r\n")
    expected = [{"team": ("red", "blue")[i % 2], "mood": 1 + i} for i in range(4)]
    assert [record.tobytes() for record in records] == [encode(small_form(), row) for row in expected]
    assert records.dtype == np.uint8


def test_a_table_without_answers_has_no_records():
    for data in (HEADER, HEADER + b",\r\n,\r\n"):
        assert read_table(small_form(), data).shape == (0, 2)


def test_a_row_that_breaks_the_form_is_named_and_what_stands_there_is_not():
    with pytest.raises(AnswersError) as refused:
        read_table(small_form(), table(6) + b"red,canary-7391\r\n")
    assert refused.value.row == 8
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("rows", [1, 137, 20_000])
def test_progress_tells_hundredths_and_never_rows(rows):
    told = []
    read_table(small_form(), table(rows), lambda done, of: told.append((done, of)))
    assert told[-1] == (100, 100)
    assert [of for _, of in told] == [100] * len(told)
    assert told == sorted(set(told))


def test_batches_hold_every_record_once_and_in_order():
    records = read_table(small_form(), table(BATCH + 3))
    batches = list(in_batches(records))
    assert [len(batch.records) for batch in batches] == [BATCH, 3]
    assert np.concatenate([batch.records for batch in batches]).tobytes() == records.tobytes()
