"""The reference that everybody could write in an afternoon: OpenDP's discrete Gaussian, rho split evenly.

It shares nothing with our allocation or estimation: each table has its own noise, and is read on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from benchmarks.accuracy.counting import Integers
from privacy.noise import add_noise, scale_for
from privacy.workload import Workload


def measure(workload: Workload, exact: Mapping[str, Integers], rho: float) -> dict[str, Integers]:
    """Every table with its noise, by name. Guarantee: rho-zCDP for one respondent added or removed."""
    noisy = {}
    for name, scale in scales(workload, rho).items():
        cells = add_noise(exact[name].reshape(-1), scale, l2_squared(workload, name))
        noisy[name] = cells.reshape(workload.shape(name))
    return noisy


def scales(workload: Workload, rho: float) -> dict[str, float]:
    """The standard deviation of every table's noise. Units: respondents."""
    share = rho / len(workload.tables)
    return {table.name: scale_for(share, l2_squared(workload, table.name)) for table in workload.tables}


def l2_squared(workload: Workload, name: str) -> int:
    """Squared L2 distance between the table with and without one person: the cells that she may be in."""
    return prod(axis.touches for axis in workload.axes_of(workload.table(name)))


def total_variance(workload: Workload, rho: float) -> float:
    """The noise variance of all cells of all tables together. Units: respondents squared."""
    return sum(scale**2 * prod(workload.shape(name)) for name, scale in scales(workload, rho).items())
