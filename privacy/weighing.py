"""What to weigh: how a round's budget goes where it makes figures usable.

The plain sum of squared margins would spend everything on hopeless cells. Here a table's loss saturates: far beyond
the usable margin more budget changes little, far below it too. Source: docs/privacy.md, section 3.
"""

from collections.abc import Collection, Mapping
from math import isnan

import numpy as np

from privacy.allocation import best_scales, best_variance, even_variance
from privacy.shares import Z95, Floats, Noise, noise_of
from privacy.threshold import quantile
from privacy.typical import Crowd, typical_share
from privacy.variances import Variances
from privacy.workload import Table, Workload

_ROUNDS = 40
_SIZES = 0.25  # noise that a cohort's size may have at the threshold, as a part of the cohort
_BEYOND = 4.0  # the usable margin this many times: from there on a table pulls no less, or it would get nothing at all
_HOPELESS = 0.01  # next to nothing, but what is promised is measured


def usable_weights(
    workload: Workload, rho: float, crowd: Crowd, usable_margin: float, insisted: Collection[str] = ()
) -> Mapping[str, float]:
    """Weights for `allocate` that make as many tables usable as rho can buy.

    insisted: names of tables that get at least an even share, however little it helps.
    Guarantee: no table for everyone, and none insisted on, is noisier than in an even split (to a thousandth).
    """
    even = {t.name: even_variance(workload, t, rho) for t in workload.tables if not t.by or t.name in insisted}
    hopeless = set(unreachable(workload, rho, crowd, usable_margin)) - set(even)
    weights, boosts = {t.name: 1.0 for t in workload.tables}, dict.fromkeys(even, 1.0)
    for _ in range(_ROUNDS):
        variances = Variances(workload, best_scales(workload, rho, weights))
        noise = {table.name: noise_of(workload, variances, table) for table in workload.tables}
        for name, limit in even.items():
            boosts[name] = max(1.0, boosts[name] * noise[name].cell / limit)
        weights = {
            t.name: _pull(workload, t, noise[t.name], crowd, usable_margin)
            * (_HOPELESS if t.name in hopeless else boosts.get(t.name, 1.0))
            for t in workload.tables
        }
    return _within(workload, rho, weights, even)


def unreachable(workload: Workload, rho: float, crowd: Crowd, usable_margin: float) -> tuple[str, ...]:
    """Tables that all of rho could not make usable, if it were spent on each alone."""
    return tuple(
        table.name
        for table in workload.tables
        if table.of and Z95 * best_variance(workload, table, rho) ** 0.5 / _mean(workload, table, crowd) > usable_margin
    )


def _mean(workload: Workload, table: Table, crowd: Crowd) -> float:
    return max(float(crowd.answers(workload, table).mean()), 1e-9)


def _pull(workload: Workload, table: Table, noise: Noise, crowd: Crowd, usable_margin: float) -> float:
    """How fast the loss falls when the variance of one cell does: the mean over cohorts of d/dv of m^2/(m^2 + u^2)."""
    if not table.of:
        people = crowd.people(workload, table)
        tolerated = np.maximum(people * _SIZES, 1.0)
        return _slope(np.full(people.shape, quantile(0.05) ** 2), noise.cell, tolerated)
    answers = np.maximum(crowd.answers(workload, table), 1e-9)
    spread = float(noise.of_share(np.array(typical_share(workload, table)), np.array(1.0)))
    felt = 1.0 if isnan(spread) else spread / noise.cell
    return _slope(Z95**2 * felt / answers**2, noise.cell, np.full(answers.shape, usable_margin))


def _slope(per_variance: Floats, variance: float, limit: Floats) -> float:
    """Mean of d/dv of m^2/(m^2 + u^2), where m^2 = per_variance times v, and m no more than so far beyond u."""
    felt = np.minimum(per_variance * variance, (_BEYOND * limit) ** 2)
    return float(np.mean(per_variance * limit**2 / (felt + limit**2) ** 2))


def _within(
    workload: Workload, rho: float, weights: Mapping[str, float], limits: Mapping[str, float]
) -> Mapping[str, float]:
    """Weights raised until no limited table is noisier than its limit; an even split keeps them all, so it ends."""
    raised = dict(weights)
    for _ in range(500):
        variances = Variances(workload, best_scales(workload, rho, raised))
        over = {name: variances.cell(workload.table(name)) / limit for name, limit in limits.items()}
        if all(ratio <= 1.001 for ratio in over.values()):
            break
        raised |= {name: raised[name] * ratio**2 for name, ratio in over.items() if ratio > 1}
    return raised
