"""Ratios: intervals that agree with Wilson's and Fieller's, and cover in shown figures."""

import numpy as np
import pytest
from bracketed import MIN_COHORT, ROUNDS, STRICT, USABLE, Bracketed
from hypothesis import given
from hypothesis import strategies as st

from privacy.ratios import RatioNoise, ratio, spread_of
from privacy.selection import shift
from privacy.shares import Z95

NO_NOISE = RatioNoise(0.0, 0.0, 0.0)
POINTS = np.arange(1.0, 6.0)
QUESTIONS = {
    "even": np.array([0.1, 0.2, 0.4, 0.2, 0.1]),
    "high": np.array([0.01, 0.02, 0.07, 0.2, 0.7]),
    "split": np.array([0.45, 0.04, 0.02, 0.04, 0.45]),
}


def noise_of(made: Bracketed, table: str, worth: np.ndarray) -> RatioNoise:
    cell, shared = made.noise(table)
    matrix, one = (cell - shared) * np.eye(made.answers) + shared, np.ones(made.answers)
    return RatioNoise(worth @ matrix @ worth, worth @ matrix @ one, one @ matrix @ one)


def coverage(
    table: str, people: int, rho: float, chances: np.ndarray, worth: np.ndarray, shifted: bool = True
) -> tuple[float, float]:
    """How often the interval holds the population's mean where it is shown, and how often it is."""
    made, bounds = Bracketed(len(chances), rho), (float(worth.min()), float(worth.max()))
    noise, sd = noise_of(made, table, worth), made.sd_of_sum(table)
    least = max(MIN_COHORT + STRICT * sd, noise.margin(bounds) / (bounds[1] - bounds[0]) / USABLE)
    counts = made.draw(table, people, chances, runs=5000)
    counts = counts[kept := counts.sum(axis=-1) >= least]
    answered = counts.sum(axis=-1)
    lifted = shift(answered, sd, least) if shifted else 0.0
    found = ratio(counts @ worth, answered, noise, bounds, spread_of(counts, worth, bounds), lifted)
    covered = (found.low <= chances @ worth) & (chances @ worth <= found.high)
    return float(covered.mean()), float(kept.mean())


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("table", "people", "rho"), ROUNDS)
def test_intervals_cover_the_mean_of_the_population_given_that_it_is_shown(
    table: str, people: int, rho: float, question: str
) -> None:
    covered, often = coverage(table, people, rho, QUESTIONS[question], POINTS)
    assert often > 0.3
    assert 0.93 < covered < 0.98


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
@pytest.mark.parametrize(("table", "people", "rho"), ROUNDS)
def test_intervals_cover_the_share_of_the_population_given_that_it_is_shown(
    table: str, people: int, rho: float, share: float
) -> None:
    chances = np.array([share, *[(1 - share) / 4] * 4])
    covered, often = coverage(table, people, rho, chances, np.eye(5)[0])
    assert often > 0.3
    assert 0.93 < covered < 0.98


def test_means_that_are_rarely_shown_are_covered_too() -> None:
    covered, often = coverage("a@cohort", 50, 0.01, QUESTIONS["high"], POINTS)
    assert 0.1 < often < 0.25
    assert covered > 0.93
    covered, often = coverage("a@cohort", 50, 0.0145, np.array([0.9, 0.025, 0.025, 0.025, 0.025]), np.eye(5)[0])
    assert 0.05 < often < 0.2
    assert covered > 0.9  # as far as the documentation says


def test_without_a_shift_those_that_are_rarely_shown_would_be_missed() -> None:
    common = np.array([0.9, 0.025, 0.025, 0.025, 0.025])
    covered, often = coverage("a@cohort", 50, 0.0145, common, np.eye(5)[0], shifted=False)
    assert often > 0.05
    assert covered < 0.87


def test_without_noise_the_interval_of_a_share_is_wilsons() -> None:
    people, answered = np.array([2.0, 15.0, 40.0]), np.array([50.0, 50.0, 50.0])
    found = ratio(people, answered, NO_NOISE, (0.0, 1.0))
    p, z2 = people / answered, Z95**2
    middle = (p + z2 / 100) / (1 + z2 / 50)
    half = Z95 * np.sqrt(p * (1 - p) / 50 + z2 / 10000) / (1 + z2 / 50)
    assert found.low == pytest.approx(middle - half)
    assert found.high == pytest.approx(middle + half)


def test_without_sampling_the_interval_is_fiellers() -> None:
    noise, above, below = RatioNoise(30.0, 4.0, 20.0), 60.0, 200.0
    found = ratio(np.array([above]), np.array([below]), noise, (0.0, 1.0), 0.0)
    for end in (found.low[0], found.high[0]):
        assert abs(above - end * below) == pytest.approx(Z95 * noise.of(end) ** 0.5)


numbers = st.floats(-30, 300)


@given(numbers, numbers, st.floats(0, 40), st.floats(-0.9, 0.9), st.floats(0.01, 40), st.floats(0, 1))
def test_a_ratio_lies_within_its_interval_and_both_within_the_bounds(
    above: float, below: float, first: float, together: float, second: float, spread: float
) -> None:
    noise = RatioNoise(first**2, together * first * second, second**2)
    found = ratio(np.array([above]), np.array([below]), noise, (1.0, 5.0), spread)
    assert 1 <= found.low[0] <= found.value[0] <= found.high[0] <= 5


def test_noise_below_zero_leaves_no_interval_of_nothing() -> None:
    found = ratio(np.array([-9.0]), np.array([100.0]), RatioNoise(16.0, 0.0, 25.0), (0.0, 1.0))
    assert found.low[0] == 0
    assert found.high[0] >= 0.04


def test_a_denominator_that_may_be_nothing_leaves_everything_possible() -> None:
    found = ratio(np.array([3.0]), np.array([4.0]), RatioNoise(25.0, 0.0, 25.0), (0.0, 1.0))
    assert (found.low[0], found.high[0]) == (0, 1)


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(any))
def test_the_spread_of_answers_is_their_variance_by_the_largest_there_can_be(counts: list[int]) -> None:
    array = np.array(counts, dtype=np.float64)
    answers = np.repeat(POINTS, counts)
    most = (answers.mean() - 1) * (5 - answers.mean())
    assert spread_of(array, POINTS, (1.0, 5.0)) == pytest.approx(answers.var() / most if most > 1e-9 else 1.0, abs=1e-6)


def test_the_margin_is_that_of_a_ratio_half_way() -> None:
    assert RatioNoise(30.0, 4.0, 20.0).margin((1.0, 5.0)) == Z95 * (30 - 24 + 180) ** 0.5


def test_a_shift_takes_off_what_comes_along_with_it_and_never_narrows_an_interval() -> None:
    noise, above, below = RatioNoise(30.0, 4.0, 20.0), np.array([20.0]), np.array([60.0])
    plain, shifted = (ratio(above, below, noise, (0.0, 1.0), 1.0, lifted) for lifted in (0.0, 10.0))
    without = ratio(above - 2.0, below - 10.0, noise, (0.0, 1.0))
    assert shifted.value == plain.value
    assert shifted.low == min(plain.low, without.low)
    assert shifted.high == max(plain.high, without.high)
