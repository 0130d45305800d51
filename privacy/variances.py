"""The exact noise of every table, and of whatever is added up from it.

All noise comes from the residuals, independent of each other, so every variance and covariance of sums over
cells has a closed form. Source: docs/privacy.md, section 5.
"""

from collections.abc import Mapping
from math import prod

import numpy as np
import numpy.typing as npt

from privacy.residuals import AxisSet, divisor, needed_by
from privacy.workload import Axis, Table, Workload

Floats = npt.NDArray[np.float64]
Functional = Mapping[str, Floats]


class Variances:
    """Variances under these scales (units: respondents, squared). `scales`: axis set to its noise's scale."""

    def __init__(self, workload: Workload, scales: Mapping[AxisSet, float]) -> None:
        self._workload = workload
        self._variance = {names: (scale / divisor(workload, names)) ** 2 for names, scale in scales.items()}

    def covariance(self, table: Table, first: Functional, second: Functional) -> float:
        """Noise covariance of two weighted sums of a table's cells.

        A weighted sum is given axis by axis: one weight a cell of the axis; a cell of the table weighs their product.
        Raises: KeyError for an axis without weights.
        """
        axes = [self._workload.axis(name) for name in table.axes]
        ways = {axis.name: _split(axis, first[axis.name], second[axis.name]) for axis in axes}
        return self._sum(table, ways)

    def cell(self, table: Table) -> float:
        """Noise variance of any one cell: in one table it is the same for all."""
        ways = {name: _of_a_cell(self._workload.axis(name)) for name in table.axes}
        return self._sum(table, ways)

    def part(self, table: Table, cells: Mapping[str, Floats], others: Mapping[str, Floats]) -> float:
        """Covariance of two sums over the `of` axes within any one cohort."""
        axes = {name: self._workload.axis(name) for name in table.axes}
        ways = {name: _of_a_cell(axes[name]) for name in table.by}
        ways |= {name: _split(axes[name], cells[name], others[name]) for name in table.of}
        return self._sum(table, ways)

    def _sum(self, table: Table, ways: Mapping[str, tuple[float, float]]) -> float:
        """Over all residuals of the table: its variance, times what each axis passes on, in it or out of it."""
        return sum(
            self._variance[names] * prod(ways[name][0 if name in names else 1] for name in table.axes)
            for names in needed_by(self._workload, table)
        )


def _of_a_cell(axis: Axis) -> tuple[float, float]:
    return ((axis.size - 1) / axis.size, 1 / axis.size**2) if axis.single else (1.0, 0.0)


def _split(axis: Axis, first: Floats, second: Floats) -> tuple[float, float]:
    """What two weightings of an axis share: around their means (in a residual over it), and in their means (not)."""
    whole = float(np.dot(first, second))
    if not axis.single:
        return whole, 0.0
    means = float(first.mean()) * float(second.mean())
    return whole - axis.size * means, means
