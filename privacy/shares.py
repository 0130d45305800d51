"""The formulas behind every margin, used alike for estimates and for what to expect before a round.

Source: docs/privacy.md, section "Estimates".
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from privacy.variances import Variances
from privacy.workload import Table, Workload

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one table, the same for all its cells and cohorts. Units: respondents, squared.

    `cell`: variance of one cell. `way`: how those who answered are counted in a cohort: "sum" of its answer cells;
    "rest" of its size after the cells that are no answer; "total" of the round, for cohort sizes; "unknown".
    `whole`: variance of that number; `covariance`: of it with one answer cell.
    """

    cell: float
    way: Literal["sum", "rest", "total", "unknown"]
    whole: float
    covariance: float

    def of_share(self, share: Floats, size: Floats) -> Floats:
        """Noise variance of a cell divided by its denominator, to first order (delta method)."""
        spread = self.cell + share**2 * self.whole - 2 * share * self.covariance
        return np.asarray(np.maximum(spread, 0.0) / size**2)


def noise_of(workload: Workload, variances: Variances, table: Table) -> Noise:
    """The noise of this table.

    Where a person is in one cell of each axis, the answer cells add up to those who answered. On an axis of several
    they do not, and the cohort's size is measured apart; in tables of several such questions nothing is left.
    """
    cell = variances.cell(table)
    axes = [workload.axis(name) for name in table.of]
    if not axes:
        whole = variances.cell(workload.total)
        everybody = {name: np.ones(workload.axis(name).size) for name in table.by}
        return Noise(cell, "total", whole, variances.covariance(table, _first_cell(workload, table.by), everybody))
    inside = {axis.name: _inside(axis.size, axis.inside) for axis in axes}
    if all(axis.single for axis in axes):
        an_answer = {axis.name: _one(axis.size, axis.inside) for axis in axes}
        whole, shared = variances.part(table, inside, inside), variances.part(table, an_answer, inside)
        return Noise(cell, "sum", whole, shared)
    if len(axes) == 1:
        whole = variances.cell(workload.size_table(table)) + len(axes[0].outside) * cell
        return Noise(cell, "rest", whole, 0.0)
    return Noise(cell, "unknown", float("nan"), 0.0)


def inside_mask(workload: Workload, names: tuple[str, ...]) -> Mask:
    """Which cells over these axes are answers to all of them. Shape: the axes' sizes."""
    mask = np.ones(tuple(workload.axis(name).size for name in names), dtype=np.bool_)
    for position, name in enumerate(names):
        mask.swapaxes(0, position)[list(workload.axis(name).outside)] = False
    return mask


def sampling_variance(share: Floats, size: Floats) -> Floats:
    """Sampling variance if respondents were a random sample; above zero even at 0 and 1 (Agresti, Coull)."""
    drawn_in = (share * size + Z95**2 / 2) / (size + Z95**2)
    return np.asarray(drawn_in * (1 - drawn_in) / (size + Z95**2))


def _inside(size: int, cells: tuple[int, ...]) -> Floats:
    weights = np.zeros(size)
    weights[list(cells)] = 1.0
    return weights


def _one(size: int, cells: tuple[int, ...]) -> Floats:
    """The first answer cell; which one makes no difference to its noise."""
    return _inside(size, cells[:1])


def _first_cell(workload: Workload, names: tuple[str, ...]) -> dict[str, Floats]:
    return {name: _inside(workload.axis(name).size, (0,)) for name in names}
