"""Means and shares as ratios of two noisy sums, with an interval that stays honest where the denominator is small.

The interval is the set of values that the measurement does not contradict (a score interval): for a share without
noise it is Wilson's, for noise without sampling Fieller's. Source: docs/privacy.md, section "Statistics".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.shares import Z95

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RatioNoise:
    """Noise of numerator and denominator: variances `above` and `below`, and their covariance `shared`."""

    above: float
    shared: float
    below: float

    def of(self, ratio: Floats) -> Floats:
        """Noise variance of the numerator less `ratio` times the denominator."""
        return np.asarray(np.maximum(self.above - 2 * ratio * self.shared + ratio**2 * self.below, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """A ratio in each cohort. Shapes: all the same.

    `low`, `high`: 95 % for noise and, if respondents were a random sample, sampling. `margin_noise`: half the width
    of the usual 95 % interval for noise alone.
    """

    value: Floats
    low: Floats
    high: Floats
    margin_noise: Floats


def ratio(
    above: Floats, below: Floats, noise: RatioNoise, bounds: tuple[float, float], spread: Floats | float = 1.0
) -> Ratio:
    """The mean of answers that lie within `bounds`, from their noisy sum and the noisy number who answered.

    Shapes: above, below and spread one entry a cohort. `spread`: the variance of one answer, as a part of the most
    that answers between the bounds with this mean can have, (m - low) (high - m); 1 for shares.
    """
    least, most = bounds
    people = np.maximum(below, 1.0)
    value = np.clip(above / people, least, most)
    low, high = _not_contradicted(above, below, noise, bounds, np.asarray(spread))
    return Ratio(
        value=value,
        low=np.asarray(np.minimum(np.clip(low, least, most), value)),
        high=np.asarray(np.maximum(np.clip(high, least, most), value)),
        margin_noise=np.asarray(Z95 * np.sqrt(noise.of(value)) / people),
    )


def dispersion(squares: Floats, value: Floats, bounds: tuple[float, float]) -> Floats:
    """`spread` of answers whose squared distance from their mean `value` is `squares` on average. From 0 to 1."""
    most = (value - bounds[0]) * (bounds[1] - value)
    return np.where(most > 0, np.clip(squares / np.where(most > 0, most, 1.0), 0.0, 1.0), 1.0)


def _not_contradicted(
    above: Floats, below: Floats, noise: RatioNoise, bounds: tuple[float, float], spread: Floats
) -> tuple[Floats, Floats]:
    """All m with (above - m below)^2 <= z^2 (noise(m) + below spread (m - least) (most - m)): a quadratic's roots.

    Where it has no two roots the measurement contradicts nothing, and everything within the bounds is possible.
    """
    (least, most), z2, people = bounds, Z95**2, np.maximum(below, 0.0)
    sampling = z2 * people * spread
    a = below**2 - z2 * noise.below + sampling
    b = above * below - z2 * noise.shared + sampling * (least + most) / 2
    c = above**2 - z2 * noise.above + sampling * least * most
    inside = b**2 - a * c
    bounded = (a > 0) & (inside >= 0) & (below > 0)
    root, divided_by = np.sqrt(np.where(bounded, inside, 0.0)), np.where(bounded, a, 1.0)
    low = np.where(bounded, (b - root) / divided_by, least)
    return low, np.where(bounded, (b + root) / divided_by, most)
