import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.leading import chance_first, safe_lead


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 200), min_size=2, max_size=12), st.floats(1, 30))
def test_the_chance_is_that_of_simulated_noise(counts, sd):
    expected = np.array(counts)
    top = int(np.argmax(expected))
    noisy = expected + np.random.default_rng(5).normal(0, sd, (20_000, expected.size))
    came_first = (noisy.argmax(axis=1) == top).mean()
    assert chance_first(expected, np.full(expected.size, sd)) == pytest.approx(came_first, abs=0.02)


def test_of_equal_answers_each_is_as_likely_first_as_the_others():
    for many in (2, 5, 11):
        assert chance_first(np.full(many, 30.0), np.full(many, 7.0)) == pytest.approx(1 / many, abs=1e-4)


def test_an_answer_alone_is_first():
    assert chance_first(np.array([3.0]), np.array([9.0])) == pytest.approx(1.0)


def test_noise_of_different_answers_may_differ():
    counts, sds = np.array([50.0, 40.0]), np.array([3.0, 4.0])
    assert chance_first(counts, sds) == pytest.approx(0.97725, abs=1e-4)  # two sds of 5 apart


def test_a_safe_lead_is_lost_once_in_twenty():
    lead = safe_lead(5.0)
    assert chance_first(np.array([40.0 + lead, 40.0]), np.array([3.0, 4.0])) == pytest.approx(0.95, abs=1e-3)
