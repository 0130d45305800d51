"""What a round can carry: the least rho that keeps every table within the noise it may have.

Source: docs/privacy.md, section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from privacy.reach import Reach
from privacy.shares import Z95, Floats
from privacy.typical import Crowd, typical_share
from privacy.workload import Table, Workload

_ROUNDS = 100
_UNLIMITED = 1e-9  # of a table without a limit: it gets next to nothing


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """At most this variance of what is linear in the residuals.

    Shapes: `reached` (residuals,); `weighed` (tables,), the weights whose sum of cell variances stands for it.
    """

    reached: Floats
    weighed: Floats
    most: float


def of_cell(reach: Reach, name: str, most: float) -> Limit:
    """A cell of this table has at most this variance."""
    weighed = np.zeros(len(reach.cell))
    weighed[reach.row(name)] = 1.0
    return Limit(reach.cell[reach.row(name)], weighed, most)


def of_margins(workload: Workload, reach: Reach, crowd: Crowd, wanted: Mapping[str, float]) -> tuple[Limit, ...]:
    """Margins of shares as limits. wanted: table name to the noise margin in a cohort of mean size."""
    return tuple(_of_margin(workload, reach, crowd, workload.table(name), most) for name, most in wanted.items())


def _of_margin(workload: Workload, reach: Reach, crowd: Crowd, table: Table, margin: float) -> Limit:
    people = mean_answers(workload, table, crowd) if table.of else float(crowd.respondents)
    weighed = of_cell(reach, table.name, 0.0).weighed
    if any(not workload.axis(name).single for name in table.of):
        # People in several cells are counted in the size table: a share is no better than that.
        weighed[reach.row(workload.size_table(table).name)] += typical_share(workload, table) ** 2
    return Limit(reach.share[reach.row(table.name)], weighed, (margin * people / Z95) ** 2)


def cheapest(reach: Reach, kept: Sequence[Limit], enough: float = 0.0) -> tuple[float, Floats]:
    """About the least rho that keeps all limits, never below it, and the weights of tables that do. Shape: (tables,).

    enough: a rho at which the search may end, one way or the other: whether it keeps them is then known.

    How: all start as if no two shared noise, where the best weights are known, and are then raised and lowered until
    each is as close to its limit as the others. What is returned is what those weights need, so they keep the limits.
    """
    of, most = np.array([limit.reached for limit in kept]), np.array([limit.most for limit in kept])
    weighed, pulls = np.array([limit.weighed for limit in kept]), most**-2.0
    best, least = np.ones(len(reach.cell)), np.inf
    for turn in range(_ROUNDS):
        weights = pulls @ weighed
        weights = np.maximum(weights, weights.max() * _UNLIMITED)
        ratios = of @ reach.spent(weights, 1.0) / most
        if ratios.max() < least:
            best, least = weights, float(ratios.max())
        if least <= enough or (enough and turn % 10 == 9 and _at_least(reach, of, most, pulls) > enough):
            break
        pulls = pulls * ratios / ratios.max()
    return least, best


def _at_least(reach: Reach, of: Floats, most: Floats, pulls: Floats) -> float:
    """No smaller rho keeps the limits, however they are weighed against each other (Cauchy and Schwarz)."""
    return float(np.sqrt(reach.costs * (pulls @ of)).sum() ** 2 / (pulls @ most))


def mean_answers(workload: Workload, table: Table, crowd: Crowd) -> float:
    """How many answer it in a cohort of mean size."""
    return max(float(crowd.answers(workload, table).mean()), 1e-9)
