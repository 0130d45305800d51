"""The slow and obvious way to the noise of every table: dense matrices over all records that there can be."""

from collections.abc import Mapping
from functools import reduce

import numpy as np
from example_rounds import all_records, count, flat_rows
from hypothesis import strategies as st

from privacy.measurement import Measurement
from privacy.residuals import AxisSet, closure
from privacy.workload import Axis, Table, Workload


class Dense:
    """Generalised least squares on what is measured: how many there are of each record is what is not known.

    `tables`: name to a matrix (cells, records). `strategy`: what is measured, (measured cells, records).
    """

    def __init__(self, workload: Workload) -> None:
        self.records = all_records(workload)
        each = [count(workload, [record]) for record in self.records]
        self.tables = {
            t.name: np.stack([tables[t.name].reshape(-1) for tables in each], axis=1).astype(np.float64)
            for t in workload.tables
        }
        self.sets = closure(workload)
        self.parts = {axes: flat_rows(workload, self.records, axes).T for axes in self.sets}

    def solve(self, scales: Mapping[AxisSet, float]) -> np.ndarray:
        """The pseudo-inverse of the whitened strategy: (records, measured cells)."""
        whitened = np.concatenate([self.parts[axes] / scales[axes] for axes in self.sets])
        return np.asarray(whitened.T @ np.linalg.pinv(whitened @ whitened.T, rcond=1e-10, hermitian=True))

    def covariance(self, scales: Mapping[AxisSet, float], one: str, other: str) -> np.ndarray:
        """Of all cells of one table with all of another."""
        solved = self.solve(scales)
        return np.asarray((self.tables[one] @ solved) @ (self.tables[other] @ solved).T)

    def estimates(self, measurement: Measurement) -> dict[str, np.ndarray]:
        """All tables, flat, from the noisy residuals."""
        noisy = [measurement.residuals[axes].values.reshape(-1) / measurement.scales[axes] for axes in self.sets]
        answer = self.solve(measurement.scales) @ np.concatenate(noisy)
        return {name: matrix @ answer for name, matrix in self.tables.items()}


def outer(weights: Mapping[str, np.ndarray], table: Table) -> np.ndarray:
    """What each cell of the table weighs, flat."""
    return np.asarray(reduce(np.multiply.outer, (weights[name] for name in table.axes), np.ones(()))).reshape(-1)


@st.composite
def small_workloads(draw: st.DrawFn, several: bool = True) -> Workload:
    """Up to two cohort axes and two questions, alone, split and paired; without `several` one cell a person only."""
    cohorts = [Axis(f"c{n}", draw(st.integers(1, 3 - n))) for n in range(draw(st.integers(0, 2)))]
    asked = [draw(_axis(f"q{n}", several)) for n in range(draw(st.integers(1, 2)))]
    by = tuple(axis.name for axis in cohorts)
    tables = [Table("@", (), ())] + ([Table("sizes", by, ())] if by else [])
    tables += [Table(f"{a.name}@", (), (a.name,)) for a in asked]
    if by:
        tables += [Table(f"{a.name}@by", by, (a.name,)) for a in asked]
    if len(asked) == 2 and draw(st.booleans()):
        tables.append(Table("pair", by, ("q1", "q0")))
    axes = draw(st.permutations([*cohorts, *asked]))
    return Workload(tuple(axes), tuple(tables))


@st.composite
def _axis(draw: st.DrawFn, name: str, several: bool) -> Axis:
    size = draw(st.integers(1, 4))
    touches = draw(st.integers(1, min(size, 3))) if several else 1
    outside = tuple(range(draw(st.integers(touches, size)), size))
    return Axis(name, size, touches, outside)


@st.composite
def scales_of(draw: st.DrawFn, workload: Workload) -> dict[AxisSet, float]:
    """Any noise on each residual."""
    return {axes: draw(st.floats(0.5, 50)) for axes in closure(workload)}
