"""Intervals for shares cover as often as they say, in small cohorts and for rare answers too."""

import numpy as np
import pytest

from privacy.intervals import Spread, interval
from privacy.shares import Z95, Noise

RUNS = 20_000
CASES = [(people, sd, share) for people in (50, 200) for sd in (2.0, 6.0) for share in (0.02, 0.1, 0.5, 0.8, 0.98)]


def drawn(people: int, sd: float, share: float, way: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, Noise]:
    """True share among the respondents, measured share, denominator, and the noise; only what would be shown."""
    rng = np.random.default_rng([people, int(sd), int(share * 100)])
    has = rng.binomial(people, share, RUNS)
    cell = has + rng.normal(0, sd, RUNS)
    others = people - has + rng.normal(0, sd, RUNS) if way == "sum" else people - cell + rng.normal(0, sd, RUNS)
    answered = cell + others
    noise = Noise(sd**2, "sum", 2 * sd**2, sd**2) if way == "sum" else Noise(sd**2, "rest", sd**2, 0.0)
    shown = answered - 1.645 * noise.whole**0.5 >= 10
    size = np.maximum(answered, 1.0)[shown]
    return has[shown] / people, cell[shown] / size, size, noise


@pytest.mark.parametrize("way", ["sum", "rest"])
@pytest.mark.parametrize(("people", "sd", "share"), CASES)
def test_they_cover_95_times_in_100_given_that_the_figure_is_shown(
    people: int, sd: float, share: float, way: str
) -> None:
    true, measured, size, noise = drawn(people, sd, share, way)
    for sampling, wanted in ((False, true), (True, share)):
        low, high = interval(measured, Spread.of(noise, size, sampling))
        assert 0.93 < np.mean((low <= wanted) & (wanted <= high)) < 0.97


def test_plain_intervals_around_the_share_would_not_pass_this() -> None:
    missed = []
    for people, sd, share in CASES:
        _, measured, size, noise = drawn(people, sd, share, "rest")
        shown = np.clip(measured, 0, 1)
        margin = Z95 * np.sqrt(noise.of_share(shown, size) + shown * (1 - shown) / size)
        missed.append(abs(np.mean(abs(shown - share) <= margin) - 0.95) > 0.02)
    assert any(missed)


def test_an_interval_never_shrinks_to_nothing() -> None:
    noise, size = Noise(25.0, "rest", 25.0, 0.0), np.full(9, 60.0)
    measured = np.array([-0.5, -0.2, -0.1, 0.0, 0.5, 1.0, 1.1, 1.2, 1.5])
    for sampling in (False, True):
        low, high = interval(measured, Spread.of(noise, size, sampling))
        assert (high - low > 0.05).all()
        assert (low >= 0).all()
        assert (high <= 1).all()
        assert (np.diff(low) >= 0).all()
        assert (np.diff(high) >= 0).all()


def test_what_is_not_known_stays_unknown_and_a_hopeless_denominator_excludes_nothing() -> None:
    low, high = interval(np.array([np.nan]), Spread.of(Noise(1.0, "unknown", np.nan, 0.0), np.array([np.nan]), False))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    low, high = interval(np.array([0.4]), Spread.of(Noise(9.0, "rest", 9.0, 0.0), np.array([2.0]), False))
    assert (low[0], high[0]) == (0.0, 1.0)
