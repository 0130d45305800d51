"""A small round with every kind of axis, a plain counter for it, and what the tests share."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, combinations, product
from pathlib import Path

import numpy as np

from privacy.counts import ExactCounts
from privacy.ledger import Ledger, Term
from privacy.measurement import Measurement, NoisyResidual
from privacy.residuals import AxisSet, closure, l2_squared, residual
from privacy.workload import Axis, Table, Workload
from storage.address import Address

# One person: for each axis the cells he is counted in.
Record = Mapping[str, tuple[int, ...]]

TERM = Term(date(2025, 1, 1), date(2025, 12, 31), 3.0, 1e-6)

SMALL = Workload(
    axes=(
        Axis("industry", 3, 1, (2,)),
        Axis("mood", 4, 1, (3,)),
        Axis("blockers", 5, 3, (4,)),
        Axis("asked", 4, 1, (2, 3)),
    ),
    tables=(
        Table("@", (), ()),
        Table("@industry", ("industry",), ()),
        Table("mood@", (), ("mood",)),
        Table("mood@industry", ("industry",), ("mood",)),
        Table("blockers@", (), ("blockers",)),
        Table("blockers@industry", ("industry",), ("blockers",)),
        Table("asked@", (), ("asked",)),
        Table("mood|asked@", (), ("mood", "asked")),
        Table("mood|blockers@industry", ("industry",), ("mood", "blockers")),
    ),
)


def cells_of(axis: Axis) -> Iterator[tuple[int, ...]]:
    """Everything one person can be counted in on this axis."""
    inside = (combinations(axis.inside, n) for n in range(1, axis.touches + 1))
    return chain(((cell,) for cell in axis.outside), chain.from_iterable(inside))


def all_records(workload: Workload) -> list[Record]:
    """Every record that a person can hand in."""
    names = [axis.name for axis in workload.axes]
    return [dict(zip(names, cells, strict=True)) for cells in product(*(cells_of(a) for a in workload.axes))]


def count(workload: Workload, records: Sequence[Record]) -> dict[str, np.ndarray]:
    """Count the tables the slow and obvious way."""
    tables = {table.name: np.zeros(workload.shape(table.name), dtype=np.int64) for table in workload.tables}
    for record in records:
        for table in workload.tables:
            for cell in product(*(record[name] for name in table.axes)):
                tables[table.name][cell] += 1
    return tables


def random_records(workload: Workload, people: int, seed: int) -> list[Record]:
    """People who answer at random."""
    rng = np.random.default_rng(seed)
    choices = {axis.name: list(cells_of(axis)) for axis in workload.axes}
    return [{name: cells[rng.integers(len(cells))] for name, cells in choices.items()} for _ in range(people)]


def small_counts(people: int = 300, seed: int = 1) -> ExactCounts:
    """Exact counts of a random small round."""
    return ExactCounts(SMALL, count(SMALL, random_records(SMALL, people, seed)))


def open_ledger(where: Address, term: Term = TERM, day: date = date(2025, 5, 5)) -> Ledger:
    """The ledger at an address, or in a test's folder, on a fixed day."""
    address = where / "ledger.db" if isinstance(where, Path) and where.is_dir() else where
    return Ledger.open(address, term, lambda: day)


def pretend(
    workload: Workload,
    tables: Mapping[str, np.ndarray],
    scales: Mapping[AxisSet, float],
    rng: np.random.Generator | None = None,
) -> Measurement:
    """A measurement of these tables without a ledger; with a generator, under rounded normal noise of these scales.

    The tables need not be whole numbers, and must add up.
    """
    noisy = {}
    for axes in closure(workload):
        exact = residual(workload, axes, marginal(workload, tables, axes))
        noise = 0 if rng is None else rng.normal(0, scales[axes], exact.shape)
        noisy[axes] = NoisyResidual(axes, scales[axes], 0.01, np.array(np.rint(exact + noise), dtype=np.int64))
    return Measurement("round", workload, noisy, complete=True)


def equally_dear(workload: Workload, scale: float) -> dict[AxisSet, float]:
    """Scales for noise that costs the same on every residual: this one for the total."""
    return {axes: scale * l2_squared(workload, axes) ** 0.5 for axes in closure(workload)}


def marginal(workload: Workload, tables: Mapping[str, np.ndarray], axes: AxisSet) -> np.ndarray:
    """The table over these axes, in this order, from the first table that has them."""
    for table in workload.tables:
        further = [name for name in table.axes if name not in axes]
        if set(axes) <= set(table.axes) and all(workload.axis(name).single for name in further):
            summed = tables[table.name].sum(axis=tuple(table.axes.index(name) for name in further))
            kept = [name for name in table.axes if name in axes]
            return np.asarray(summed).transpose([kept.index(name) for name in axes])
    raise KeyError(axes)


def flat_rows(workload: Workload, records: Sequence[Record], axes: AxisSet) -> np.ndarray:
    """Each record's residual over these axes, one row a record, built from the definition: (records, cells).

    In a cell of an axis of n it has n - 1, in the others -1; on an axis of several cells 1 in each it touches.
    """
    rows = []
    for record in records:
        row = np.ones(1)
        for axis in map(workload.axis, axes):
            here = np.isin(np.arange(axis.size), record[axis.name]).astype(np.float64)
            row = np.multiply.outer(row, axis.size * here - 1 if axis.single else here).reshape(-1)
        rows.append(row)
    return np.stack(rows)
