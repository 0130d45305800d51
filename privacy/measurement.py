"""A round's one measurement: noisy integers and everything needed to judge them. Safe to publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.documents import integer, items, members, positive, text, texts, truth
from privacy.errors import DocumentError
from privacy.residuals import TOTAL, AxisSet, closure, shape
from privacy.workload import Table, Workload

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class NoisyResidual:
    """One residual with its noise.

    Shape: values has the axes' shape, int64, read-only. Units: scale in whole numbers of the residual; rho as charged.
    """

    axes: AxisSet
    scale: float
    rho: float
    values: Integers

    def __post_init__(self) -> None:
        """Make the values read-only."""
        self.values.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """The noisy residuals of a round in the order of the workload's closure; only the total if not `complete`."""

    round_id: str
    workload: Workload
    residuals: Mapping[AxisSet, NoisyResidual]
    complete: bool

    @property
    def total(self) -> int:
        """The noisy number of respondents."""
        return int(self.residuals[TOTAL].values)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that were measured, in the workload's order; the total alone below the minimum."""
        return tuple(table for table in self.workload.tables if self.complete or table.total)

    @property
    def scales(self) -> Mapping[AxisSet, float]:
        """The scale of every residual's noise."""
        return {axes: noisy.scale for axes, noisy in self.residuals.items()}

    def to_json(self) -> dict[str, Any]:
        """JSON types only; the same measurement always gives the same document."""
        return {
            "round": self.round_id,
            "complete": self.complete,
            "workload": self.workload.to_json(),
            "residuals": [_noisy_json(noisy) for noisy in self.residuals.values()],
        }

    @classmethod
    def from_json(cls, document: object) -> "Measurement":
        """What `to_json` gave. Raises: DocumentError, WorkloadError."""
        parts = members(document, ("round", "complete", "workload", "residuals"), "measurement")
        complete = truth(parts["complete"], "complete")
        workload = Workload.from_json(parts["workload"])
        expected = closure(workload) if complete else (TOTAL,)
        entries = items(parts["residuals"], "residuals")
        if len(entries) != len(expected):
            raise DocumentError(f"a measurement of this kind has {len(expected)} residuals")
        pairs = zip(expected, entries, strict=True)
        noisy = {axes: _noisy(workload, axes, entry) for axes, entry in pairs}
        return cls(text(parts["round"], "round"), workload, noisy, complete)


def _noisy_json(noisy: NoisyResidual) -> dict[str, Any]:
    return {
        "axes": list(noisy.axes),
        "scale": noisy.scale,
        "rho": noisy.rho,
        "values": noisy.values.tolist(),
    }


def _noisy(workload: Workload, axes: AxisSet, document: object) -> NoisyResidual:
    where = f"the residual over {', '.join(axes) or 'nothing'}"
    parts = members(document, ("axes", "scale", "rho", "values"), where)
    if texts(parts["axes"], "axes") != axes:
        raise DocumentError(f"{where} is expected here; residuals stand in the workload's order")
    sizes = shape(workload, axes)
    values = np.array(_cells(parts["values"], sizes, where), dtype=np.int64).reshape(sizes)
    return NoisyResidual(axes, positive(parts["scale"], "scale"), positive(parts["rho"], "rho"), values)


def _cells(nested: object, shape: tuple[int, ...], where: str) -> list[int]:
    if not shape:
        return [integer(nested, where)]
    rows = items(nested, where)
    if len(rows) != shape[0]:
        raise DocumentError(f"{where} must hold {prod(shape)} integers nested as {shape}")
    return [cell for row in rows for cell in _cells(row, shape[1:], where)]
