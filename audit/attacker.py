"""An attacker who has seen many releases of either kind, and tells new ones apart by one weighted sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audit.bounds import Errors

Floats = npt.NDArray[np.float64]
Measure = Callable[[Errors], float]

# The least lets what has no noise weigh a thousand times, the most keeps hundreds of noisy features from drowning the
# few that tell.
_RIDGES = (1e-3, 1e-1, 1e1)
_QUANTILES = np.linspace(0.04, 0.96, 47)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Releases as an attacker reads them. Shapes: (releases, features) each; the columns mean the same in both.

    The last column is the sum with the weights that would be best if nothing but the stated noise were there.
    """

    without: Floats
    with_: Floats

    def part(self, start: float, end: float) -> Seen:
        """The releases from one fraction of each kind to another."""
        return Seen(_part(self.without, start, end), _part(self.with_, start, end))


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Says "with the canary" where the weighted sum is above the threshold. Shape: weights (features,)."""

    weights: Floats
    threshold: float

    def errors(self, seen: Seen) -> Errors:
        alarms = int((seen.without @ self.weights > self.threshold).sum())
        misses = int((seen.with_ @ self.weights <= self.threshold).sum())
        return Errors(alarms, len(seen.without), misses, len(seen.with_))


def learn(seen: Seen, measure: Measure) -> Rule:
    """The rule that does best by `measure` on releases that its weights were not fitted to.

    Weights are fitted to the first half; the choice between them and the weights known beforehand, and that of the
    threshold, are made on the second. A bound must be taken on releases that are in neither.
    """
    fitting, choosing = seen.part(0, 0.5), seen.part(0.5, 1)
    known = np.zeros(seen.without.shape[1])
    known[-1] = 1.0
    rules = (rule for weights in (known, *fitted(fitting)) for rule in _rules(weights, choosing))
    return max(rules, key=lambda rule: measure(rule.errors(choosing)))


def fitted(seen: Seen) -> list[Floats]:
    """Weights worth trying: of one number alone, and of linear discriminants, each regularised otherwise.

    Columns that never differ weigh nothing.
    """
    both = np.concatenate([seen.without, seen.with_])
    spread = both.std(axis=0)
    unit = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    apart = (seen.with_.mean(axis=0) - seen.without.mean(axis=0)) * unit
    within = np.concatenate([side - side.mean(axis=0) for side in (seen.without, seen.with_)]) * unit
    covariance = within.T @ within / len(within)
    # One number alone, the one that tells most: a leak without noise is seen there in few releases. It comes first, so
    # that it is preferred to sums that have only happened to do as well so far.
    telling = np.abs(apart) / np.sqrt(np.diag(covariance) + _RIDGES[0])
    alone = np.where(np.arange(len(unit)) == telling.argmax(), np.sign(apart), 0.0)
    return [alone, *(np.linalg.solve(covariance + ridge * np.eye(len(unit)), apart) * unit for ridge in _RIDGES)]


def _rules(weights: Floats, choosing: Seen) -> Iterator[Rule]:
    scores = np.concatenate([choosing.without @ weights, choosing.with_ @ weights])
    low, high = (np.median(side @ weights) for side in (choosing.without, choosing.with_))
    for threshold in ((low + high) / 2, *np.quantile(scores, _QUANTILES)):
        yield Rule(weights, float(threshold))


def _part(side: Floats, start: float, end: float) -> Floats:
    return side[round(start * len(side)) : round(end * len(side))]
