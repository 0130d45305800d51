"""docs/accuracy.md: the numbers, with their date, the versions, and how they came about."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Final

from benchmarks.accuracy import report
from benchmarks.accuracy.environments import PROJECT
from benchmarks.accuracy.large import BUDGET, EVEN, OURS
from benchmarks.accuracy.runs import Run, rows
from benchmarks.accuracy.targets import RESPONDENTS, verdicts

PATH: Final = PROJECT / "docs" / "accuracy.md"
HEAD: Final = """# Accuracy

Written by `make bench-accuracy` (`python -m benchmarks.accuracy --write`); do not edit by hand. {when}, {machine}.
"""
LARGE: Final = """## A large round, beside other libraries

All may spend (ε = {epsilon:g}, δ = {delta:g}), or the ρ = {rho:.4f} that OpenDP states as that, on the same 110 tables
over the same people: a made-up society, drawn as `benchmarks/accuracy/population.py` says. Errors are of shares, over
all cells of a cohort set, medians over the seeds; each seed draws other people and other noise.
*whole* is everybody, *pair* is industry by size: 60 cohorts, most of them of fewer than 70 people when 5,000 answer.
Ours gives each table the same weight. Shares of the other libraries are their counts over the sum of the answers'
counts, as released, and where they release counts below zero, once more with those set to zero first."""


def large_part(runs: Sequence[Run], sizes: Iterable[int], times: str) -> str:
    """The large benchmark: errors at each size, targets, times, and how peers were used."""
    parts = [LARGE.format(epsilon=BUDGET.epsilon, delta=BUDGET.delta, rho=BUDGET.rho)]
    for respondents in sizes:
        parts += [f"### {respondents:,} people", report.errors(rows(runs, respondents))]
        if missing := report.absent(runs, respondents):
            parts += ["Not in the table, or not for every seed:", missing]
        if respondents == RESPONDENTS:
            parts.append(report.judged(verdicts(rows(runs, respondents), _variances(runs, respondents))))
    return "\n\n".join(part for part in (*parts, times, report.settings(runs)) if part)


def _variances(runs: Iterable[Run], respondents: int) -> dict[str, float]:
    """The total noise variance by method; exact, so the same for every seed."""
    found: dict[str, list[float]] = {EVEN: [], OURS: []}
    for run in runs:
        if run.respondents == respondents and run.method in found:
            found[run.method].append(run.notes["total_variance"])
    return {method: median(values) for method, values in found.items()}


def write(parts: Iterable[str]) -> None:
    """Write the document."""
    when = datetime.now(UTC).date().isoformat()
    machine = f"Python {platform.python_version()}, OpenDP {version('opendp')}, NumPy {version('numpy')}"
    PATH.write_text("\n".join([HEAD.format(when=when, machine=machine), "\n\n".join(parts), ""]), encoding="utf-8")
