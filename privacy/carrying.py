"""Which tables a round can carry: tried for many choices of tables, before one of them is promised."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from privacy.closed_form import even_variances
from privacy.limits import Limit, cheapest, of_cell, of_margins
from privacy.reach import Reach
from privacy.typical import Crowd
from privacy.workload import Workload


@dataclass(frozen=True, slots=True, eq=False)
class Carrier:
    """All tables that a round might have, and the noise that each may have."""

    reach: Reach
    wanted: Mapping[str, Limit]
    even: Mapping[str, Limit]

    @classmethod
    def of(cls, workload: Workload, crowd: Crowd, wanted: Mapping[str, float]) -> "Carrier":
        """wanted: table name to the noise margin that its shares should not exceed in a cohort of mean size."""
        reach = Reach.of(workload)
        margins = dict(zip(wanted, of_margins(workload, reach, crowd, wanted), strict=True))
        each = even_variances(workload, 1.0) / len(workload.tables)
        alone = {t.name: float(v) for t, v in zip(workload.tables, each, strict=True) if not t.by}
        return cls(reach, margins, {name: of_cell(reach, name, most) for name, most in alone.items()})

    def fits(self, rho: float, tables: Collection[str]) -> bool:
        """Whether rho keeps the wanted margins in these tables."""
        return self._least(rho, tables, rho) <= rho

    def load(self, rho: float, tables: Collection[str]) -> float:
        """The part of rho that keeps the wanted margins in these tables; above 1 where it cannot be done.

        The tables for everyone are never noisier than in an even split, as `usable_weights` has it.
        """
        return self._least(rho, tables, 0.0) / rho

    def _least(self, rho: float, tables: Collection[str], enough: float) -> float:
        rows = np.array([row for row, name in enumerate(self.reach.tables) if name in tables])
        columns = self.reach.cell[rows].any(axis=0) | self.reach.share[rows].any(axis=0)
        names = tuple(self.reach.tables[row] for row in rows)
        cell, share = self.reach.cell[np.ix_(rows, columns)], self.reach.share[np.ix_(rows, columns)]
        even = len(rows) / rho
        kept = [limit for name, limit in self.wanted.items() if name in tables]
        kept += [replace(limit, most=limit.most * even) for name, limit in self.even.items() if name in tables]
        within = [Limit(one.reached[columns], one.weighed[rows], one.most) for one in kept]
        return cheapest(Reach(names, self.reach.costs[columns], cell, share), within, enough)[0]
