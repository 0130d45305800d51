"""How long ours takes: dividing the budget of the large workload, and a million people's counts."""

from __future__ import annotations

from typing import Final

from benchmarks.accuracy import ours
from benchmarks.accuracy.counting import count
from benchmarks.accuracy.large import BUDGET
from benchmarks.accuracy.population import draw
from benchmarks.accuracy.report import table
from privacy.workload import Workload

MILLION: Final = 1_000_000
TARGET: Final = 2.0


def timings(workload: Workload, respondents: int = MILLION) -> str:
    """A table of seconds beside their targets. Counting is not in it: that is `make bench`."""
    told = ours.tell(workload, count(workload, draw(respondents, 0)), BUDGET.epsilon, BUDGET.delta)
    steps = {
        f"allocating {len(workload.tables)} tables": told.allocating,
        f"measuring and estimating {respondents:,} people's counts": told.measuring + told.estimating,
    }
    lines = [(what, f"{s:.2f}", f"{TARGET:.2f}", "met" if s < TARGET else "MISSED") for what, s in steps.items()]
    return table(("time of ours", "seconds", "target below", "verdict"), lines)
