"""Score intervals: what a measurement does not contradict, where its spread depends on what is true."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_HALVINGS = 30
_STRAIGHT = 1e-6  # a skewness below this is none


def straightened(away: Floats, skew: Floats) -> Floats:
    """Deviations in standard deviations as values of a standard normal variable, never further away than they were.

    A few people in a rare answer are skewed: the third moment is taken off (Wilson and Hilferty's cube root).
    Shapes: equal.
    """
    bent = np.where(np.abs(skew) < _STRAIGHT, _STRAIGHT, skew)
    rooted = 6 / bent * (np.cbrt(1 + bent * away / 2) - 1) + bent / 6
    nearer = np.minimum(np.abs(away), np.maximum(np.sign(away) * rooted, 0.0))
    return np.where(np.abs(skew) < _STRAIGHT, away, np.sign(away) * nearer)


def not_contradicted(measured: Floats, deviation: Callable[[Floats], Floats], z: float) -> tuple[Floats, Floats]:
    """The least and the greatest difference from -1 to 1 that a measured one is within z of, found by halving.

    deviation: how far the measured differences are from true ones, of a shape that ends in theirs.
    """
    side = np.array([-1.0, 1.0]).reshape(2, *(1,) * measured.ndim)  # both at once
    furthest = side + 0 * measured
    inside, outside = np.clip(measured, -1.0, 1.0) + 0 * side, furthest
    for _ in range(_HALVINGS):
        half = (inside + outside) / 2
        within = -side * deviation(half) <= z
        inside, outside = np.where(within, half, inside), np.where(within, outside, half)
    low, high = np.where(-side * deviation(furthest) <= z, furthest, inside)
    return low, high
