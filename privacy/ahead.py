"""Whether the answer that came out first is truly the most common: the first two against noise and sampling.

The answer that comes out first is picked after looking, so that testing it against the second one-sided would name a
leader too often. Two-sided it does not, however many answers there are: of all ways to be equal, two alone at the top
are the worst. That holds where everybody is in one cell; where a person may be in several, every other answer is
counted as one that might have come first by chance.
Source: Gutmann and Maymin 1987; Hung and Fithian 2019.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ONE = 1.0  # respondents: counts are whole, and a normal distribution is not (continuity)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The two answers that came out first, as indexes, and by how much the first leads, as a share: at least and most.

    `low` is above 0 only where the first is truly the most common, but with a chance of `level`.
    """

    first: int
    second: int
    low: float
    high: float


def ahead(counts: Floats, people: float, noise: float, single: bool, level: float) -> Ahead:
    """The leading answer of one table.

    Shape: counts (answers,), noisy, at least two. people: how many answered. noise: variance of the difference of two
    counts. single: whether everybody is in one cell at most. level: the chance allowed, over noise and, were
    respondents a random sample, sampling, that `low` is above 0 and another answer is as common.
    """
    order = np.argsort(-counts, kind="stable")
    first, second = int(order[0]), int(order[1])
    tries = 2 if single else max(2, counts.size - 1)
    z = NormalDist().inv_cdf(1 - level / tries)
    low, high = _limits(float(counts[first]), float(counts[second]), noise, max(people, _ONE), z)
    return Ahead(first, second, low, high)


def _limits(first: float, second: float, noise: float, people: float, z: float) -> tuple[float, float]:
    """All leads d with (found - d)^2 <= z^2 (noise + sampling), which varies by (both - d^2) / people: two roots.

    That nobody gave both answers is the most that it can vary.
    """
    both = max(first + second, _ONE) / people
    flat = noise / people**2 + both / people
    ends = []
    for side in (-1.0, 1.0):
        found = (first - second + side * _ONE) / people
        square = 1 + z**2 / people
        root = sqrt(max(found**2 - square * (found**2 - z**2 * flat), 0.0))
        ends.append((found + side * root) / square)
    return ends[0], min(ends[1], 1.0)
