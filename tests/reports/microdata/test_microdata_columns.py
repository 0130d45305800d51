"""One column a question: all answers a record can hold, counted in cells as the tally counts them."""

from dataclasses import replace

import numpy as np
import pytest
from release_rounds import seven_kinds, tiny_form

from reports.microdata.columns import MOST_CODES, asked_alone, columns, forbidden
from survey.forms.axes import question_axes
from survey.forms.layout import slots
from survey.forms.loading import bundled
from survey.forms.rows import valid_rows
from survey.forms.touched import cells_touched


@pytest.fixture(scope="module")
def form():
    return seven_kinds()


@pytest.mark.parametrize("make", [tiny_form, seven_kinds, lambda: bundled("hr-benchmark")])
def test_every_code_of_a_column_is_an_answer_that_the_form_allows_and_stands_there_once(make):
    form = make()
    for name, column in columns(form).items():
        asked = column.codes if form.question(name).show_if is None else column.codes[:-1]
        assert valid_rows(asked_alone(form, form.question(name)), asked).all()
        assert len(np.unique(asked, axis=0)) == len(asked) <= MOST_CODES + 1


def test_columns_of_several_answers_hold_all_combinations_that_the_form_allows():
    tools = columns(tiny_form())["tools"]
    assert tools.codes.tolist() == [[0, 0], [3, 0], [1, 0], [2, 0], [1, 2], [0, 0]]
    assert tools.cells["tools"].tolist() == [
        [0, 0, 0, 1, 0],
        [0, 0, 1, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 0, 0, 1],
    ]


def test_ranks_are_counted_each_on_an_axis_of_its_own(form):
    ranking = form.question("priorities")
    column = columns(form)["priorities"]
    assert column.size == 1 + sum(np.prod(range(11 - n, 11)) for n in range(1, ranking.top + 1))
    assert set(column.cells) == {axis.id for axis in question_axes(ranking)}
    assert all((cells.sum(axis=1) == 1).all() for cells in column.cells.values())


def test_what_a_code_is_counted_in_is_what_the_tally_counts(form):
    batch = np.zeros((1, max(place.stop for place in slots(form).values())), dtype=np.uint8)
    for name in ("priorities", "okrs"):
        column = columns(form)[name]
        batch[0, slots(form)[name]] = column.codes[-1]
        for axis, cells in column.cells.items():
            touched = cells_touched(form, axis, batch)[0]
            assert sorted(np.flatnonzero(cells[-1])) == sorted(touched[touched >= 0])


def test_a_question_with_more_answers_than_can_be_held_is_shortened_and_says_so(form):
    okrs = columns(form)["okrs"]
    assert (form.question("okrs").rows, okrs.most, okrs.whole) == (3, 2, False)
    assert columns(form)["priorities"].whole


def test_who_is_not_asked_has_no_answer_and_who_is_asked_cannot_be_not_asked():
    form = tiny_form()
    rule = form.question("tools").show_if
    wrong = forbidden(form, rule, "tools", columns(form))
    # Team: no answer, red, blue; tools are asked of red only, and the last code is not asked.
    assert wrong.tolist() == [[True] * 5 + [False], [False] * 5 + [True], [True] * 5 + [False]]
    assert not forbidden(form, replace(rule, any_of=("red", "blue")), "tools", columns(form))[2, 0]
