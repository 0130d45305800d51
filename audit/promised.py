"""What a round promised, and how its canary is looked for by someone who trusts that promise.

With faults.py the only file here that knows how the engine measures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import plan_of
from audit.bounds import mu_of
from audit.scenarios import Scenario
from privacy.measurement import Measurement
from privacy.residuals import AxisSet, closure, residual
from survey.rounds.manifest import Manifest

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Promised:
    """One response added or removed: (epsilon, delta), and mu of the Gaussian noise that the promised rho buys."""

    epsilon: float
    delta: float
    mu: float


def promised(manifest: Manifest) -> Promised:
    promise = manifest.promise
    return Promised(promise.epsilon, promise.delta, mu_of(promise.rho))


class Suspicion:
    """The best weighted sum, if nothing but the stated noise hides the canary: the Neyman-Pearson statistic.

    Everything it needs is public, or known to someone who knows all answers but one.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._without, self._with = (_exact(scenario, canary) for canary in (False, True))

    def of(self, files: Mapping[str, bytes]) -> float:
        """The logarithm of the odds that the canary answered. Above zero: rather yes."""
        measurement = Measurement.from_json(json.loads(files["measurements.json"]))
        return sum(self._told(axes, noisy.values, noisy.scale) for axes, noisy in measurement.residuals.items())

    def _told(self, axes: AxisSet, values: npt.NDArray[np.int64], scale: float) -> float:
        without, with_ = self._without[axes], self._with[axes]
        return float(((with_ - without) * (values - (with_ + without) / 2)).sum() / scale**2)


def _exact(scenario: Scenario, canary: bool) -> Mapping[AxisSet, Floats]:
    manifest = scenario.manifest()
    workload, _ = plan_of(manifest.form, manifest.promise)
    counts = count(manifest.form, workload, [OpenedBatch(scenario.records(canary))])
    sets = closure(workload)
    return {axes: residual(workload, axes, counts.marginal(axes)).astype(np.float64) for axes in sets}
