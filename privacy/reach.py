"""How much of each residual's noise reaches each table: for planning, where one round is weighed hundreds of times.

Every variance of a round is linear in those of its residuals. Worked out once, weighing is a product of matrices.
"""

from dataclasses import dataclass
from math import isnan

import numpy as np

from privacy.closed_form import passed_on, price_of_variance
from privacy.residuals import AxisSet, closure, divisor, needed_by
from privacy.shares import Floats, noise_of
from privacy.typical import typical_share
from privacy.variances import Variances
from privacy.workload import Table, Workload


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The noise of a workload's tables as matrices over its residuals.

    Shapes: `cell` and `share` are (tables, residuals), `costs` (residuals,).
    Units: times the variances of the residuals, `cell` is the variance of one cell of a table, `share` that of a
    typical share times the square of how many answered; costs are rho times the variance of a residual.
    """

    tables: tuple[str, ...]
    costs: Floats
    cell: Floats
    share: Floats

    @classmethod
    def of(cls, workload: Workload) -> "Reach":
        """In the order of the workload's tables and of its closure."""
        sets = closure(workload)
        place = {axes: index for index, axes in enumerate(sets)}
        cell, share = (np.zeros((len(workload.tables), len(sets))) for _ in range(2))
        for row, table in enumerate(workload.tables):
            for axes in needed_by(workload, table):
                cell[row, place[axes]] = passed_on(workload, table, axes)
            for axes, reached in _of_share(workload, table).items():
                share[row, place[axes]] = reached
        costs = np.array([price_of_variance(workload, axes) for axes in sets])
        return cls(tuple(table.name for table in workload.tables), costs, cell, share)

    def row(self, name: str) -> int:
        """Where a table stands."""
        return self.tables.index(name)

    def spent(self, weights: Floats, rho: float) -> Floats:
        """Variances of the residuals when `allocate` divides rho by these weights. Shape: (residuals,)."""
        prices = np.sqrt(self.costs * (self.cell.T @ weights))
        return np.asarray(self.costs * prices.sum() / (rho * prices))


def _of_share(workload: Workload, table: Table) -> dict[AxisSet, float]:
    """One residual at a time, by the formulas that estimate: whatever they say of a table is linear in it.

    Of a size table, and where nobody knows who answered, it is the cell alone.
    """
    own = {axes: passed_on(workload, table, axes) for axes in needed_by(workload, table)}
    if not table.of:
        return own
    read = (table, workload.size_table(table), workload.total)
    needed = tuple(dict.fromkeys(axes for one in read for axes in needed_by(workload, one)))
    share, reached = np.array(typical_share(workload, table)), {}
    for axes in needed:
        alone = {other: float(divisor(workload, other)) if other == axes else 0.0 for other in needed}
        reached[axes] = float(noise_of(workload, Variances(workload, alone), table).of_share(share, np.array(1.0)))
    return own if any(map(isnan, reached.values())) else reached
