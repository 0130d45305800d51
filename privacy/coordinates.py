"""Tables in coordinates in which their noise is independent: one row of numbers that all tables of a round share.

Along an axis that counts everybody once, a table is written in an orthonormal basis whose first vector is constant
(Helmert's). What is constant along an axis belongs to the tables without it; so every coordinate belongs to one
residual, has that residual's variance, and is used by all tables that are sums of it.
Source: docs/privacy.md, section 5, "Display".
"""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import numpy.typing as npt

from privacy.measurement import Measurement
from privacy.residuals import AxisSet, divisor, needed_by
from privacy.workload import Axis, Table, Workload

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


class Coordinates:
    """Where the coordinates of each residual stand. `length`: how many there are."""

    def __init__(self, workload: Workload, sets: Sequence[AxisSet]) -> None:
        self.workload = workload
        self.length = 0
        self._first: dict[AxisSet, int] = {}
        for names in sets:
            self._first[names] = self.length
            self.length += prod(_free(workload.axis(name)) for name in names)

    def measured(self, measurement: Measurement) -> tuple[Floats, Floats]:
        """Every coordinate with its noise, and the variance of that noise. Shape: (length,) each."""
        values, variances = np.empty(self.length), np.empty(self.length)
        for names, residual in measurement.residuals.items():
            divided_by = divisor(self.workload, names)
            part = residual.values / divided_by
            for position, name in enumerate(names):
                if (axis := self.workload.axis(name)).single:
                    part = _along(part, helmert(axis.size)[1:], position)
            at = slice(self._first[names], self._first[names] + part.size)
            values[at], variances[at] = part.reshape(-1), (residual.scale / divided_by) ** 2
        return values, variances

    def places(self, table: Table) -> tuple[Places, Floats]:
        """Which coordinate each of a table's numbers is in its basis, and by what it is multiplied there."""
        axes = self.workload.axes_of(table)
        places = np.zeros(tuple(axis.size for axis in axes), dtype=np.int64)
        factors = np.ones(places.shape)
        for names in needed_by(self.workload, table):
            held = tuple(_held(axis, axis.name in names) for axis in axes)
            shape = tuple(_free(self.workload.axis(name)) for name in names)
            order = [names.index(axis.name) for axis in axes if axis.name in names]
            numbers = self._first[names] + np.arange(prod(shape)).reshape(shape).transpose(order)
            places[held] = numbers.reshape(places[held].shape)
            factors[held] = prod(axis.size for axis in axes if axis.name not in names) ** -0.5
        return places, factors


class Views:
    """How several tables read the coordinates; tables of the same shape are read together.

    Flat arrays of cells hold the tables one after another, in an order of this object's own.
    """

    def __init__(self, coordinates: Coordinates, tables: Sequence[Table]) -> None:
        workload = coordinates.workload
        alike: dict[tuple[tuple[int, bool], ...], list[Table]] = {}
        for table in tables:
            alike.setdefault(tuple((a.size, a.single) for a in workload.axes_of(table)), []).append(table)
        self._length = coordinates.length
        self._shapes = [tuple(size for size, _ in form) for form in alike]
        self._bases = [[helmert(size) if single else None for size, single in form] for form in alike]
        self.tables = tuple(table for group in alike.values() for table in group)
        self._many = [len(group) for group in alike.values()]
        both = [coordinates.places(table) for table in self.tables]
        self.places = np.concatenate([places.reshape(-1) for places, _ in both])
        self.factors = np.concatenate([factors.reshape(-1) for _, factors in both])

    def read(self, coordinates: Floats) -> Floats:
        """The cells of all tables, flat."""
        return self._turned(coordinates[self.places] * self.factors, back=True)

    def gather(self, cells: Floats) -> Floats:
        """The transpose of `read`. Shape: that of the coordinates."""
        return self.added(self._turned(cells, back=False) * self.factors)

    def added(self, numbers: Floats) -> Floats:
        """Numbers that stand where the tables' coordinates do, added up by coordinate."""
        return np.bincount(self.places, weights=numbers, minlength=self._length).astype(np.float64)

    def spread(self, one_each: Mapping[str, float]) -> Floats:
        """One number a table, repeated for all its cells, flat."""
        sizes = [prod(shape) for shape, many in zip(self._shapes, self._many, strict=True) for _ in range(many)]
        return np.repeat([one_each[table.name] for table in self.tables], sizes)

    def split(self, cells: Floats) -> Mapping[str, Floats]:
        """A flat array as tables, by name."""
        found, start = {}, 0
        shapes = [shape for shape, many in zip(self._shapes, self._many, strict=True) for _ in range(many)]
        for table, shape in zip(self.tables, shapes, strict=True):
            found[table.name] = cells[start : start + prod(shape)].reshape(shape)
            start += prod(shape)
        return found

    def _turned(self, flat: Floats, back: bool) -> Floats:
        parts, start = [], 0
        for shape, many, bases in zip(self._shapes, self._many, self._bases, strict=True):
            stop = start + many * prod(shape)
            part = flat[start:stop].reshape(many, *shape)
            for position, basis in enumerate(bases, 1):
                if basis is not None:
                    part = _along(part, basis.T if back else basis, position)
            parts.append(part.reshape(-1))
            start = stop
        return np.concatenate(parts)


def helmert(size: int) -> Floats:
    """An orthonormal basis whose first row is constant. Shape: (size, size), rows are basis vectors."""
    basis = np.zeros((size, size))
    basis[0] = size**-0.5
    for row in range(1, size):
        basis[row, :row] = (row * (row + 1)) ** -0.5
        basis[row, row] = -((row / (row + 1)) ** 0.5)
    return basis


def _free(axis: Axis) -> int:
    """How many coordinates an axis brings to a residual over it."""
    return axis.size - 1 if axis.single else axis.size


def _held(axis: Axis, within: bool) -> slice:
    """Where along an axis a table's numbers belong to residuals that have the axis, or lack it."""
    return slice(1 if axis.single else 0, None) if within else slice(0, 1)


def _along(cells: Floats, matrix: Floats, position: int) -> Floats:
    """The cells with the matrix applied along one axis."""
    before, size, after = cells.shape[:position], cells.shape[position], cells.shape[position + 1 :]
    turned = matrix @ cells.reshape(prod(before), size, prod(after))
    return np.asarray(turned.reshape(*before, len(matrix), *after))
