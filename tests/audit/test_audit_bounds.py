"""Bounds: exact where arithmetic can be exact, and honest about mechanisms whose leak is known."""

from fractions import Fraction
from math import comb, exp, log
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.bounds import Errors, at_most, least_epsilon, least_mu, most_likely_wrong

TRIES = 3000


def exactly_at_most(wrong: int, trials: int, rate: Fraction) -> float:
    """The binomial distribution function, by whole numbers until the last division."""
    rare, often = rate.numerator, rate.denominator - rate.numerator
    ways = sum(comb(trials, k) * rare**k * often ** (trials - k) for k in range(wrong + 1))
    return float(Fraction(ways, rate.denominator**trials))


def errors_of(alarm: float, miss: float, releases: int, rng: np.random.Generator) -> Errors:
    """What an attacker with these true error rates does in so many releases of either kind."""
    return Errors(int(rng.binomial(releases, alarm)), releases, int(rng.binomial(releases, miss)), releases)


def gaussian_errors(mu: float, threshold: float, releases: int, rng: np.random.Generator) -> Errors:
    """The best attacker on Gaussian noise of this mu, with the threshold anywhere."""
    normal = NormalDist()
    return errors_of(1 - normal.cdf(threshold), normal.cdf(threshold - mu), releases, rng)


@given(st.integers(1, 60), st.data(), st.sampled_from([0.5, 0.05, 1e-4]))
def test_the_bound_on_a_rate_is_the_one_of_clopper_and_pearson(trials, data, alpha):
    wrong = data.draw(st.integers(0, trials - 1))

    bound = Fraction(most_likely_wrong(wrong, trials, alpha))

    assert exactly_at_most(wrong, trials, bound) == pytest.approx(alpha, rel=1e-9)


@pytest.mark.parametrize(
    ("wrong", "trials", "rate"), [(0, 1, (1, 2)), (190, 500, (2, 5)), (999, 2000, (1, 2)), (3, 2000, (1, 100))]
)
def test_the_binomial_distribution_is_exact_for_many_trials(wrong, trials, rate):
    exact = exactly_at_most(wrong, trials, Fraction(*rate))

    assert at_most(wrong, trials, rate[0] / rate[1]) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 0.01])
@pytest.mark.parametrize("rate", [0.02, 0.31, 0.5, 0.97])
def test_a_rate_is_above_its_bound_no_more_often_than_stated(rate, alpha):
    bounds = [most_likely_wrong(wrong, 40, alpha) for wrong in range(41)]
    chances = [comb(40, k) * rate**k * (1 - rate) ** (40 - k) for k in range(41)]

    assert sum(chance for chance, bound in zip(chances, bounds, strict=True) if bound < rate) <= alpha


def test_whoever_is_always_wrong_may_be_wrong_always():
    assert most_likely_wrong(7, 7, 0.05) == 1.0
    assert least_mu(Errors(7, 7, 0, 7), 0.05) == 0.0
    assert least_epsilon(Errors(7, 7, 7, 7), 1e-6, 0.05) == 0.0


@pytest.mark.parametrize("refused", [(-1, 5, 0.1), (6, 5, 0.1), (1, 5, 0.0), (1, 5, 1.0)])
def test_impossible_counts_are_refused(refused):
    with pytest.raises(ValueError, match="a rate needs"):
        most_likely_wrong(*refused)


@pytest.mark.parametrize("mu", [0.3, 1.45])
@pytest.mark.parametrize("off_the_middle", [0.0, 0.7])
def test_mu_of_gaussian_noise_is_below_its_bound_no_more_often_than_stated(mu, off_the_middle):
    rng = np.random.default_rng(1)
    tries = [gaussian_errors(mu, mu / 2 + off_the_middle, 300, rng) for _ in range(TRIES)]

    above = sum(least_mu(errors, 0.05) > mu for errors in tries)

    assert above <= 0.05 * TRIES


def test_the_bound_on_mu_is_close_where_releases_are_many():
    rng = np.random.default_rng(2)
    bounds = [least_mu(gaussian_errors(1.45, 0.725, 10_000, rng), 0.05) for _ in range(20)]

    assert 0.95 * 1.45 < np.mean(bounds) < 1.45


def test_error_rates_taken_as_they_are_would_be_above_the_truth_half_of_the_time():
    rng = np.random.default_rng(3)
    tries = [gaussian_errors(1.45, 0.725, 300, rng) for _ in range(TRIES)]

    # At alpha = 1 each rate's bound is near the rate that was seen: no confidence, and seen to be none.
    assert sum(least_mu(errors, 0.999) > 1.45 for errors in tries) > 0.4 * TRIES


@pytest.mark.parametrize("delta", [0.0, 0.05])
def test_epsilon_of_randomised_answers_is_below_its_bound_no_more_often_than_stated(delta):
    """With a chance of delta the answer is given away, else it is true with odds of e^epsilon: both errors alike."""
    epsilon, rng = 1.2, np.random.default_rng(4)
    wrong = (1 - delta) / (1 + exp(epsilon))
    tries = [errors_of(wrong, wrong, 400, rng) for _ in range(TRIES)]

    bounds = np.array([least_epsilon(errors, delta, 0.05) for errors in tries])

    assert (bounds > epsilon).sum() <= 0.05 * TRIES
    close = least_epsilon(Errors(round(wrong * 10**5), 10**5, round(wrong * 10**5), 10**5), delta, 0.05)
    assert 0.95 * epsilon < close < epsilon


def test_a_delta_lowers_the_bound_on_epsilon():
    errors = Errors(5, 1000, 5, 1000)

    assert least_epsilon(errors, 0.3, 0.05) < least_epsilon(errors, 0.0, 0.05)
    assert least_epsilon(errors, 0.0, 0.05) <= log((1 - 0.005) / 0.005)
