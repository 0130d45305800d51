"""Who is expected to take part, in public figures only: what planning a round may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import prod

import numpy as np
import numpy.typing as npt

from privacy.errors import PrivacyError
from privacy.workload import Axis, Table, Workload

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Crowd:
    """The expected respondents.

    `shares`: axis name to one number an answer cell (or one a cell), adding up to 1; an axis that is not named has
    equal cohorts. Cohorts of several axes are taken as independent. `answering`: axis name to the part of all
    respondents that is expected to answer it, above 0 and at most 1; everybody where it is not named.
    Raises: PrivacyError.
    """

    respondents: int
    shares: Mapping[str, Sequence[float]] = field(default_factory=dict)
    answering: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse figures that no crowd can have."""
        if self.respondents < 1:
            raise PrivacyError("expected precision needs at least one respondent")
        for name, part in self.answering.items():
            if not 0 < part <= 1:
                raise PrivacyError(f"axis {name!r}: the part that answers it must be above 0 and at most 1")

    def check(self, workload: Workload) -> None:
        """Raises: PrivacyError if it speaks of axes that the workload does not have."""
        known = {axis.name for axis in workload.axes}
        if unknown := sorted({*self.shares, *self.answering} - known):
            raise PrivacyError(f"there is no axis {unknown[0]!r} to give shares of")

    def people(self, workload: Workload, table: Table) -> Floats:
        """Expected people in each cohort of the table. Shape: (cohorts,), without the cells that are no answer."""
        each = (_shares(axis, self.shares.get(axis.name)) for axis in map(workload.axis, table.by))
        split = reduce(np.multiply.outer, each, np.ones(()))
        return np.atleast_1d(self.respondents * split).reshape(-1)

    def answers(self, workload: Workload, table: Table) -> Floats:
        """Expected people in each cohort who answer what the table counts. Shape: (cohorts,)."""
        return self.people(workload, table) * prod(self.answering.get(name, 1.0) for name in table.of)


def typical_share(workload: Workload, table: Table) -> float:
    """The share of an answer if all were equally popular; at most one half, where noise matters most."""
    axes = [workload.axis(name) for name in table.of]
    return min(0.5, prod(axis.touches / max(1, len(axis.inside)) for axis in axes))


def _shares(axis: Axis, given: Sequence[float] | None) -> Floats:
    """One share an answer cell, adding up to what the answer cells hold."""
    inside = list(axis.inside)
    if given is None:
        return np.full(len(inside), 1 / max(1, len(inside)))
    shares = np.asarray(given, dtype=np.float64)
    fits = shares.shape in {(len(inside),), (axis.size,)}
    if not fits or not bool((shares >= 0).all()) or abs(float(shares.sum()) - 1) > 1e-3:
        raise PrivacyError(f"axis {axis.name!r}: give {len(inside)} shares of zero or more that add up to 1")
    return shares if shares.size == len(inside) else shares[inside]
