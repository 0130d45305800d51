"""Counting opened records into the tables the manifest promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

import numpy as np
import numpy.typing as npt

from aggregation.opening import OpenedBatch
from privacy.counts import ExactCounts
from privacy.workload import Table, Workload
from survey.forms.model import Form
from survey.forms.touched import cells_touched

Counts = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]


def count(form: Form, workload: Workload, batches: Iterable[OpenedBatch]) -> ExactCounts:
    """Every table of the workload over all batches. The result is confidential; only `privacy.measure` reads it."""
    return exact(workload, count_tables(form, workload, batches))


def count_tables(form: Form, workload: Workload, batches: Iterable[OpenedBatch]) -> dict[str, Counts]:
    """The same as bare numbers, to be added to those of other batches. Confidential.

    Shape: result[table name] is flat (cells,).
    """
    totals = {table.name: np.zeros(cells_of(workload, table), np.int64) for table in workload.tables}
    for batch in batches:
        touched = {axis.name: cells_touched(form, axis.name, batch.records) for axis in workload.axes}
        for table in workload.tables:
            totals[table.name] += _count_batch(workload, table, touched, len(batch.records))
    return totals


def exact(workload: Workload, totals: Mapping[str, Counts]) -> ExactCounts:
    """Flat tables, one for every table of the workload, as what `privacy` takes. Raises: CountsError."""
    return ExactCounts(workload, {t.name: totals[t.name].reshape(workload.shape(t.name)) for t in workload.tables})


def _count_batch(workload: Workload, table: Table, touched: dict[str, Cells], rows: int) -> Counts:
    """One table over one batch: a respondent counts once in every cell she touches.

    Shape: flat (cells,). A respondent touching several cells of several axes touches every combination of them.
    """
    index = np.zeros((rows, 1), np.int64)
    for name in (*table.by, *table.of):
        cells = touched[name].astype(np.int64)
        combined = index[:, :, None] * workload.axis(name).size + cells[:, None, :]
        # -1 means no further cell; it must stay -1 whatever it is combined with.
        combined[(index[:, :, None] < 0) | (cells[:, None, :] < 0)] = -1
        # The width is spelled out: a batch in which no ballot was good has no rows to work it out from.
        index = combined.reshape(rows, index.shape[1] * cells.shape[1])
    flat = index[index >= 0]
    return np.bincount(flat, minlength=cells_of(workload, table)).astype(np.int64)


def cells_of(workload: Workload, table: Table) -> int:
    return prod(workload.shape(table.name))
