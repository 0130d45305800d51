"""Marks of answers: they tell the same table again in any order or spelling, and nobody else anything."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from societies import PULSE

from aggregation.answers import read_table
from host.answer_marks import AnswerMarks, MarksDamaged
from survey.forms.loading import form_from_toml

FORM = form_from_toml(PULSE)
rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.just(0), st.just(0)), min_size=1, max_size=12)
quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def marks(tmp_path):
    return AnswerMarks.open(tmp_path / "answers")


def records(listed):
    return np.array(listed, np.uint8)


@quick
@given(rows, st.randoms())
def test_the_same_rows_in_any_order_have_one_mark(marks, listed, random):
    other = random.sample(listed, len(listed))
    first, second = marks.mark(FORM, b"one file", records(listed)), marks.mark(FORM, b"another", records(other))
    assert first.rows == second.rows
    assert first.file != second.file
    assert first.same_answers(second)


@quick
@given(rows, rows)
def test_other_rows_have_another_mark(marks, listed, other):
    first, second = marks.mark(FORM, b"one file", records(listed)), marks.mark(FORM, b"another", records(other))
    assert first.same_answers(second) == (sorted(listed) == sorted(other))


def test_a_row_more_or_twice_is_another_table(marks):
    table = [(1, 2, 0, 0), (2, 1, 0, 0)]
    first = marks.mark(FORM, b"a", records(table))
    for other in (table[:1], [*table, table[0]]):
        assert not first.same_answers(marks.mark(FORM, b"b", records(other)))


def test_ids_and_labels_and_quotes_are_one_spelling(marks):
    tables = (b"team,mood,tools\nnorth,3,saw;pen\nsouth,,\n", b'tools,mood,team\r\n,,"South"\r\n"Pen; Saw",3,North\r\n')
    first, second = (marks.mark(FORM, data, read_table(FORM, data)) for data in tables)
    assert first.rows == second.rows


def test_a_mark_is_kept_and_found_by_another_run(tmp_path, marks):
    mark = marks.mark(FORM, b"file", records([(1, 2, 0, 0)]))
    marks.keep("a" * 64, mark)
    again = AnswerMarks.open(tmp_path / "answers")
    assert again.mark(FORM, b"file", records([(1, 2, 0, 0)])) == mark
    assert again.same(mark, ["b" * 64, "a" * 64]) == ["a" * 64]
    assert again.same(mark, ["b" * 64]) == []


def test_without_the_key_a_mark_cannot_be_made_again(tmp_path, marks):
    mark = marks.mark(FORM, b"file", records([(1, 2, 0, 0)]))
    stranger = AnswerMarks.open(tmp_path / "elsewhere").mark(FORM, b"file", records([(1, 2, 0, 0)]))
    assert mark.file != stranger.file
    assert mark.rows != stranger.rows


def test_nothing_is_written_before_a_mark_is_kept_and_the_last_takes_the_key_with_it(tmp_path, marks):
    mark = marks.mark(FORM, b"file", records([(1, 2, 0, 0)]))
    assert not (tmp_path / "answers").exists()
    marks.keep("a" * 64, mark)
    marks.keep("b" * 64, mark)
    assert (tmp_path / "answers").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "answers").iterdir()} == {0o600}
    marks.forget("a" * 64)
    assert (tmp_path / "answers" / "key").exists()
    marks.forget("b" * 64)
    assert not (tmp_path / "answers").exists()


def test_a_damaged_mark_or_key_is_said_and_not_taken_for_none(tmp_path, marks):
    folder = tmp_path / "answers"
    mark = marks.mark(FORM, b"file", records([(1, 2, 0, 0)]))
    marks.keep("a" * 64, mark)
    for text in ("", "[]", json.dumps({"file": mark.file})):
        (folder / f"{'a' * 64}.json").write_text(text)
        with pytest.raises(MarksDamaged):
            marks.same(mark, ["a" * 64])
    (folder / "key").write_bytes(b"short")
    with pytest.raises(MarksDamaged):
        AnswerMarks.open(folder)
    (folder / "key").unlink()
    with pytest.raises(MarksDamaged):  # a new key would make every table unlike those that are marked
        AnswerMarks.open(folder)
    shutil.rmtree(folder)
    assert AnswerMarks.open(folder).same(mark, ["a" * 64]) == []
