"""Residual queries: what is measured instead of the tables, so that tables share noise and add up.

The residual of a table over a set of axes is what no table over fewer of them says already. All tables of a round
are sums of the residuals of their subsets of axes, and each residual is measured once, whoever shares it.
Source: docs/privacy.md, section 2; Xiao, He, Zhang and Kifer 2023 (ResidualPlanner).
"""

from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import combinations
from math import prod

import numpy as np
import numpy.typing as npt

from privacy.errors import CountsError
from privacy.workload import Axis, Table, Workload

AxisSet = tuple[str, ...]
Integers = npt.NDArray[np.int64]

TOTAL: AxisSet = ()
_LARGEST = 2**52  # with its noise still a whole number that every JSON reader keeps exact


def closure(workload: Workload) -> tuple[AxisSet, ...]:
    """Every set of axes whose residual some table needs: the total first, then by number of axes.

    Axes stand in the workload's order in each of them.
    """
    found = {needed for table in workload.tables for needed in needed_by(workload, table)}
    place = {axis.name: index for index, axis in enumerate(workload.axes)}
    return tuple(sorted(found, key=lambda names: (len(names), [place[name] for name in names])))


def needed_by(workload: Workload, table: Table) -> Iterator[AxisSet]:
    """The sets that make up one table: all subsets of its axes that hold those where one person is in several cells.

    Such an axis does not add up to people, so it has no residual: it is measured cell by cell, in every set.
    An axis of one cell says nothing, and is in none.
    """
    names = table.axes
    axes = [axis for axis in workload.axes if axis.name in names]
    always = {axis.name for axis in axes if not axis.single}
    optional = [axis.name for axis in axes if axis.single and axis.size > 1]
    for size in range(len(optional) + 1):
        for chosen in combinations(optional, size):
            yield tuple(axis.name for axis in axes if axis.name in always or axis.name in chosen)


def divisor(workload: Workload, names: AxisSet) -> int:
    """By what a residual is divided on its way back into a table: the sizes of its single axes multiplied."""
    return prod(axis.size for axis in _axes(workload, names) if axis.single)


def l2_squared(workload: Workload, names: AxisSet) -> int:
    """Squared L2 distance between the residual with and without one person, at most.

    One person in one of n cells has the residual n e - 1 on that axis, of squared length n (n - 1).
    """
    return prod(axis.size * (axis.size - 1) if axis.single else axis.touches for axis in _axes(workload, names))


def replacement_l2_squared(workload: Workload, names: AxisSet, changed: Collection[str] | None = None) -> int:
    """The same when one person's answers are replaced by others that differ in these axes only (None: in any).

    Of two different cells of an axis the residuals have the inner product -n. The two contributions are furthest
    apart where one answer changes, on the axis with fewest cells, and all others stay; without such an axis only
    cells of the multi-hot ones change, at most twice `touches` of them and never more than there are.
    """
    axes = _axes(workload, names)
    moving = [axis for axis in axes if changed is None or axis.name in changed]
    whole = l2_squared(workload, names)
    if not moving:
        return 0
    if sizes := [axis.size for axis in moving if axis.single]:
        furthest = 2 * Fraction(whole) * Fraction(min(sizes), min(sizes) - 1)
        return int(furthest)  # a whole number: every n (n - 1) holds the n - 1 it is divided by
    still = prod(axis.size * (axis.size - 1) for axis in axes if axis.single)
    cells = prod(axis.size if axis in moving else axis.touches for axis in axes if not axis.single)
    return min(2 * whole, still * cells)


def residual(workload: Workload, names: AxisSet, marginal: Integers) -> Integers:
    """The residual of a table over exactly these axes, in whole numbers. Shapes: those of the axes, int64.

    Raises: CountsError if they could become too large for exact JSON.
    """
    axes = _axes(workload, names)
    largest = int(np.abs(marginal).sum()) * 2 * prod(axis.size for axis in axes if axis.single)
    if largest > _LARGEST:
        raise CountsError(f"the cells of {', '.join(names)} are too many to be measured together; split by less")
    rest = marginal
    for position, axis in enumerate(axes):
        if axis.single:
            rest = axis.size * rest - rest.sum(axis=position, keepdims=True)
    return np.array(rest, order="C")


def shape(workload: Workload, names: AxisSet) -> tuple[int, ...]:
    """The shape of the residual's array."""
    return tuple(axis.size for axis in _axes(workload, names))


def _axes(workload: Workload, names: AxisSet) -> tuple[Axis, ...]:
    return tuple(workload.axis(name) for name in names)
