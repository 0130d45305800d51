"""The same share in two samples: how far it changed, with intervals that hold for many comparisons at once.

Other people answered each time, or are taken to be others: noise and sampling of the two are independent.
Source: docs/privacy.md, section "Changes between releases"; Wilson and Hilferty 1931.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from privacy.scores import not_contradicted, straightened

Floats = npt.NDArray[np.float64]

LEVEL = 0.05  # the chance that any interval of a family misses what it is of


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Shares in one sample, as ratios of two noisy numbers, with their noise: variances and covariance of the two.

    Shapes: one entry a comparison. Units: respondents, and their squares.
    """

    cells: Floats
    answered: Floats
    cell_noise: Floats
    shared_noise: Floats
    answered_noise: Floats

    @property
    def people(self) -> Floats:
        return np.maximum(self.answered, 1.0)

    @property
    def share(self) -> Floats:
        """Unbiased but for the division: it may lie below 0 or above 1."""
        return np.asarray(self.cells / self.people)

    def variance(self, share: Floats) -> Floats:
        """Of the measured share, for noise and sampling, if this were the true one."""
        drawn = self._drawable(share)
        return np.asarray(self._noise(share) / self.people**2 + drawn * (1 - drawn) / self.people)

    def _noise(self, share: Floats) -> Floats:
        """Variance of the cells less this share of those who answered."""
        noise = self.cell_noise - 2 * share * self.shared_noise + share**2 * self.answered_noise
        return np.maximum(noise, 0.0)

    def _drawable(self, share: Floats) -> Floats:
        """The share, but not nearer to 0 or 1 than the noise lets one tell: there sampling would count for nothing."""
        least, most = (self._noise(np.full(self.people.shape, end)) ** 0.5 / self.people for end in (0.0, 1.0))
        roomy = least < 1 - most
        return np.clip(share, np.where(roomy, least, 0.5), np.where(roomy, 1 - most, 0.5))

    def third(self, share: Floats) -> Floats:
        """Third central moment of the same: noise has none."""
        return np.asarray(share * (1 - share) * (1 - 2 * share) / self.people**2)


def strictness(comparisons: int, level: float = LEVEL) -> float:
    """How many standard deviations an interval reaches, so that all of these many hold at once (Bonferroni)."""
    return NormalDist().inv_cdf(1 - level / (2 * max(comparisons, 1)))


def change(before: Sample, after: Sample, z: float) -> tuple[Floats, Floats]:
    """Lower and upper limit of how much more the share is in the second sample, from -1 to 1.

    Guarantee, approximately: with z = strictness(m, level), m such intervals hold their true differences all at once
    with a chance of at least 1 - level, over the noise and, were both random samples, sampling. With people who answer
    in both alike, they hold more often.
    """
    measured = np.asarray(after.share - before.share)
    return not_contradicted(measured, lambda true: deviation(before, after, true), z)


def deviation(before: Sample, after: Sample, true: Floats) -> Floats:
    """How far the measured differences are from these true ones, as values of a standard normal variable.

    Shape: that of `true`, which ends in the samples'.
    """
    first, second = _fitting(before, after, true)
    sd = np.sqrt(np.maximum(before.variance(first) + after.variance(second), 1e-18))
    skew = (after.third(second) - before.third(first)) / sd**3
    return straightened((after.share - before.share - true) / sd, skew)


def _fitting(before: Sample, after: Sample, true: Floats) -> tuple[Floats, Floats]:
    """The two shares, this far apart, that are nearest to what was measured: the more exact one moves less."""
    together = (before.people * before.share + after.people * after.share) / (before.people + after.people)
    near = np.clip(together, 0.0, 1.0)
    weight, other = (1 / np.maximum(of.variance(near), 1e-18) for of in (before, after))
    first = (weight * before.share + other * (after.share - true)) / (weight + other)
    first = np.clip(first, np.maximum(0.0, -true), np.minimum(1.0, 1 - true))
    return first, np.clip(first + true, 0.0, 1.0)
