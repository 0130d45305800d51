"""Exact tables of people, and the shares they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.population import People
from privacy.workload import Table, Workload

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]


def count(workload: Workload, people: People) -> dict[str, Integers]:
    """Every table, by name: a person counts once in every cell she is in."""
    return {table.name: _count(workload, table, people) for table in workload.tables}


def _count(workload: Workload, table: Table, people: People) -> Integers:
    shape = workload.shape(table.name)
    index = np.zeros((len(people), 1), np.int64)
    for name in table.axes:
        cells = people.cells[name].astype(np.int64)
        both = index[:, :, None] * workload.axis(name).size + cells[:, None, :]
        both[(index[:, :, None] < 0) | (cells[:, None, :] < 0)] = -1
        index = both.reshape(len(people), -1)
    return np.bincount(index[index >= 0], minlength=prod(shape)).reshape(shape).astype(np.int64)


def shares(workload: Workload, tables: Mapping[str, Numbers]) -> dict[str, Floats]:
    """The answers of each question as shares of those in the cohort who gave one, by table name.

    Where everybody is in one cell, that is a cell over the sum of the answer cells; where a person may be in several,
    it is a cell over the cohort's size without those who gave no answer. Cells below zero count as zero; a sum below
    one as one; shares are kept between 0 and 1. The cells of "no answer" are left out; size tables have no share.
    """
    return {table.name: _shares(workload, table, tables) for table in workload.tables if table.of}


def _shares(workload: Workload, table: Table, tables: Mapping[str, Numbers]) -> Floats:
    (axis,) = (workload.axis(name) for name in table.of)
    cells = np.asarray(tables[table.name], dtype=np.float64)
    answers = cells[..., list(axis.inside)]
    if axis.single:
        answered = answers.sum(axis=-1)
    else:
        answered = tables[workload.size_table(table).name] - cells[..., list(axis.outside)].sum(axis=-1)
    return np.asarray(np.clip(answers / np.maximum(answered, 1.0)[..., None], 0.0, 1.0))


def clipped(tables: Mapping[str, Numbers]) -> dict[str, Floats]:
    """The same tables without cells below zero, so that sums over them are too large rather than near zero."""
    return {name: np.maximum(np.asarray(cells, dtype=np.float64), 0.0) for name, cells in tables.items()}
