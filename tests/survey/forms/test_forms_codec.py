import random

import numpy as np
import pytest
from form_samples import every_kind, forms, mutated, some_answers, some_batch
from hypothesis import given
from hypothesis import strategies as st

from survey.forms.codec import (
    InvalidAnswer,
    InvalidRecord,
    asked,
    decode,
    encode,
    record_length,
    slots,
)
from survey.forms.model import Form
from survey.forms.rows import valid_rows

FORM = every_kind()

# team, lead | tools | first_things | mood, tired, pay | okrs
WHOLE = {
    "team": "gamma",
    "lead": "yes",
    "tools": ("drill", "saw"),
    "first_things": ("d", "a"),
    "mood": -2,
    "tired": "8-10",
    "pay": "zero",
    "okrs": (("keep", "churn", "done"), ("grow", "score", "late")),
}
RECORD = bytes([3, 1, 2, 4, 0, 4, 1, 0, 1, 4, 4, 1, 2, 1, 2, 1, 2, 0, 0, 0])


def test_a_record_is_written_byte_for_byte_as_worked_out_by_hand():
    assert encode(FORM, WHOLE) == RECORD


def test_a_record_reads_back_in_the_order_of_the_codec():
    assert decode(FORM, RECORD) == WHOLE | {
        "tools": ("saw", "drill"),
        "okrs": (("grow", "score", "late"), ("keep", "churn", "done")),
    }


def test_no_answers_are_all_zeros():
    empty = bytes(record_length(FORM))
    assert encode(FORM, {}) == encode(FORM, {"tools": (), "okrs": (), "first_things": ()}) == empty
    assert decode(FORM, empty) == {}


def test_slots_follow_each_other_and_fill_the_record():
    places = list(slots(FORM).values())
    assert [place.start for place in places] == [0, *(place.stop for place in places[:-1])]
    assert places[-1].stop == record_length(FORM) == 20


def test_a_question_behind_one_that_is_not_asked_is_not_asked_either():
    assert "mood" in asked(FORM, {"team": "alpha", "lead": "yes"})
    assert not {"mood", "lead"} & asked(FORM, {"team": "beta", "lead": "yes"})
    assert not {"mood", "lead"} & asked(FORM, {})


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("team", "delta"),
        ("team", 1),
        ("team", ("alpha",)),
        ("tools", "saw"),
        ("tools", ("saw", "saw")),
        ("tools", ("saw", "axe", "drill", "plane")),
        ("tools", ("none", "saw")),
        ("first_things", ("a", "b", "a")),
        ("first_things", ("a", "b", "c", "d")),
        ("tired", "8"),
        ("tired", 8),
        ("pay", 3.0),
        ("pay", "0-11"),
        ("okrs", (("grow", "churn", "late"), ("grow", "churn", "done"))),
        ("okrs", (("grow", "churn"),)),
        ("okrs", (("churn", "grow", "late"),)),
        ("okrs", ("grow", "churn", "late")),
        ("lead", "yes"),  # without team it is not asked
    ],
)
def test_an_answer_outside_the_form_is_refused_and_not_repeated(question, answer):
    with pytest.raises(InvalidAnswer) as caught:
        encode(FORM, {question: answer})
    assert caught.value.question == question
    assert "delta" not in str(caught.value)


@pytest.mark.parametrize("answer", [-3, 3, True, "1", 1.0])
def test_a_point_outside_its_scale_is_refused(answer):
    with pytest.raises(InvalidAnswer, match="from -2 to 2"):
        encode(FORM, {"team": "alpha", "lead": "yes", "mood": answer})


def test_an_answer_to_an_unknown_question_is_refused():
    with pytest.raises(InvalidAnswer, match="not a question"):
        encode(FORM, {"age": "40"})


