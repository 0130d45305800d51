"""How precise a round will be, from public figures, by the formulas that estimate it afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from statistics import NormalDist

import numpy as np

from privacy.allocation import Allocation
from privacy.errors import PrivacyError
from privacy.shares import Z95, Denominator, Floats, denominator, ratio_variance
from privacy.threshold import quantile
from privacy.workload import Axis, Table, Workload


@dataclass(frozen=True, slots=True)
class Expectation:
    """What to expect of one table.

    `margin`: noise margin (95 %) of a typical share in a cohort of mean size; nan where shares are not known.
    `cohorts`: how many cohorts it is split into; `shown`: how many of them should pass the threshold (none
    where their denominator is not known).
    """

    margin: float
    cohorts: int
    shown: float


def expected(
    workload: Workload,
    allocation: Allocation,
    respondents: int,
    cohort_shares: Mapping[str, Sequence[float]],
    *,
    min_cohort: int = 10,
    beta: float = 0.05,
) -> Mapping[str, Expectation]:
    """The expectation of every table, by name, if everybody answers everything.

    Shares: axis name to one number an answer cell (or one a cell), adding up to 1; an axis that is not named
    has equal cohorts. Cohorts of several axes are taken as independent.
    Raises: PrivacyError, AllocationError.
    """
    if respondents < 1:
        raise PrivacyError("expected precision needs at least one respondent")
    if unknown := sorted(set(cohort_shares) - {axis.name for axis in workload.axes}):
        raise PrivacyError(f"there is no axis {unknown[0]!r} to give shares of")
    allocation.check(workload)
    shares = {axis.name: _shares(axis, cohort_shares.get(axis.name)) for axis in workload.axes}
    return {
        table.name: _expect(workload, allocation, table, _sizes(table, respondents, shares), (min_cohort, beta))
        for table in workload.tables
    }


def _expect(
    workload: Workload, allocation: Allocation, table: Table, sizes: Floats, threshold: tuple[int, float]
) -> Expectation:
    own, size, total = (
        allocation.noise(name).scale ** 2 for name in (table.name, workload.size_table(table).name, workload.total.name)
    )
    if table.of:
        whole = denominator(workload, table, own, size)
        variance, divided_by, share = whole.variance, float(sizes.mean()), _typical(workload, table)
    else:
        whole = Denominator("sum", total, total if table.total else 0.0)
        variance, divided_by, share = own, float(sizes.sum()), 1 / sizes.size
    noise = ratio_variance(np.array(share), np.array(divided_by), own, whole.variance, whole.covariance)
    shown = sum(_chance(float(people), variance**0.5, *threshold) for people in sizes)
    return Expectation(float(Z95 * noise**0.5), int(sizes.size), shown)


def _chance(people: float, sd: float, min_cohort: int, beta: float) -> float:
    """The chance that this many answers pass the threshold; none where the denominator is not known."""
    return NormalDist().cdf((people - min_cohort) / sd - quantile(beta)) if sd > 0 else 0.0


def _typical(workload: Workload, table: Table) -> float:
    """The share of an answer if all were equally popular."""
    axes = [workload.axis(name) for name in table.of]
    return min(0.5, prod(axis.touches / max(1, len(axis.inside)) for axis in axes))


def _sizes(table: Table, respondents: int, shares: Mapping[str, Floats]) -> Floats:
    """Expected people in each cohort of the table, flat."""
    split = reduce(np.multiply.outer, (shares[name] for name in table.by), np.ones(()))
    return np.atleast_1d(respondents * split).reshape(-1)


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
