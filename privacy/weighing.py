"""What to weigh: how a round's budget goes where it makes figures usable.

The plain sum of squared margins would spend everything on hopeless cells. Here a table's loss saturates: far beyond
the usable margin more budget changes little, far below it too. Source: docs/privacy.md, section 3.
"""

from collections.abc import Collection, Mapping, Sequence
from math import isnan

import numpy as np

from privacy.allocation import allocate
from privacy.closed_form import ClosedForm, even_variances
from privacy.limits import Limit, cheapest, of_cell, of_margins
from privacy.reach import Reach
from privacy.shares import Z95, Floats, noise_of
from privacy.threshold import quantile
from privacy.typical import Crowd, typical_share
from privacy.variances import Variances
from privacy.workload import Table, Workload

_ROUNDS = 40
_SIZES = 0.25  # noise that a cohort's size may have at the threshold, as a part of the cohort
_CLOSE = 1.001
_FAR = 100.0  # times the variance of an even split: what is given up further would buy nobody anything


def usable_weights(
    workload: Workload,
    rho: float,
    crowd: Crowd,
    usable_margin: float,
    insisted: Collection[str] = (),
    wanted: Sequence[Mapping[str, float]] = (),
) -> Mapping[str, float]:
    """Weights for `allocate` that make as many tables usable as rho can buy.

    insisted: names of tables that get at least an even share, however little it helps. wanted: table name to the noise
    margin that its shares should not exceed in a cohort of mean size; the first of them that rho can pay is kept.
    Guarantee: no table for everyone, and none insisted on, is noisier than in an even split (to a thousandth).
    """
    form, even = ClosedForm(workload), even_variances(workload, rho)
    limited = np.array([not table.by or table.name in insisted for table in workload.tables])
    plain = Variances(workload, allocate(workload, rho).scales)
    losses = [_Loss(workload, table, crowd, usable_margin, plain) for table in workload.tables]
    hopeless = np.isin([t.name for t in workload.tables], unreachable(workload, rho, crowd, usable_margin)) & ~limited
    weights, boosts = np.ones(len(losses)), np.ones(len(losses))
    for _ in range(_ROUNDS):
        variances = form.variances(rho, weights)
        boosts = np.where(limited, np.maximum(boosts * variances / even, 1.0), 1.0)
        felt = np.where(hopeless, _FAR * even, np.minimum(variances, _FAR * even))
        slopes = np.array([loss.slope(variance) for loss, variance in zip(losses, felt, strict=True)])
        weights = slopes * boosts
    kept = _wanted_too(workload, rho, crowd, weights, np.where(limited, even, np.inf), wanted)
    if kept is None:
        kept = _within(form, rho, weights, np.where(limited, even, np.inf))
    return {table.name: float(weight) for table, weight in zip(workload.tables, kept, strict=True)}


def unreachable(workload: Workload, rho: float, crowd: Crowd, usable_margin: float) -> tuple[str, ...]:
    """Tables that all of rho could not make usable, if it were spent on each alone."""
    alone = zip(workload.tables, ClosedForm(workload).alone(rho), strict=True)
    return tuple(
        table.name
        for table, variance in alone
        if table.of and Z95 * variance**0.5 / max(float(crowd.answers(workload, table).mean()), 1e-9) > usable_margin
    )


class _Loss:
    """The mean over a table's cohorts of m^2 / (m^2 + u^2): m the margin, u the usable one."""

    def __init__(self, workload: Workload, table: Table, crowd: Crowd, usable_margin: float, plain: Variances) -> None:
        people = crowd.answers(workload, table)
        if table.of:
            self._per_variance = Z95**2 * _of_share(workload, table, plain) / np.maximum(people, 1e-9) ** 2
            self._usable = np.full(people.shape, usable_margin)
        else:
            self._per_variance = np.full(people.shape, quantile(0.05) ** 2)
            self._usable = np.maximum(people * _SIZES, 1.0)

    def slope(self, variance: float) -> float:
        """How fast it falls when the variance of one cell does. m^2 is in proportion to that."""
        margins = self._per_variance * variance
        return float(np.mean(self._per_variance * self._usable**2 / (margins + self._usable**2) ** 2))


def _of_share(workload: Workload, table: Table, plain: Variances) -> float:
    """The noise of a typical share, as a part of that of its cell: what the denominator's noise makes of it."""
    noise = noise_of(workload, plain, table)
    spread = float(noise.of_share(np.array(typical_share(workload, table)), np.array(1.0)))
    return 1.0 if isnan(spread) else spread / noise.cell


def _wanted_too(
    workload: Workload,
    rho: float,
    crowd: Crowd,
    weights: Floats,
    even: Floats,
    wanted: Sequence[Mapping[str, float]],
) -> Floats | None:
    """Weights that keep the first wanted margins that rho can pay, beside the even split; None if it can pay none."""
    if not wanted:
        return None
    reach = Reach.of(workload)
    first = [of_cell(reach, t.name, float(v)) for t, v in zip(workload.tables, even, strict=True) if np.isfinite(v)]
    for margins in wanted:
        both = (*first, *of_margins(workload, reach, crowd, margins))
        needed, least = cheapest(reach, both)
        if needed <= rho:
            return _keeping(reach, rho, weights, both, otherwise=least)
    return None


def _keeping(reach: Reach, rho: float, weights: Floats, kept: Sequence[Limit], otherwise: Floats) -> Floats:
    """Weights raised until every limit is kept; where that does not come to an end, those that surely keep them."""
    of, most = np.array([limit.reached for limit in kept]), np.array([limit.most for limit in kept])
    concerned = np.array([limit.weighed > 0 for limit in kept])
    for _ in range(500):
        ratios = of @ reach.spent(weights, rho) / most
        if ratios.max() <= _CLOSE:
            return weights
        weights = weights * np.maximum(np.where(concerned, ratios[:, None], 1.0).max(axis=0), 1.0) ** 2
    return otherwise


def _within(form: ClosedForm, rho: float, weights: Floats, limits: Floats) -> Floats:
    """Weights raised until no limited table is noisier than its limit; an even split keeps them all, so it ends."""
    for _ in range(500):
        over = form.variances(rho, weights) / limits
        if bool((over <= _CLOSE).all()):
            break
        weights = np.where(over > 1, weights * over**2, weights)
    return weights
