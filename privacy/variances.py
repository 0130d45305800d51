"""The exact noise of every table, and of whatever is added up from it.

All noise comes from the residuals, independent of each other, so every variance and covariance of sums over
cells has a closed form. Source: docs/privacy.md, section 5.
"""

from collections.abc import Iterable, Mapping, Sequence
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
        return self.between((table, first), (table, second))

    def between(self, one: tuple[Table, Functional], other: tuple[Table, Functional]) -> float:
        """Noise covariance of weighted sums of two tables' cells, each given as in `covariance`.

        Two tables share the noise of the residuals that both are made of, the total's among them, and no other.
        Raises: KeyError for an axis without weights.
        """
        (table, _), (second_table, _) = one, other
        names = [axis.name for axis in self._workload.axes if axis.name in {*table.axes, *second_table.axes}]
        weights = {name: [w[name] for t, w in (one, other) if name in t.axes] for name in names}
        ways = {name: _passed_on(self._workload.axis(name), found) for name, found in weights.items()}
        shared = set(needed_by(self._workload, table)) & set(needed_by(self._workload, second_table))
        return self._over(sorted(shared), ways)

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
        return self._over(needed_by(self._workload, table), ways)

    def _over(self, residuals: Iterable[AxisSet], ways: Mapping[str, tuple[float, float]]) -> float:
        """Over these residuals: the variance of each, times what each axis passes on, in it or out of it."""
        return sum(
            self._variance[names] * prod(way[0 if axis in names else 1] for axis, way in ways.items())
            for names in residuals
        )


def _of_a_cell(axis: Axis) -> tuple[float, float]:
    return ((axis.size - 1) / axis.size, 1 / axis.size**2) if axis.single else (1.0, 0.0)


def _passed_on(axis: Axis, weights: Sequence[Floats]) -> tuple[float, float]:
    """The same of one axis of two tables, or of an axis that one of them has alone: no shared residual is over it."""
    if len(weights) == 2:
        return _split(axis, weights[0], weights[1])
    return 0.0, float(weights[0].mean())


def _split(axis: Axis, first: Floats, second: Floats) -> tuple[float, float]:
    """What two weightings of an axis share: around their means (in a residual over it), and in their means (not)."""
    whole = float(np.dot(first, second))
    if not axis.single:
        return whole, 0.0
    means = float(first.mean()) * float(second.mean())
    return whole - axis.size * means, means
