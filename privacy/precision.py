"""How precise a round will be, from public figures, by the formulas that estimate it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from privacy.allocation import Allocation
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
    `margin`: the noise margin in a cohort of mean size. `chances`: that the cohort passes the threshold.
    """

    sd: float
    answers: Floats
    margin: float
    margins: Floats
    sampling: Floats
    chances: Floats

    @property
    def cohorts(self) -> int:
        """How many cohorts it is split into."""
        return int(self.answers.size)

    def shown(self, usable_margin: float) -> float:
        """How many cohorts should be shown: large enough, and not too uncertain to use."""
        return float(self.chances[~(self.margins > usable_margin)].sum())


def expected(
    workload: Workload, allocation: Allocation, crowd: Crowd, *, min_cohort: int = 10, beta: float = 0.05
) -> Mapping[str, Expectation]:
    """The expectation of every table, by name. Raises: PrivacyError, AllocationError."""
    crowd.check(workload)
    allocation.check(workload)
    variances = Variances(workload, allocation.scales)
    return {table.name: _expect(workload, variances, table, crowd, (min_cohort, beta)) for table in workload.tables}


def _expect(
    workload: Workload, variances: Variances, table: Table, crowd: Crowd, threshold: tuple[int, float]
) -> Expectation:
    noise, answers = noise_of(workload, variances, table), crowd.answers(workload, table)
    variance = noise.whole if table.of else noise.cell
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
        chances=np.array([_chance(float(people), variance**0.5, *threshold) for people in answers]),
    )


def _chance(people: float, sd: float, min_cohort: int, beta: float) -> float:
    """The chance that this many answers pass the threshold; none where the denominator is not known."""
    return NormalDist().cdf((people - min_cohort) / sd - quantile(beta)) if sd > 0 else 0.0
