import random

import numpy as np
import pytest
from form_samples import every_kind, forms, some_batch
from hypothesis import given
from hypothesis import strategies as st

from survey.forms.axes import NO_ANSWER, NOT_ASKED, axes, question_axes
from survey.forms.codec import asked, decode, encode
from survey.forms.loading import bundled, bundled_names
from survey.forms.touched import cells_touched

FORM = every_kind()
BY_ID = {axis.id: axis for axis in axes(FORM)}


def _batch(*answers):
    return np.frombuffer(b"".join(encode(FORM, one) for one in answers), np.uint8).reshape(len(answers), -1)


def _named(axis_id, *answers):
    rows = cells_touched(FORM, axis_id, _batch(*answers))
    assert rows.dtype == np.int32
    assert rows.shape == (len(answers), BY_ID[axis_id].touches)
    return [{BY_ID[axis_id].cells[cell] for cell in row if cell >= 0} for row in rows]


def test_no_answer_and_not_asked_are_cells_of_their_own():
    assert _named("lead", {"team": "alpha"}, {"team": "beta"}, {}, {"team": "gamma", "lead": "no"}) == [
        {NO_ANSWER},
        {NOT_ASKED},
        {NOT_ASKED},
        {"no"},
    ]
    assert _named("mood", {"team": "beta"}, {"team": "alpha", "lead": "yes", "mood": 0}) == [
        {NOT_ASKED},
        {"0"},
    ]


def test_a_short_ranking_leaves_its_later_ranks_unanswered():
    answers = {"first_things": ("c",)}
    assert _named("first_things.1", answers) == [{"c"}]
    assert _named("first_things.3", answers) == [{NO_ANSWER}]


def test_a_person_counts_once_a_cell():
    rows = (("grow", "churn", "late"), ("grow", "score", "late"), ("keep", "churn", "done"))
    answers = {"okrs": rows}
    assert _named("okrs.objective", answers, {}) == [{"grow", "keep"}, {NO_ANSWER}]
    assert _named("okrs.key_result", answers) == [{"churn", "score"}]
    assert _named("okrs.objective|key_result", answers) == [{"grow|churn", "grow|score", "keep|churn"}]
    assert _named("okrs.objective|progress", answers) == [{"grow|late", "keep|done"}]


def test_choosing_several_touches_each():
    assert _named("tools", {"tools": ("plane", "saw")}, {"tools": ("none",)}, {}) == [
        {"saw", "plane"},
        {"none"},
        {NO_ANSWER},
    ]


@pytest.mark.parametrize("axis_id", ["nobody", "first_things", "first_things.4", "okrs", "okrs.progress", "team.1"])
def test_an_axis_the_form_lacks_is_refused(axis_id):
    with pytest.raises(KeyError):
        cells_touched(FORM, axis_id, _batch({}))


def test_an_empty_batch_touches_nothing():
    for axis in axes(FORM):
        assert cells_touched(FORM, axis.id, np.zeros((0, 20), np.uint8)).shape == (0, axis.touches)


def _expected(form, question, axis, answers):
    """The cells one person touches, worked out from the answers alone."""
    if question.id not in answers:
        return {NO_ANSWER if question.id in asked(form, answers) else NOT_ASKED}
    answer = answers[question.id]
    if question.kind == "ranking":
        return set(answer[int(axis.part) - 1 : int(axis.part)]) or {NO_ANSWER}
    if question.kind == "okr":
        columns = ("objective", "key_result", "progress")
        places = [columns.index(name) for name in axis.part.split("|")]
        return {"|".join(row[place] for place in places) for row in answer}
    return set(answer) if question.kind == "choices" else {str(answer)}


@given(form=st.one_of(st.just(FORM), forms()), seed=st.integers(0, 2**32))
def test_every_record_touches_the_cells_that_its_answers_name(form, seed):
    batch = some_batch(form, random.Random(seed), 15)
    people = [decode(form, row.tobytes()) for row in batch]
    for question in form.questions:
        for axis in question_axes(question):
            touched = cells_touched(form, axis.id, batch)
            assert touched.shape == (15, axis.touches)
            assert touched.dtype == np.int32
            assert touched.min() >= -1
            for row, answers in zip(touched, people, strict=True):
                cells = [axis.cells[cell] for cell in row if cell >= 0]
                assert len(set(cells)) == len(cells)
                assert set(cells) == _expected(form, question, axis, answers)


@pytest.mark.parametrize("name", bundled_names())
def test_outside_cells_exclude_the_others(name):
    form = bundled(name)
    batch = some_batch(form, random.Random(1), 300)
    for axis in axes(form):
        touched = cells_touched(form, axis.id, batch)
        outside = np.isin(touched, axis.outside).any(axis=1)
        assert ((touched >= 0).sum(axis=1)[outside] == 1).all()
        assert ((touched >= 0).sum(axis=1) >= 1).all()
