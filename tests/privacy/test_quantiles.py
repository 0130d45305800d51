"""Quantiles: right without noise, and with intervals that cover in shown figures."""

import numpy as np
import pytest
from bracketed import BELL, MIN_COHORT, ROUNDS, SKEW, STRICT, USABLE, Bracketed
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.quantiles import BracketNoise, noise_margin, quantile_places
from privacy.selection import shift
from privacy.shares import Z95

QUIET = BracketNoise(1e-12, 0.0)
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


def true_place(chances: np.ndarray, level: float) -> float:
    below = np.concatenate([[0.0], chances.cumsum()])
    bracket = int(np.searchsorted(below[1:-1], level))
    return float(bracket + (level - below[bracket]) / chances[bracket])


def least_shown(made: Bracketed, table: str, level: float) -> float:
    """From how many on a figure is shown."""
    margin = noise_margin(made.answers, BracketNoise(*made.noise(table)), level)
    return max(MIN_COHORT + STRICT * made.sd_of_sum(table), margin / USABLE)


def coverage(
    table: str, people: int, rho: float, chances: np.ndarray, level: float, shifted: bool = True, runs: int = 3000
) -> tuple[float, float]:
    """How often the interval holds the population's quantile where it is shown, and how often it is."""
    made = Bracketed(len(chances), rho)
    counts, least = made.draw(table, people, chances, runs), least_shown(made, table, level)
    kept = counts.sum(axis=-1) >= least
    counts = counts[kept]
    lifted = shift(counts.sum(axis=-1), made.sd_of_sum(table), least) if shifted else 0.0
    found = quantile_places(counts, BracketNoise(*made.noise(table)), level, lifted)
    true = true_place(chances, level)
    return float(((found.low <= true) & (true <= found.high)).mean()), float(kept.mean())


@pytest.mark.parametrize("chances", [BELL, SKEW], ids=["bell", "skew"])
@pytest.mark.parametrize(("table", "people", "rho"), ROUNDS)
def test_intervals_cover_the_quantiles_of_the_population_given_that_they_are_shown(
    table: str, people: int, rho: float, chances: np.ndarray
) -> None:
    for level in LEVELS:
        covered, often = coverage(table, people, rho, chances, level)
        assert often > 0.15
        # 3,000 runs tell a rate of 0.95 to about 0.01; where the quantile lies within the first of few brackets,
        # counts are so few that an interval holds it more often than it need.
        assert 0.93 < covered < (0.99 if level < chances[0] else 0.98)


@pytest.mark.parametrize("level", LEVELS)
def test_quantiles_that_are_rarely_shown_are_covered_too(level: float) -> None:
    covered, often = coverage("a@cohort", 50, 0.05, BELL, level)
    assert 0.05 < often < 0.6
    assert covered > 0.93


def test_without_a_shift_those_that_are_rarely_shown_would_be_missed_more_often() -> None:
    without, often = coverage("a@cohort", 50, 0.047, SKEW, 0.9, shifted=False, runs=20_000)
    assert 0.02 < often < 0.15
    assert without + 0.01 < coverage("a@cohort", 50, 0.047, SKEW, 0.9, runs=20_000)[0]


def test_intervals_that_know_of_no_noise_would_not_cover() -> None:
    counts = Bracketed(9, 0.005).draw("a@cohort", 300, BELL, runs=2000)
    found = quantile_places(counts, QUIET, 0.5)
    assert ((found.low <= 4.5) & (found.high >= 4.5)).mean() < 0.9


def test_the_noise_of_a_place_is_that_of_its_weighted_sum() -> None:
    """The closed form against the whole matrix."""
    cell, shared, level, rng = 5.0, -0.4, 0.3, np.random.default_rng(1)
    matrix = (cell - shared) * np.eye(6) + shared
    for bracket, part in zip(rng.integers(0, 6, 20), rng.random(20), strict=True):
        weights = np.where(np.arange(6) < bracket, 1.0, 0.0) - level
        weights[bracket] += part
        stated = BracketNoise(cell, shared).of(np.array(weights @ weights), np.array(weights.sum()))
        assert stated == pytest.approx(weights @ matrix @ weights)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 50), min_size=3, max_size=12), st.sampled_from(LEVELS))
def test_without_noise_the_place_is_where_the_shares_add_up_to_the_level(counts: list[int], level: float) -> None:
    array = np.array([counts], dtype=np.float64)
    found = quantile_places(array, QUIET, level)
    assert found.place[0] == pytest.approx(true_place(array[0] / array.sum(), level), abs=1e-6)
    assert 0 <= found.low[0] <= found.place[0] <= found.high[0] <= len(counts)


@settings(max_examples=40)
@given(st.lists(st.floats(-20, 60), min_size=3, max_size=12), st.sampled_from(LEVELS))
def test_places_stay_among_the_brackets_and_turn_with_them(counts: list[float], level: float) -> None:
    array = np.array([[*counts, 800.0]])
    noise = BracketNoise(30.0, -2.0)
    found, turned = quantile_places(array, noise, level), quantile_places(array[:, ::-1], noise, 1 - level)
    assert 0 <= found.low[0] <= found.place[0] <= found.high[0] <= array.shape[-1]
    assert found.low[0] == pytest.approx(array.shape[-1] - turned.high[0], abs=1e-6)
    assert found.place[0] == pytest.approx(array.shape[-1] - turned.place[0], abs=1e-6)


def test_a_count_below_zero_does_not_let_the_quantile_lie_before_an_edge_that_has_enough_below_it() -> None:
    found = quantile_places(np.array([[40.0, 15.0, -10.0, 45.0, 10.0]]), QUIET, 0.5)
    assert 1 < found.place[0] < 4
    assert found.low[0] < found.place[0] < found.high[0]


def test_the_margin_is_that_of_the_least_certain_edge() -> None:
    noise, level = BracketNoise(20.0, -1.0), 0.25
    edges = [np.where(np.arange(3) < edge, 1.0, 0.0) - level for edge in range(4)]
    matrix = 21 * np.eye(3) - 1
    widest = max(weights @ matrix @ weights for weights in edges)
    assert noise_margin(3, noise, level) == pytest.approx(Z95 * widest**0.5)


def test_a_shift_never_narrows_an_interval() -> None:
    noise, counts = BracketNoise(20.0, -1.0), np.array([[30.0, 30, 40], [10, 50, 20]])
    plain, shifted = quantile_places(counts, noise, 0.25), quantile_places(counts, noise, 0.25, np.array([0.0, 30.0]))
    assert (plain.low[0], plain.high[0]) == (shifted.low[0], shifted.high[0])
    assert shifted.low[1] <= plain.low[1]
    assert shifted.high[1] >= plain.high[1]
    assert shifted.high[1] - shifted.low[1] > plain.high[1] - plain.low[1]
