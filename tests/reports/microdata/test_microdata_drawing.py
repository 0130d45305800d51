"""Records drawn from a model: as often as it says, independent where it says nothing, and always the same."""

import numpy as np
import pytest
from release_rounds import tiny_form

from reports.errors import ReleaseError
from reports.microdata.columns import columns, forbidden
from reports.microdata.drawing import Conditional, draw
from survey.forms.rows import valid_rows

MANY = 6000


def model():
    """Of the tiny form: team, then mood and tools given team, each with its own shares."""
    form, known = tiny_form(), columns(tiny_form())
    rng = np.random.default_rng(5)
    tools = rng.random((3, 6)) * ~forbidden(form, form.question("tools").show_if, "tools", known)
    return [
        Conditional("team", (), np.array([0.1, 0.6, 0.3])),
        Conditional("mood", ("team",), rng.random((3, 4))),
        Conditional("tools", ("team",), tools),
    ]


@pytest.fixture(scope="module")
def batch():
    return draw(tiny_form(), columns(tiny_form()), model(), MANY, np.random.default_rng(1))


def shares(part):
    return part.weights / part.weights.sum(axis=-1, keepdims=True)


def test_records_follow_the_form(batch):
    assert batch.shape == (MANY, 4)
    assert valid_rows(tiny_form(), batch).all()


def test_shares_are_those_of_the_model_and_closer_than_independent_draws_would_be(batch):
    team, mood, _ = model()
    assert np.bincount(batch[:, 0], minlength=3) / MANY == pytest.approx(shares(team), abs=5 / MANY)
    for at, expected in enumerate(shares(mood)):
        among = batch[batch[:, 0] == at]
        found = np.bincount(among[:, 1], minlength=4) / len(among)
        assert found == pytest.approx(expected, abs=8 / len(among))


def test_questions_that_the_model_does_not_join_are_independent(batch):
    red = batch[batch[:, 0] == 1]
    tools = np.unique(red[:, 2:], axis=0, return_inverse=True)[1].reshape(-1)
    both = np.zeros((4, tools.max() + 1))
    np.add.at(both, (red[:, 1], tools), 1)
    expected = np.outer(both.sum(axis=1), both.sum(axis=0)) / both.sum()
    freedom = (both.shape[0] - 1) * (both.shape[1] - 1)
    # Six standard deviations of a chi-square with as many degrees of freedom: one planted fault is far beyond.
    assert ((both - expected) ** 2 / expected).sum() < freedom + 6 * (2 * freedom) ** 0.5


def test_the_same_seed_gives_the_same_records_and_another_gives_others():
    form, known = tiny_form(), columns(tiny_form())
    first, again, other = (draw(form, known, model(), 50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_what_cannot_be_is_never_drawn():
    form, known = tiny_form(), columns(tiny_form())
    only = [
        Conditional("team", (), np.array([0.0, 1.0, 0.0])),
        Conditional("mood", ("team",), np.array([[1, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 1]])),
        Conditional("tools", ("team",), np.array([[0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]])),
    ]
    drawn = draw(form, known, only, 500, np.random.default_rng(3))
    assert (drawn == [1, 3, 3, 0]).all()


def test_a_model_that_says_nothing_of_a_record_is_refused_rather_than_made_up():
    form, known = tiny_form(), columns(tiny_form())
    empty = [Conditional("team", (), np.ones(3)), Conditional("mood", ("team",), np.zeros((3, 4)))]
    with pytest.raises(ReleaseError, match="says nothing of 'mood'"):
        draw(form, known, empty, 10, np.random.default_rng(3))


def test_no_records_are_a_table_without_rows():
    assert draw(tiny_form(), columns(tiny_form()), model(), 0, np.random.default_rng(1)).shape == (0, 4)
