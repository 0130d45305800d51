"""A round's one measurement: noisy integers and everything needed to judge them. Safe to publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.documents import integer, items, members, positive, text, truth
from privacy.errors import DocumentError
from privacy.workload import Table, Workload

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class NoisyTable:
    """One table with its noise: unbiased, possibly negative.

    Shape: values has the table's shape, int64, read-only. Units: scale in respondents; rho as charged.
    """

    table: Table
    scale: float
    rho: float
    values: Integers

    def __post_init__(self) -> None:
        """Make the values read-only."""
        self.values.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """The noisy tables of a round in the workload's order; only the total if not `complete`."""

    round_id: str
    workload: Workload
    tables: Mapping[str, NoisyTable]
    complete: bool

    def to_json(self) -> dict[str, Any]:
        """JSON types only; the same measurement always gives the same document."""
        return {
            "round": self.round_id,
            "complete": self.complete,
            "workload": self.workload.to_json(),
            "tables": [_noisy_json(noisy) for noisy in self.tables.values()],
        }

    @classmethod
    def from_json(cls, document: object) -> "Measurement":
        """What `to_json` gave. Raises: DocumentError, WorkloadError."""
        parts = members(document, ("round", "complete", "workload", "tables"), "measurement")
        complete = truth(parts["complete"], "complete")
        workload = Workload.from_json(parts["workload"])
        expected = [t for t in workload.tables if complete or t.total]
        entries = items(parts["tables"], "tables")
        if len(entries) != len(expected):
            raise DocumentError(f"a measurement of this kind has {len(expected)} tables")
        pairs = zip(expected, entries, strict=True)
        noisy = {table.name: _noisy(workload, table, entry) for table, entry in pairs}
        return cls(text(parts["round"], "round"), workload, noisy, complete)


def _noisy_json(noisy: NoisyTable) -> dict[str, Any]:
    return {
        "table": noisy.table.name,
        "scale": noisy.scale,
        "rho": noisy.rho,
        "values": noisy.values.tolist(),
    }


def _noisy(workload: Workload, table: Table, document: object) -> NoisyTable:
    where = f"table {table.name!r}"
    parts = members(document, ("table", "scale", "rho", "values"), where)
    if text(parts["table"], "table") != table.name:
        raise DocumentError(f"{where} is expected here; tables stand in the workload's order")
    shape = workload.shape(table.name)
    cells = _cells(parts["values"], shape, where)
    values = np.array(cells, dtype=np.int64).reshape(shape)
    return NoisyTable(table, positive(parts["scale"], "scale"), positive(parts["rho"], "rho"), values)


def _cells(nested: object, shape: tuple[int, ...], where: str) -> list[int]:
    if not shape:
        return [integer(nested, where)]
    rows = items(nested, where)
    if len(rows) != shape[0]:
        raise DocumentError(f"{where} must hold {prod(shape)} integers nested as {shape}")
    return [cell for row in rows for cell in _cells(row, shape[1:], where)]
