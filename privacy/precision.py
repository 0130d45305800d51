"""How precise a round will be, from public figures, by the formulas that estimate it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from statistics import NormalDist

import numpy as np

from privacy.allocation import Allocation
from privacy.residuals import AxisSet
from privacy.shares import Z95, Floats, noise_of, sampling_variance
from privacy.threshold import quantile
from privacy.typical import Crowd, typical_share
from privacy.variances import Variances
from privacy.workload import Table, Workload


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What to expect of one table. Shapes: arrays have one entry a cohort.

    `sd`: noise of one cell, in respondents. `answers`: how many are expected to answer it. `margins`: noise margin
    (95 %) of a typical share, nan where shares are not known; `sampling`: the margin of sampling beside it.
    `margin`: the noise margin in a cohort of mean size. `needed`: how many answers must be counted for a cohort to pass
    the threshold; `spread`: the sd of that count, by noise and by who happens to answer. `of_all`: whether shares are
    of all respondents, as those of cohort sizes are. `lead`: noise (sd, in respondents) of how far one answer is ahead
    of another in the same cohort; nan where a table is not of one question with at least two answers.
    """

    sd: float
    answers: Floats
    margin: float
    margins: Floats
    sampling: Floats
    needed: float
    spread: Floats
    of_all: bool
    lead: float

    @property
    def cohorts(self) -> int:
        """How many cohorts it is split into."""
        return int(self.answers.size)

    def chances(self, usable_margin: float) -> Floats:
        """The chance that a typical figure of each cohort is shown: enough answered, and it is not too uncertain.

        Both need a large enough count of answers, because a share's margin falls as that rises. Where no share is
        given, the first alone counts. Shape: (cohorts,).
        """
        certain = np.nan_to_num(self.margins * self.answers / usable_margin, nan=0.0)
        if self.of_all:
            certain = np.where(self.margins > usable_margin, np.inf, 0.0)
        surplus = (self.answers - np.maximum(self.needed, certain)) / np.maximum(self.spread, 1e-9)
        return np.array([NormalDist().cdf(float(z)) for z in surplus])

    def shown(self, usable_margin: float) -> float:
        """How many cohorts should be shown: large enough, and not too uncertain to use."""
        return float(self.chances(usable_margin).sum())


def expected(
    workload: Workload, allocation: Allocation, crowd: Crowd, *, min_cohort: int = 10, beta: float = 0.05
) -> Mapping[str, Expectation]:
    """The expectation of every table, by name. Raises: PrivacyError, AllocationError."""
    allocation.check(workload)
    return expected_under(workload, allocation.scales, crowd, min_cohort=min_cohort, beta=beta)


def expected_under(
    workload: Workload, scales: Mapping[AxisSet, float], crowd: Crowd, *, min_cohort: int = 10, beta: float = 0.05
) -> Mapping[str, Expectation]:
    """The same for noise of these scales, whatever it costs: for planning. Raises: PrivacyError."""
    crowd.check(workload)
    variances = Variances(workload, scales)
    return {table.name: _expect(workload, variances, table, crowd, (min_cohort, beta)) for table in workload.tables}


def _expect(
    workload: Workload, variances: Variances, table: Table, crowd: Crowd, threshold: tuple[int, float]
) -> Expectation:
    noise, answers = noise_of(workload, variances, table), crowd.answers(workload, table)
    own, sized = noise.whole if table.of else noise.cell, variances.cell(workload.size_table(table))
    variance = max(own, sized) if own > 0 else own  # the cohort's size has to pass as well; nan stays nan
    if table.of:
        share, divided_by = np.full(answers.shape, typical_share(workload, table)), answers
    else:
        share, divided_by = answers / crowd.respondents, np.full(answers.shape, float(crowd.respondents))
    mean = noise.of_share(share.mean(), divided_by.mean())
    sampling = np.zeros(share.shape) if table.total else sampling_variance(share, divided_by)
    return Expectation(
        sd=noise.cell**0.5,
        answers=answers,
        margin=float(Z95 * mean**0.5),
        margins=np.asarray(Z95 * np.sqrt(noise.of_share(share, np.maximum(divided_by, 1.0)))),
        sampling=np.asarray(Z95 * np.sqrt(sampling)),
        needed=threshold[0] + quantile(threshold[1]) * variance**0.5 if variance > 0 else float("inf"),
        spread=np.sqrt(np.nan_to_num(variance) + answers * np.maximum(0.0, 1 - answers / crowd.respondents)),
        of_all=not table.of,
        lead=_lead(workload, variances, table),
    )


def _lead(workload: Workload, variances: Variances, table: Table) -> float:
    if len(table.of) != 1 or len(workload.axis(table.of[0]).inside) < 2:
        return nan
    axis = workload.axis(table.of[0])
    ahead = np.zeros(axis.size)
    ahead[list(axis.inside[:2])] = 1.0, -1.0
    return float(variances.part(table, {axis.name: ahead}, {axis.name: ahead}) ** 0.5)
