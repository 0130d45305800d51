"""The formulas behind every margin, used alike for estimates and for what to expect before a round.

Source: docs/privacy.md, section "Estimates".
"""

from dataclasses import dataclass
from math import prod
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from privacy.workload import Table, Workload

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Denominator:
    """How the people who answered are counted, and how noisy that is.

    `way`: "sum" of the answer cells; "rest" of the size table after the cells that are no answer; "unknown".
    `variance`: of the denominator; `covariance`: of it with one answer cell.
    """

    way: Literal["sum", "rest", "unknown"]
    variance: float
    covariance: float


def denominator(workload: Workload, table: Table, variance: float, size_variance: float) -> Denominator:
    """The less noisy way to count who answered, for a table whose cells have this variance.

    Where one person is in several cells, cells do not add up to people: only "rest" is left, and in tables of
    several questions not even that.
    """
    axes = [workload.axis(name) for name in table.of]
    single = all(axis.single for axis in axes)
    inside = prod(len(axis.inside) for axis in axes)
    outside = prod(axis.size for axis in axes) - inside
    summed, rest = inside * variance, size_variance + outside * variance
    if single and summed <= rest:
        return Denominator("sum", summed, variance)
    if single or len(axes) == 1:
        return Denominator("rest", rest, 0.0)
    return Denominator("unknown", float("nan"), 0.0)


def inside_mask(workload: Workload, names: tuple[str, ...]) -> Mask:
    """Which cells over these axes are answers to all of them. Shape: the axes' sizes."""
    mask = np.ones(tuple(workload.axis(name).size for name in names), dtype=np.bool_)
    for position, name in enumerate(names):
        mask.swapaxes(0, position)[list(workload.axis(name).outside)] = False
    return mask


def ratio_variance(share: Floats, size: Floats, cell: float, whole: float, covariance: float) -> Floats:
    """Noise variance of a cell divided by its denominator, to first order (delta method)."""
    spread = cell + share**2 * whole - 2 * share * covariance
    return np.asarray(np.maximum(spread, 0.0) / size**2)


def sampling_variance(share: Floats, size: Floats) -> Floats:
    """Sampling variance if respondents were a random sample; above zero even at 0 and 1 (Agresti, Coull)."""
    drawn_in = (share * size + Z95**2 / 2) / (size + Z95**2)
    return np.asarray(drawn_in * (1 - drawn_in) / (size + Z95**2))