@pytest.mark.parametrize(
    ("slot", "codes", "question"),
    [
        (0, [4], "team"),
        (0, [2, 1], "lead"),  # beta is not asked
        (2, [3, 2, 0], "tools"),
        (2, [2, 2, 0], "tools"),
        (2, [0, 2, 0], "tools"),
        (2, [1, 2, 0], "tools"),
        (2, [6, 0, 0], "tools"),
        (5, [1, 0, 2], "first_things"),
        (5, [1, 2, 1], "first_things"),
        (9, [5], "tired"),
        (10, [8], "pay"),
        (11, [1, 1, 0], "okrs"),
        (11, [0, 1, 1], "okrs"),
        (11, [1, 1, 3], "okrs"),
        (11, [0, 0, 0, 1, 1, 1], "okrs"),
        (11, [1, 2, 1, 1, 1, 1], "okrs"),
        (11, [1, 1, 1, 1, 1, 2], "okrs"),
    ],
)
def test_a_record_that_breaks_its_form_is_refused_alone_and_in_a_batch(slot, codes, question):
    record = bytearray(record_length(FORM))
    record[slot : slot + len(codes)] = bytes(codes)
    with pytest.raises(InvalidRecord) as caught:
        decode(FORM, bytes(record))
    assert caught.value.question == question
    batch = np.frombuffer(bytes(record_length(FORM)) + bytes(record) + RECORD, dtype=np.uint8).reshape(3, -1)
    assert valid_rows(FORM, batch).tolist() == [True, False, True]


@pytest.mark.parametrize("length", [0, 19, 21])
def test_a_record_of_another_length_is_refused(length):
    with pytest.raises(InvalidRecord, match="exactly 20 bytes"):
        decode(FORM, bytes(length))


def test_a_batch_of_another_shape_or_type_is_refused():
    for batch in (np.zeros((3, 19), np.uint8), np.zeros(20, np.uint8), np.zeros((3, 20), np.int64)):
        with pytest.raises(ValueError, match="array of uint8"):
            valid_rows(FORM, batch)


def test_an_empty_batch_has_no_rows():
    assert valid_rows(FORM, np.zeros((0, 20), np.uint8)).shape == (0,)


@given(form=forms(), seed=st.integers(0, 2**32))
def test_answers_survive_encoding(form, seed):
    answers = some_answers(form, random.Random(seed))
    read = decode(form, encode(form, answers))
    assert read.keys() == answers.keys()
    for question in form.questions:
        if question.id in answers and question.kind in ("choices", "okr"):
            assert sorted(read[question.id]) == sorted(answers[question.id])
        else:
            assert read.get(question.id) == answers.get(question.id)


@given(form=forms(), seed=st.integers(0, 2**32))
def test_records_survive_decoding_and_all_have_one_length(form, seed):
    batch = some_batch(form, random.Random(seed), 10)
    assert batch.shape == (10, record_length(form))
    for row in batch:
        assert encode(form, decode(form, row.tobytes())) == row.tobytes()


@given(seed=st.integers(0, 2**32))
def test_the_order_in_which_options_are_chosen_does_not_show(seed):
    chance = random.Random(seed)
    answers = dict(some_answers(FORM, chance))
    shuffled = answers | {
        name: tuple(chance.sample(answers[name], len(answers[name]))) for name in ("tools", "okrs") if name in answers
    }
    assert encode(FORM, shuffled) == encode(FORM, answers)


def _decodes(form: Form, record: bytes) -> bool:
    try:
        decode(form, record)
    except InvalidRecord:
        return False
    return True


@given(form=st.one_of(st.just(FORM), forms()), seed=st.integers(0, 2**32))
def test_a_batch_is_judged_exactly_as_its_records_one_by_one(form, seed):
    chance = random.Random(seed)
    valid = some_batch(form, chance, 20)
    small = np.array([[chance.randint(0, 3) for _ in row] for row in valid], dtype=np.uint8)
    batch = np.concatenate([valid, mutated(valid, chance), mutated(valid, chance), small])
    expected = [_decodes(form, row.tobytes()) for row in batch]
    assert valid_rows(form, batch).tolist() == expected
    assert all(expected[:20])
