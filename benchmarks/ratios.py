"""Taking two rates in turns, so that a machine that speeds up or slows down does so for both."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(title: str, unit: str, ours: list[float], bare: list[float], target: float, against: str) -> float:
    """Print and return the median of the pairwise ratios. Units: `ours` and `bare` in things a second."""
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    print(
        f"{title}: {_rate(median(ours))} {unit}/s against {_rate(median(bare))} {unit}/s for {against}: "
        f"ratio {ratio:.2f} (target at least {target:.2f}: {'met' if ratio >= target else 'MISSED'})",
        flush=True,
    )
    return ratio


def _rate(rate: float) -> str:
    """Whole numbers, but two decimals where these would be one digit or none."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2f}"
