"""How likely the most common answer comes out first, by quadrature: no random numbers, the same each time."""

from math import erf, sqrt
from statistics import NormalDist

import numpy as np

from privacy.shares import Floats

_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(64)
_cdf = np.vectorize(lambda z: 0.5 * (1 + erf(z / sqrt(2))), otypes=[np.float64])


def chance_first(counts: Floats, sds: Floats) -> float:
    """The chance that the largest count is still the largest once normal noise is added to all of them.

    Shapes: (answers,), the expected counts and the sd of the noise of each, independent. With one answer it is 1.
    """
    top = int(np.argmax(counts))
    others = np.delete(np.arange(counts.size), top)
    reached = counts[top] + sds[top] * sqrt(2) * _NODES
    below = _cdf((reached[:, None] - counts[others]) / np.maximum(sds[others], 1e-12))
    return float(np.dot(_WEIGHTS, below.prod(axis=1)) / sqrt(np.pi))


def safe_lead(sd: float, chance: float = 0.95) -> float:
    """By how many respondents one answer must lead another to stay ahead with this chance. sd: of their difference."""
    return NormalDist().inv_cdf(chance) * sd
