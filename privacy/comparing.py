"""Many cohorts against everyone at once: simultaneous intervals, and Holm's test of which of them differ.

A comparison is of a part with the whole that it belongs to, so that their shared noise and the people they share both
count. Within a family of comparisons any is wrongly said to differ, or any interval misses, in at most about 5 %.
Source: docs/privacy.md, section "Statistics"; Holm 1979; Wilson and Hilferty 1931.
"""

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from privacy.ratios import RatioNoise
from privacy.scores import not_contradicted, straightened

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEVEL = 0.05  # the chance that anything is wrongly said to differ in a family where nothing does


@dataclass(frozen=True, slots=True)
class PartNoise:
    """Noise of a share in a cohort and of the same share in everyone, alike for all answers and cohorts of a table.

    `across`: covariances of the cohort's cell and the number who answered there (rows) with those of everyone.
    """

    part: RatioNoise
    whole: RatioNoise
    across: tuple[tuple[float, float], tuple[float, float]]

    def shared(self, part: Floats, whole: Floats) -> Floats:
        """Covariance of cell less share times answered: in the cohort at `part`, in everyone at `whole`."""
        (cells, cell_all), (all_cell, alls) = self.across
        return np.asarray(cells - whole * cell_all - part * all_cell + part * whole * alls)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """What is compared: noisy cells and the noisy numbers who answered, of cohorts and of everyone.

    Shapes: one entry a comparison. Units: respondents.
    """

    cells: Floats
    answered: Floats
    all_cells: Floats
    all_answered: Floats

    @property
    def people(self) -> Floats:
        return np.maximum(self.answered, 1.0)

    @property
    def everyone(self) -> Floats:
        """Never fewer than in the cohort, whatever the noise."""
        return np.maximum(self.all_answered, self.people)

    @property
    def measured(self) -> Floats:
        """The cohort's share less everyone's, unbiased but for the divisions."""
        return np.asarray(self.cells / self.people - self.all_cells / self.everyone)

    @property
    def all_share(self) -> Floats:
        return np.clip(self.all_cells / self.everyone, 0.0, 1.0)

    @property
    def part(self) -> Floats:
        """How large a part of everyone the cohort is."""
        return np.asarray(self.people / self.everyone)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One entry a comparison. `value`: cohort less everyone, from -1 to 1, within `low` and `high`.

    `chance`: two-sided, of a difference as large as this where there is none; `differs`: whether Holm's test says so.
    """

    value: Floats
    low: Floats
    high: Floats
    chance: Floats
    differs: Mask


def compare(shares: Shares, noise: PartNoise, level: float = LEVEL) -> Compared:
    """A family of comparisons.

    Guarantee, approximately: all true differences lie in their intervals, and nothing that does not differ is said
    to, with a chance of at least 1 - level, over the noise and, were respondents a random sample, sampling.
    """
    own = np.clip(shares.cells / shares.people, 0.0, 1.0)
    value = own - shares.all_share
    z = NormalDist().inv_cdf(1 - level / (2 * max(value.size, 1)))
    low, high = not_contradicted(shares.measured, lambda true: deviation(shares, noise, true), z)
    chance = np.array([erfc(abs(float(one)) / sqrt(2)) for one in deviation(shares, noise, np.zeros(value.shape))])
    return Compared(
        value=value,
        low=np.minimum(low, value),
        high=np.maximum(high, value),
        chance=chance,
        differs=holm(chance, level),
    )


def holm(chances: Floats, level: float = LEVEL) -> Mask:
    """Which hypotheses are rejected: the smallest chances first, each at level by how many are left.

    Guarantee: one that is true is rejected with a chance of at most `level`, however they depend on each other.
    """
    order = np.argsort(chances, kind="stable")
    allowed = level / np.arange(chances.size, 0, -1)
    rejected = np.zeros(chances.shape, dtype=np.bool_)
    rejected[order] = np.logical_and.accumulate(chances[order] <= allowed)
    return rejected


def deviation(shares: Shares, noise: PartNoise, true: Floats) -> Floats:
    """How far the measured differences are from these true ones, as values of a standard normal variable.

    Shape: that of `true`. The furthest there can be is -1 or 1, not what everyone's share leaves room for: that share
    is only measured.
    """
    part = np.clip(shares.all_share + true, 0.0, 1.0)
    variance, third = _moments(shares, noise, part)
    sd = np.sqrt(np.maximum(variance, 1e-18))
    away, skew = (shares.measured - true) / sd, third / sd**3
    return straightened(away, skew)


def _moments(shares: Shares, noise: PartNoise, part: Floats) -> tuple[Floats, Floats]:
    """Variance and third central moment of the measured difference, if this is the cohort's true share.

    The whole holds the part: what differs is the part from the rest, times how large the rest is.
    """
    people, everyone, whole = shares.people, shares.everyone, shares.all_share
    rest = 1 - shares.part
    others = np.clip((whole - shares.part * part) / np.where(rest > 0, rest, 1.0), 0.0, 1.0)
    noisy = (
        noise.part.of_all(part) / people**2
        + noise.whole.of_all(whole) / everyone**2
        - 2 * noise.shared(part, whole) / (people * everyone)
    )
    drawn = rest**2 * part * (1 - part) / people + rest * others * (1 - others) / everyone
    third = rest**3 * _third(part) / people**2 - rest * _third(others) / everyone**2
    return np.asarray(np.maximum(noisy, 0.0) + drawn), np.asarray(third)


def _third(share: Floats) -> Floats:
    return np.asarray(share * (1 - share) * (1 - 2 * share))
