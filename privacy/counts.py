"""Exact counts: confidential, and checked to be as insensitive as the workload says."""

from collections.abc import Mapping
from itertools import permutations
from math import prod
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from privacy.errors import CountsError
from privacy.residuals import AxisSet, needed_by
from privacy.workload import Table, Workload

Integers = npt.NDArray[np.int64]


class ExactCounts:
    """The exact counts of a round. Prints nothing of them and cannot be pickled or copied out.

    Shape: tables[name] is workload.shape(name), int64.
    Raises: CountsError, naming the table and never a count.
    """

    __slots__ = ("_tables", "_workload")

    def __init__(self, workload: Workload, tables: Mapping[str, Integers]) -> None:
        if set(tables) != {table.name for table in workload.tables}:
            raise CountsError("count every table of the workload, and no other")
        self._workload = workload
        self._tables = {name: _own(workload, name, array) for name, array in tables.items()}
        self._check()

    @property
    def workload(self) -> Workload:
        """What was counted."""
        return self._workload

    def marginal(self, axes: AxisSet) -> Integers:
        """Counts over these axes, in this order, added up from the smallest table that has them.

        Shape: the axes'. The axes must be a set of the workload's closure.
        """
        workload = self._workload
        holding = (t for t in workload.tables if axes in needed_by(workload, t))
        table = min(holding, key=lambda t: prod(workload.shape(t.name)))
        return self._summed(table, axes)

    def _summed(self, table: Table, axes: AxisSet) -> Integers:
        kept = [name for name in table.axes if name in axes]
        dropped = tuple(index for index, name in enumerate(table.axes) if name not in axes)
        summed = np.asarray(self._tables[table.name].sum(axis=dropped))
        return summed.transpose([kept.index(name) for name in axes])

    def _check(self) -> None:
        total = int(self._tables[self._workload.total.name])
        for table in self._workload.tables:
            array = self._tables[table.name]
            single = all(axis.single for axis in self._workload.axes_of(table))
            if bool((array > total).any()) or (single and int(array.sum()) != total):
                raise CountsError(f"table {table.name!r} counts people more than once, or not at all")
        self._check_shared()
        for wide, narrow in permutations(self._workload.tables, 2):
            if set(narrow.axes) < set(wide.axes):
                self._check_pair(wide, narrow)
        for table in self._workload.tables:
            if len(table.of) == 1:
                self._check_outside(table)

    def _check_shared(self) -> None:
        """What tables share is measured once, for all of them: they must agree on it."""
        seen: dict[AxisSet, tuple[str, Integers]] = {}
        for table in self._workload.tables:
            for axes in needed_by(self._workload, table):
                counts = self._summed(table, axes)
                first, others = seen.setdefault(axes, (table.name, counts))
                if not np.array_equal(counts, others):
                    raise CountsError(f"tables {first!r} and {table.name!r} do not count the same people")

    def _check_pair(self, wide: Table, narrow: Table) -> None:
        """Nobody is in more cells of the further axes than allowed, nor twice in one of them."""
        most = prod(self._workload.axis(name).touches for name in wide.axes if name not in narrow.axes)
        summed, largest = (_project(self._tables[wide.name], wide, narrow, how) for how in (np.sum, np.max))
        limit = self._tables[narrow.name]
        if bool((summed > most * limit).any() or (largest > limit).any()):
            raise CountsError(f"tables {wide.name!r} and {narrow.name!r} do not count the same people")

    def _check_outside(self, table: Table) -> None:
        """Who is in a cell that is no answer is in no other."""
        axis, array = self._workload.axis(table.of[0]), self._tables[table.name]
        answered = self._tables[self._workload.size_table(table).name] - array[..., list(axis.outside)].sum(axis=-1)
        if bool((array[..., list(axis.inside)].sum(axis=-1) > axis.touches * answered).any()):
            raise CountsError(f"table {table.name!r} counts people both as answering and as not answering")

    def __repr__(self) -> str:
        """Nothing confidential."""
        return "<ExactCounts, confidential>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("exact counts are confidential and are never serialised")


def _own(workload: Workload, name: str, array: Integers) -> Integers:
    array = np.asarray(array)
    if array.dtype != np.int64 or array.shape != workload.shape(name):
        raise CountsError(f"table {name!r} must be an int64 array of shape {workload.shape(name)}")
    if bool((array < 0).any()):
        raise CountsError(f"table {name!r} has a count below zero")
    owned = np.array(array, order="C")
    owned.flags.writeable = False
    return owned


def _project(array: Integers, wide: Table, narrow: Table, how: object) -> Integers:
    kept = [name for name in wide.axes if name in narrow.axes]
    dropped = tuple(i for i, name in enumerate(wide.axes) if name not in narrow.axes)
    reduced = np.asarray(array.sum(axis=dropped) if how is np.sum else array.max(axis=dropped))
    return reduced.transpose([kept.index(name) for name in narrow.axes])
