"""Six faults, each planted into the real code by name: an audit that passes one of them proves nothing.

None is stopped by the engine's own checks of its counts: only what is published shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt

import aggregation.counting
import privacy.allocation
import privacy.measure
import reports.figures
import survey.forms.touched
from aggregation.opening import OpenedBatch
from audit.replacing import replaced
from audit.scenarios import SHOWN, THRESHOLD, Scenario
from privacy.counts import ExactCounts
from privacy.estimate import Estimate
from privacy.residuals import AxisSet
from privacy.workload import Workload

Plant = Callable[[], AbstractContextManager[None]]
Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, where it shows, and how many releases of either kind it takes to see it."""

    name: str
    plant: Plant
    scenario: Scenario
    releases: int


@contextmanager
def threshold_on_exact_counts() -> Iterator[None]:
    """Cohorts are shown if they are exactly large enough, "because the noise hides some that are"."""
    with _counts_kept() as kept:

        def status(real: Function) -> Function:
            def judged(estimate: Estimate, *thresholds: float) -> Any:
                exact = kept[0].marginal(estimate.table.by).astype(np.float64)
                none = np.zeros_like(exact)
                sized = replace(estimate, answered=exact, answered_sd=none, people=exact, people_sd=none)
                return real(sized, *thresholds)

            return judged

        with replaced(reports.figures, "status", status):
            yield


@contextmanager
def budget_spent_twice() -> Iterator[None]:
    """Noise is drawn twice and charged once, and the mean is published."""

    def twice(real: Function) -> Function:
        return lambda *given: np.rint((real(*given) + real(*given)) / 2).astype(np.int64)

    with replaced(privacy.measure, "add_noise", twice):
        yield


@contextmanager
def wrong_sensitivity_for_choices() -> Iterator[None]:
    """Whoever may be in many cells of an axis is taken to be in two at most."""

    def too_low(_real: Function) -> Function:
        def l2_squared(workload: Workload, names: AxisSet) -> int:
            axes = (workload.axis(name) for name in names)
            return prod(axis.size * (axis.size - 1) if axis.single else min(axis.touches, 2) for axis in axes)

        return l2_squared

    with ExitStack() as stack:
        for module in (privacy.allocation, privacy.measure):
            stack.enter_context(replaced(module, "l2_squared", too_low))
        yield


@contextmanager
def post_processing_reads_counts() -> Iterator[None]:
    """The displayed number of respondents is the one that the host sees, "so that they agree"."""
    with _counts_kept() as kept:

        def estimate(real: Function) -> Function:
            def corrected(measurement: Any) -> Mapping[str, Estimate]:
                estimates = dict(real(measurement))
                total = kept[0].workload.total.name
                exact = kept[0].marginal(()).astype(np.float64)
                return estimates | {total: replace(estimates[total], count=exact)}

            return corrected

        with replaced(reports.figures, "estimate", estimate):
            yield


@contextmanager
def okr_rows_counted_twice() -> Iterator[None]:
    """Every row of an OKR question is counted twice."""

    def twice(real: Function) -> Function:
        def distinct(cells: npt.NDArray[np.int32], touches: int) -> npt.NDArray[np.int32]:
            return np.repeat(real(cells, touches), 2, axis=1)

        return distinct

    with replaced(survey.forms.touched, "_distinct", twice):
        yield


@contextmanager
def ballot_counted_twice() -> Iterator[None]:
    """The last ballot of a batch is read again."""

    def again(batch: OpenedBatch) -> OpenedBatch:
        return OpenedBatch(np.concatenate([batch.records, batch.records[-1:]]))

    def count(real: Function) -> Function:
        return lambda form, workload, batches: real(form, workload, map(again, batches))

    with replaced(aggregation.counting, "count", count):
        yield


FAULTS: Final = (
    Fault("threshold on exact counts", threshold_on_exact_counts, THRESHOLD, 200),
    Fault("budget spent twice", budget_spent_twice, SHOWN, 2400),
    Fault("wrong sensitivity for choices", wrong_sensitivity_for_choices, SHOWN, 1400),
    Fault("a later step reads the counts", post_processing_reads_counts, SHOWN, 200),
    Fault("OKR rows counted twice", okr_rows_counted_twice, SHOWN, 2000),
    Fault("a ballot counted twice", ballot_counted_twice, SHOWN, 600),
)


@contextmanager
def _counts_kept() -> Iterator[list[ExactCounts]]:
    """The exact counts, for faults that read them where they should be forgotten."""
    kept: list[ExactCounts] = []

    def count(real: Function) -> Function:
        def keeping(*given: Any) -> ExactCounts:
            kept[:] = [real(*given)]
            return kept[0]

        return keeping

    with replaced(aggregation.counting, "count", count):
        yield kept
