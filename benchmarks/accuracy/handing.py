"""A task handed to a peer's script in files, and what it handed back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.counting import Floats
from benchmarks.accuracy.population import People
from privacy.accounting import rho_for
from privacy.workload import Workload


@dataclass(frozen=True, slots=True)
class Handed:
    """What a peer's run gave. `tables`: by name, as the library released them. Units: seconds of the mechanism."""

    tables: Mapping[str, Floats]
    seconds: float
    versions: Mapping[str, str]
    notes: Mapping[str, Any]


def hand_out(folder: Path, workload: Workload, people: People, epsilon: float, delta: float) -> None:
    """Write task.json and people.npz, as peers/exchange.py reads them."""
    budget = {"epsilon": epsilon, "delta": delta, "rho": rho_for(epsilon, delta)}
    (folder / "task.json").write_text(json.dumps(workload.to_json() | budget), encoding="utf-8")
    cells: dict[str, Any] = {axis.name: people.cells[axis.name] for axis in workload.axes}
    np.savez(folder / "people.npz", **cells)


def take_back(folder: Path, workload: Workload) -> Handed:
    """Read tables.npz and result.json. Raises: ValueError if a table has another shape than was asked for."""
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    with np.load(folder / "tables.npz") as arrays:
        tables = {table.name: np.asarray(arrays[f"t{i}"]) for i, table in enumerate(workload.tables)}
    for name, cells in tables.items():
        if cells.shape != workload.shape(name) or not bool(np.isfinite(cells).all()):
            raise ValueError(f"table {name!r} came back in another shape, or not filled")
    return Handed(tables, result["seconds"], result["versions"], result["notes"])
