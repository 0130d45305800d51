"""Our own engine behind one small adapter: the only file that changes when `privacy.estimate` offers more kinds."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.accuracy.counting import Floats, Integers, shares
from privacy.allocation import Allocation, allocate
from privacy.counts import ExactCounts
from privacy.estimate import Estimate, estimate
from privacy.ledger import Ledger
from privacy.measure import Charge, measure
from privacy.terms import Term
from privacy.workload import Workload

KINDS: Final = ("unbiased", "display", "modelled")


@dataclass(frozen=True, slots=True)
class Told:
    """What one measurement said. `shares`: kind, then table, as `counting.shares` gives them. Units: seconds."""

    shares: Mapping[str, Mapping[str, Floats]]
    total_variance: float
    allocating: float
    measuring: float
    estimating: float


def tell(workload: Workload, exact: Mapping[str, Integers], epsilon: float, delta: float) -> Told:
    """Allocate with every table weighing the same, measure through a real ledger, estimate."""
    counts, term = ExactCounts(workload, exact), Term(date(2026, 1, 1), date(2026, 12, 31), epsilon, delta)
    start = time.perf_counter()
    allocation = equal(workload, term.rho)
    allocated = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(Path(folder) / "ledger.sqlite", term, lambda: date(2026, 6, 1))
        opened = time.perf_counter()
        measurement = measure(ledger, Charge("bench", 1), counts, allocation)
        measured = time.perf_counter()
    estimates = estimate(measurement)
    return Told(
        shares=kinds(workload, estimates),
        total_variance=sum(float((one.sd**2).sum()) for one in estimates.values()),
        allocating=allocated - start,
        measuring=measured - opened,
        estimating=time.perf_counter() - measured,
    )


def equal(workload: Workload, rho: float) -> Allocation:
    """The allocation of `--weigh equal`."""
    return allocate(workload, rho, {table.name: 1.0 for table in workload.tables})


def kinds(workload: Workload, estimates: Mapping[str, Estimate]) -> dict[str, dict[str, Floats]]:
    """The shares of every kind that this version of the engine offers, of all KINDS.

    unbiased: the unbiased cells, read like everybody else's tables. display: the share as it is shown. modelled: the
    share drawn towards the model, where there is one.
    """
    unbiased = shares(workload, {name: one.unbiased for name, one in estimates.items()})
    told = {"unbiased": unbiased, "display": _shown(workload, estimates, "share")}
    if all(hasattr(one, "modelled") for one in estimates.values()):
        told["modelled"] = _shown(workload, estimates, "modelled")
    return told


def _shown(workload: Workload, estimates: Mapping[str, Estimate], field: str) -> dict[str, Floats]:
    """Answer cells only. Shape: the table's without the cells that are no answer."""
    told = {}
    for table in workload.tables:
        if table.of:
            inside = list(workload.axis(table.of[0]).inside)
            told[table.name] = np.asarray(getattr(estimates[table.name], field))[..., inside]
    return told
