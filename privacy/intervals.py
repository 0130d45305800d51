"""Intervals for shares that hold near 0 and 1 too, in small cohorts.

The interval holds every share p that the measured one does not contradict: p is in if (measured - p)^2 is at most
z^2 times the variance that the measured share would have *if p were the truth*. For sampling alone that is Wilson's
interval, for a noisy denominator alone Fieller's; together it is one quadratic inequality.
Source: docs/privacy.md, section 5, "Intervals".
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from privacy.shares import Z95, Floats, Noise

Z90 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The variance of a measured share if p were the truth: `flat` + p `linear` + p^2 `square`. Shapes: the table's."""

    flat: Floats
    linear: Floats
    square: Floats

    @classmethod
    def of(cls, noise: Noise, size: Floats, sampling: bool) -> "Spread":
        """Of cells divided by `size`: their noise, and sampling (p (1 - p) / size) if it counts."""
        drawn = np.asarray(1 / size if sampling else 0 * size)
        return cls(
            flat=np.asarray(noise.cell / size**2),
            linear=np.asarray(drawn - 2 * noise.covariance / size**2),
            square=np.asarray(noise.whole / size**2 - drawn),
        )

    def at(self, share: float) -> Floats:
        """The variance if this share were the truth."""
        return np.asarray(np.maximum(self.flat + share * self.linear + share**2 * self.square, 0.0))


def interval(measured: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """Lower and upper 95 % limits within 0 and 1; `measured` may lie outside, and nan stays nan.

    No interval shrinks to nothing because noise put a rare answer below 0. One standard deviation from 0 the upper
    limit stops; a share that small is then never missed from above, so the lower limit may miss it in 5 % instead of
    2.5 %. Near 1 the other way round.
    """
    low, high = _limits(measured, spread, Z95)
    likely_low, likely_high = _limits(measured, spread, Z90)
    lowest_high, highest_low = np.sqrt(spread.flat), 1 - np.sqrt(spread.at(1.0))
    roomy = lowest_high < highest_low  # otherwise the noise fills everything from 0 to 1
    near_0, near_1 = np.where(roomy, lowest_high, 0.0), np.where(roomy, highest_low, 1.0)
    low = np.minimum(np.maximum(np.minimum(likely_low, near_0), low), near_1)
    high = np.maximum(np.minimum(np.maximum(likely_high, near_1), high), near_0)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _limits(measured: Floats, spread: Spread, z: float) -> tuple[Floats, Floats]:
    """Where (measured - p)^2 = z^2 spread(p): all between is in. Everything is, if the denominator may be nothing."""
    square = 1 - z**2 * spread.square
    half = measured + z**2 * spread.linear / 2
    constant = measured**2 - z**2 * spread.flat
    known = square > 0
    over = np.where(known, square, 1.0)
    root = np.sqrt(np.maximum(half**2 - over * constant, 0.0))
    # A measured share below 0 contradicts 0 less than anything above it, whatever their variances; so above 1.
    low = np.where(known & ~(measured <= 0), (half - root) / over, 0.0)
    high = np.where(known & ~(measured >= 1), (half + root) / over, 1.0)
    return np.where(np.isnan(measured), np.nan, low), np.where(np.isnan(measured), np.nan, high)
