"""Means and shares as ratios of two noisy sums, with an interval that stays honest where the denominator is small.

The interval holds every value that the measurement does not contradict (a score interval): for a share without noise
it is Wilson's, for noise without sampling Fieller's. Source: docs/privacy.md, section "Statistics".
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from privacy.shares import Z95

Floats = npt.NDArray[np.float64]

_Z90 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class RatioNoise:
    """Noise of numerator and denominator: variances `above` and `below`, and their covariance `shared`."""

    above: float
    shared: float
    below: float

    def of(self, ratio: float) -> float:
        """Noise variance of the numerator less `ratio` times the denominator."""
        return float(self.of_all(np.asarray(ratio)))

    def of_all(self, ratios: Floats) -> Floats:
        """The same for several ratios. Shape: theirs."""
        return np.maximum(self.above - 2 * ratios * self.shared + ratios**2 * self.below, 0.0)

    def margin(self, bounds: tuple[float, float]) -> float:
        """95 % margin for noise alone, times those who answered, of a ratio half way between the bounds.

        It is the same whatever the ratio, so that it can decide what is shown without choosing among values.
        """
        return float(Z95 * self.of(sum(bounds) / 2) ** 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """A ratio in each cohort, with what it may be, 95 %, for noise and, were respondents a random sample, sampling.

    Shapes: all the same; value lies between low and high.
    """

    value: Floats
    low: Floats
    high: Floats


def ratio(
    above: Floats,
    below: Floats,
    noise: RatioNoise,
    bounds: tuple[float, float],
    spread: Floats | float = 1.0,
    shift: Floats | float = 0.0,
) -> Ratio:
    """The mean of answers that lie within `bounds`, from their noisy sum and the noisy number who answered.

    Shapes: above, below and spread one entry a cohort. `spread`: the variance of one answer as a part of the most that
    answers with this mean can have, (mean - least) (most - mean); 1 for shares. `shift`: how many of those who answered
    noise is likely to have added because the ratio is shown (privacy.selection); the interval holds with and without.
    """
    least, most = bounds
    people = np.maximum(below, 1.0)
    value = np.clip(above / people, least, most)
    low, high = _limits(above, below, noise, bounds, np.asarray(spread))
    along = shift * noise.shared / noise.below if noise.below > 0 else 0.0
    low_without, high_without = _limits(above - along, below - shift, noise, bounds, np.asarray(spread))
    return Ratio(
        value=value,
        low=np.asarray(np.minimum(np.minimum(low, low_without), value)),
        high=np.asarray(np.maximum(np.maximum(high, high_without), value)),
    )


def spread_of(counts: Floats, worth: Floats, bounds: tuple[float, float]) -> Floats:
    """The `spread` of answers that are worth this much. From 0 to 1; 1 where their mean is one of the bounds.

    Shapes: counts (..., answers), noisy, taken as 0 where negative; worth (answers,).
    """
    kept = np.maximum(counts, 0.0)
    people = np.maximum(kept.sum(axis=-1), 1e-9)
    mean = kept @ worth / people
    variance = kept @ worth**2 / people - mean**2
    most = (mean - bounds[0]) * (bounds[1] - mean)
    return np.where(most > 0, np.clip(variance / np.where(most > 0, most, 1.0), 0.0, 1.0), 1.0)


def _limits(
    above: Floats, below: Floats, noise: RatioNoise, bounds: tuple[float, float], spread: Floats
) -> tuple[Floats, Floats]:
    """Lower and upper 95 % limits within the bounds.

    No interval shrinks to nothing because noise put a rare answer below 0. One standard deviation of noise from a bound
    the limit stops; what lies nearer is then never missed from there, so the other limit may miss it in 5 % of cases.
    """
    (least, most), people = bounds, np.maximum(below, 1.0)
    low, high = _not_contradicted(above, below, noise, bounds, (Z95, spread))
    likely_low, likely_high = _not_contradicted(above, below, noise, bounds, (_Z90, spread))
    near_least = least + noise.of(least) ** 0.5 / people
    near_most = most - noise.of(most) ** 0.5 / people
    roomy = near_least < near_most  # otherwise the noise fills everything between the bounds
    near_least, near_most = np.where(roomy, near_least, least), np.where(roomy, near_most, most)
    low = np.minimum(np.maximum(np.minimum(likely_low, near_least), low), near_most)
    high = np.maximum(np.minimum(np.maximum(likely_high, near_most), high), near_least)
    return np.clip(low, least, most), np.clip(high, least, most)


def _not_contradicted(
    above: Floats, below: Floats, noise: RatioNoise, bounds: tuple[float, float], strictness: tuple[float, Floats]
) -> tuple[Floats, Floats]:
    """The ends of all m with (above - m below)^2 <= z^2 (noise(m) + below spread (m - least) (most - m)): two roots.

    Without two roots the measurement contradicts nothing, and what lies beyond a bound contradicts that bound least.
    """
    (least, most), (z, spread) = bounds, strictness
    sampling = z**2 * np.maximum(below, 0.0) * spread
    square = below**2 - z**2 * noise.below + sampling
    half = above * below - z**2 * noise.shared + sampling * (least + most) / 2
    constant = above**2 - z**2 * noise.above + sampling * least * most
    bounded = (square > 0) & (below > 0)
    root = np.sqrt(np.maximum(half**2 - square * constant, 0.0))
    over = np.where(bounded, square, 1.0)
    low = np.where(bounded & (above > least * below), (half - root) / over, least)
    return low, np.where(bounded & (above < most * below), (half + root) / over, most)
