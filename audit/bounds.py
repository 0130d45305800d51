"""From an attacker's errors to what the attacked mechanism leaks at least, with stated confidence.

Source: Clopper and Pearson 1934; Kairouz, Oh and Viswanath 2015 (epsilon); Dong, Roth and Su 2022 (mu).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, lgamma, log
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

_STEPS = 50  # halvings of the interval: far below the last place of any bound that is printed


@dataclass(frozen=True, slots=True)
class Errors:
    """How often an attacker was wrong about releases it had not seen before.

    false_alarms: of `without` releases made without the canary, those it took for ones with it; misses: of `with_`
    made with the canary, those it took for ones without.
    """

    false_alarms: int
    without: int
    misses: int
    with_: int


@lru_cache(maxsize=10_000)
def most_likely_wrong(wrong: int, trials: int, alpha: float) -> float:
    """The Clopper-Pearson upper bound on an error rate: above it with a chance of at most alpha.

    It is the rate at which so few errors, or fewer, come with a chance of alpha.
    """
    if not 0 <= wrong <= trials or not 0 < alpha < 1:
        raise ValueError("a rate needs 0 <= wrong <= trials and alpha between 0 and 1")
    if wrong == trials:
        return 1.0
    low, high = wrong / trials, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(wrong, trials, middle) > alpha else (low, middle)
    return high


def at_most(wrong: int, trials: int, rate: float) -> float:
    """The chance of `wrong` errors or fewer: the binomial distribution function, for 0 < rate < 1."""
    k = np.arange(wrong + 1)
    logs = _log_factorials(trials)
    terms = logs[trials] - logs[k] - logs[trials - k] + k * log(rate) + (trials - k) * np.log1p(-rate)
    return float(np.exp(terms).sum())


def least_mu(errors: Errors, alpha: float) -> float:
    """mu of a mechanism with such errors, at least: wrong with a chance of at most alpha.

    Any test of neighbours of a mu-Gaussian mechanism has quantile(1 - false alarms) - quantile(misses) <= mu.
    """
    alarms, misses = _bounds(errors, alpha)
    if alarms >= 1 or misses >= 1:
        return 0.0
    quantile = NormalDist().inv_cdf
    return max(quantile(1 - alarms) - quantile(misses), 0.0)


def least_epsilon(errors: Errors, delta: float, alpha: float) -> float:
    """epsilon at delta of a mechanism with such errors, at least: wrong with a chance of at most alpha.

    Any test of neighbours has 1 - misses <= e^epsilon false alarms + delta, and the same the other way round.
    """
    alarms, misses = _bounds(errors, alpha)
    ratios = ((1 - misses - delta) / alarms, (1 - alarms - delta) / misses)
    return max(log(max(*ratios, 1.0)), 0.0)


def mu_of(rho: float) -> float:
    """mu of Gaussian noise that costs rho."""
    return float((2 * rho) ** 0.5) if rho < inf else inf


def _bounds(errors: Errors, alpha: float) -> tuple[float, float]:
    """Both rates at once, each with half of alpha."""
    alarms = most_likely_wrong(errors.false_alarms, errors.without, alpha / 2)
    return alarms, most_likely_wrong(errors.misses, errors.with_, alpha / 2)


@lru_cache(maxsize=100)
def _log_factorials(most: int) -> npt.NDArray[np.float64]:
    return np.array([lgamma(n + 1) for n in range(most + 1)])
