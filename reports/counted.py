"""A round's noisy tables with their exact noise and the thresholds it promised: what statistics are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.measurement import Measurement
from privacy.ratios import RatioNoise
from privacy.reconstruction import reconstruct
from privacy.selection import shift
from privacy.sums import Sum, Term, covariance, values
from privacy.threshold import judged, large_enough, quantile
from privacy.variances import Variances
from privacy.workload import Table, Workload
from survey.rounds.promise import Promise

Floats = npt.NDArray[np.float64]
Statuses = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Unbiased tables by name. Shapes: the tables'."""

    workload: Workload
    variances: Variances
    tables: Mapping[str, Floats]
    promise: Promise

    @classmethod
    def of(cls, measurement: Measurement, promise: Promise) -> Counted:
        variances = Variances(measurement.workload, measurement.scales)
        return cls(measurement.workload, variances, reconstruct(measurement), promise)

    def table(self, axis: str, by: tuple[str, ...]) -> Table | None:
        """The table of one axis in these cohorts, if it was measured."""
        found = (t for t in self.workload.tables if t.of == (axis,) and t.by == by and t.name in self.tables)
        return next(found, None)

    @property
    def cohort_sets(self) -> tuple[tuple[str, ...], ...]:
        """Everyone first, then the sets of cohort questions whose sizes were measured, in the manifest's order."""
        return tuple(t.by for t in self.workload.tables if not t.of and t.name in self.tables)

    def answers(self, table: Table) -> Floats:
        """The answer cells of a table of one axis. Shape: the cohorts', and one entry an answer."""
        return self.tables[table.name][..., list(self.workload.axis(table.of[0]).inside)]

    def weigh(self, table: Table, worth: Floats | float) -> Term:
        """The answer cells of a table of one axis, each times its worth; cells that are no answer are left out."""
        axis = self.workload.axis(table.of[0])
        weights = np.zeros(axis.size)
        weights[list(axis.inside)] = worth
        return Term(table, {axis.name: weights})

    def answered(self, table: Table) -> Sum:
        """Who answered in each cohort of a table of one axis: where a person may be in several cells, the rest."""
        axis = self.workload.axis(table.of[0])
        if axis.single:
            return [self.weigh(table, 1.0)]
        outside = np.zeros(axis.size)
        outside[list(axis.outside)] = -1.0
        return [Term(self.workload.size_table(table), {}), Term(table, {axis.name: outside})]

    def values(self, total: Sum) -> Floats:
        """Of a weighted sum, in every cohort. Shape: the cohorts'."""
        return values(self.tables, total)

    def covariance(self, first: Sum, second: Sum) -> float:
        """Of the noise of two sums within one cohort, or of one there and one in everyone."""
        return covariance(self.workload, self.variances, first, second)

    def noise(self, above: Sum, below: Sum) -> RatioNoise:
        """Of a ratio of two sums."""
        pairs = ((above, above), (above, below), (below, below))
        return RatioNoise(*(self.covariance(first, second) for first, second in pairs))

    def statuses(self, by: tuple[str, ...], answered: Floats, variance: float, margins: Floats) -> Statuses:
        """Of figures in these cohorts, where this many answered; margins as parts of what a figure can be.

        Shapes: equal, one entry a cohort.
        """
        promise = self.promise
        size = next(table for table in self.workload.tables if table.by == by and not table.of)
        people, noise = self.tables[size.name].reshape(-1), self.variances.cell(size) ** 0.5
        enough = large_enough(answered, variance**0.5, promise.min_cohort, promise.beta)
        enough &= large_enough(people, noise, promise.min_cohort, promise.beta)
        return judged(enough, margins > promise.usable_margin)

    def shift(self, answered: Floats, variance: float, widest: float) -> Floats:
        """How many noise is likely to have added to those who answered where a figure of theirs is shown.

        `widest`: the margin that decides whether it is uncertain, times those who answered: the same in all cohorts.
        """
        promise, sd = self.promise, variance**0.5
        least = max(promise.min_cohort + quantile(promise.beta) * sd, widest / promise.usable_margin)
        return shift(answered, sd, least)
