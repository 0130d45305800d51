"""The division of rho that makes a weighted sum of the tables' variances smallest, and what it makes of each table.

Noise of variance v on a residual costs c / v, and a cell of table t receives f v of it; then c / v has its best part
of rho in proportion to sqrt(c times the weighted sum of f) (Cauchy and Schwarz).
Source: docs/privacy.md, section 3; Xiao, He, Zhang and Kifer 2023.
"""

from math import prod

import numpy as np
import numpy.typing as npt

from privacy.residuals import AxisSet, closure, needed_by
from privacy.workload import Table, Workload

Floats = npt.NDArray[np.float64]


class ClosedForm:
    """For one workload. Arrays have an entry a table in the workload's order, or a residual in its closure's."""

    def __init__(self, workload: Workload) -> None:
        self.sets = closure(workload)
        place = {axes: index for index, axes in enumerate(self.sets)}
        self._costs = np.array([price_of_variance(workload, axes) for axes in self.sets])
        self._passed_on = np.zeros((len(workload.tables), len(self.sets)))
        for row, table in enumerate(workload.tables):
            for axes in needed_by(workload, table):
                self._passed_on[row, place[axes]] = passed_on(workload, table, axes)

    def parts(self, weights: Floats) -> Floats:
        """The part of rho that each residual gets; they add up to 1. Weights: above zero, one a table."""
        prices = np.sqrt(self._costs * (weights / weights.max() @ self._passed_on))
        return np.asarray(prices / prices.sum())

    def variances(self, rho: float, weights: Floats) -> Floats:
        """The variance of one cell of each table under these parts. Units: respondents, squared."""
        return np.asarray(self._passed_on @ (self._costs / (rho * self.parts(weights))))

    def alone(self, rho: float) -> Floats:
        """The same of each table if all of rho were spent on it."""
        return np.asarray((np.sqrt(self._costs * self._passed_on).sum(axis=1)) ** 2 / rho)


def even_variances(workload: Workload, rho: float) -> Floats:
    """The same if every table got an equal part of rho and noise of its own, shared with none."""
    touched = [prod(axis.touches for axis in workload.axes_of(table)) for table in workload.tables]
    return np.array(touched) * len(touched) / (2 * rho)


def price_of_variance(workload: Workload, axes: AxisSet) -> float:
    """rho times the variance of a residual after its division."""
    return prod((a.size - 1) / a.size if a.single else float(a.touches) for a in map(workload.axis, axes)) / 2


def passed_on(workload: Workload, table: Table, axes: AxisSet) -> float:
    """How much of the variance of a residual over these axes reaches one cell of the table."""
    inside = prod((axis.size - 1) / axis.size for axis in map(workload.axis, axes) if axis.single)
    outside = prod(float(workload.axis(name).size) ** -2 for name in table.axes if name not in axes)
    return inside * outside
