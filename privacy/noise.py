"""Discrete Gaussian noise on integers, and what it costs: both are OpenDP's.

This is the only file that draws, and with accounting.py the only one that knows OpenDP.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import inf, isqrt, nextafter, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from opendp.combinators import make_adaptive_composition
from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_gaussian
from opendp.measures import zero_concentrated_divergence
from opendp.metrics import l2_distance
from opendp.mod import enable_features

from privacy.errors import AllocationError

Integers = npt.NDArray[np.int64]

enable_features("contrib")


def add_noise(counts: Integers, scale: float, l2_squared: int) -> Integers:
    """Discrete Gaussian noise on every cell, drawn by OpenDP from the system's randomness.

    Shape: counts (cells,) int64, returned likewise. Units: scale in respondents.
    Guarantee: rho-zCDP with rho = cost(scale, l2_squared).
    """
    if counts.dtype != np.int64 or counts.ndim != 1:
        raise AllocationError("noise is added to flat int64 arrays only")
    cost(scale, l2_squared)
    noisy = _gaussian(scale)(counts.copy())  # OpenDP takes no read-only arrays
    return np.asarray(noisy, dtype=np.int64)


@lru_cache(maxsize=4096)
def cost(scale: float, l2_squared: int) -> float:
    """The rho-zCDP cost of that noise by OpenDP's own map, for neighbours at most sqrt(l2_squared) apart."""
    if not 0 < scale < inf or l2_squared < 0:
        raise AllocationError("noise needs a finite scale above zero and a squared sensitivity of zero or more")
    return float(_gaussian(scale).map(root_above(l2_squared)))


def total_cost(costs: Sequence[float]) -> float:
    """What several costs add up to, by OpenDP's composition (sums are rounded up)."""
    return float(composition(costs).map(1.0)) if costs else 0.0


def composition(costs: Sequence[float]) -> Any:
    """OpenDP's composition of zCDP mechanisms that cost this much each, for neighbours at distance 1."""
    return make_adaptive_composition(
        *_SPACE, output_measure=zero_concentrated_divergence(), d_in=1.0, d_mids=[float(c) for c in costs]
    )


def root_above(integer: int) -> float:
    """The smallest float that is not below the integer's square root."""
    root = float(isqrt(integer)) if isqrt(integer) ** 2 == integer else sqrt(integer)
    while Fraction(root) ** 2 < integer:
        root = nextafter(root, inf)
    return root


def scale_for(rho: float, l2_squared: int) -> float:
    """A scale whose noise costs at most rho by OpenDP's map and by exact fractions, to a few last places."""
    if not 0 < rho < inf or l2_squared < 1:
        raise AllocationError("a table needs a share of rho above zero")
    scale = sqrt(l2_squared / (2 * rho))
    while not _affordable(scale, l2_squared, rho):
        scale = nextafter(scale, inf)
    return scale


def _affordable(scale: float, l2_squared: int, rho: float) -> bool:
    exact = Fraction(l2_squared) / (2 * Fraction(scale) ** 2)
    return exact <= Fraction(rho) and cost(scale, l2_squared) <= rho


def _gaussian(scale: float) -> Any:
    return make_gaussian(*_SPACE, scale)


_SPACE = (vector_domain(atom_domain(T="i64")), l2_distance(T=float))
