"""How long ours takes: dividing the budget of the large workload, and a million people's counts."""

from __future__ import annotations

from time import process_time
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
    exact = count(workload, draw(respondents, 0))
    begun = process_time()
    told = ours.tell(workload, exact, BUDGET.epsilon, BUDGET.delta)
    worked = process_time() - begun
    steps = {
        f"allocating {len(workload.tables)} tables": told.allocating,
        f"measuring and estimating {respondents:,} people's counts": told.measuring + told.estimating,
    }
    lines = [(what, f"{s:.2f}", f"{TARGET:.2f}", "met" if s < TARGET else "MISSED") for what, s in steps.items()]
    lines.append(("both, in processor time alone", f"{worked:.2f}", "–", ""))
    return table(("time of ours", "seconds", "target below", "verdict"), lines)
