"""A task handed to a peer's script in files, and what it handed back."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.accuracy.counting import Floats
from benchmarks.accuracy.environments import Peer, python_of
from benchmarks.accuracy.population import People
from privacy.accounting import rho_for
from privacy.workload import Workload

# JAX's double precision is what mbi asks for; warnings would hide a failure's last line.
QUIET: Final = {"PYTHONWARNINGS": "ignore", "JAX_ENABLE_X64": "1"}


class Failed(Exception):
    """A peer that started and gave no tables. `why`: its last line."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Budget:
    """What everybody may spend on all tables together."""

    epsilon: float
    delta: float

    @property
    def rho(self) -> float:
        """The same in zCDP, by OpenDP's conversion."""
        return rho_for(self.epsilon, self.delta)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a peer's run gave. `tables`: by name, as the library released them. Units: seconds of the mechanism."""

    tables: Mapping[str, Floats]
    seconds: float
    versions: Mapping[str, str]
    notes: Mapping[str, Any]


def ask(peer: Peer, workload: Workload, people: People, budget: Budget, patience: float) -> Handed:
    """Run a peer on these people. Units: patience in seconds. Raises: NotInstalled, Failed."""
    python = python_of(peer)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hand_out(folder, workload, people, budget)
        try:
            run = subprocess.run(
                [python, peer.script, folder],
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
                cwd=folder,  # Spark leaves files where it is started
                env=os.environ | QUIET | {"PYSPARK_PYTHON": str(python)},
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"stopped after {patience / 60:.0f} minutes") from None
        if run.returncode:
            said = run.stderr.strip().splitlines()
            raise Failed(said[-1] if said else f"it ended with {run.returncode} and said nothing")
        return take_back(folder, workload)


def hand_out(folder: Path, workload: Workload, people: People, budget: Budget) -> None:
    """Write task.json and people.npz, as peers/exchange.py reads them."""
    spend = {"epsilon": budget.epsilon, "delta": budget.delta, "rho": budget.rho}
    (folder / "task.json").write_text(json.dumps(workload.to_json() | spend), encoding="utf-8")
    cells: dict[str, Any] = {axis.name: people.cells[axis.name] for axis in workload.axes}
    np.savez(folder / "people.npz", **cells)


def take_back(folder: Path, workload: Workload) -> Handed:
    """Read tables.npz and result.json. Raises: Failed if a table has another shape than was asked for, or gaps."""
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    with np.load(folder / "tables.npz") as arrays:
        tables = {table.name: np.asarray(arrays[f"t{i}"]) for i, table in enumerate(workload.tables)}
    for name, cells in tables.items():
        if cells.shape != workload.shape(name) or not bool(np.isfinite(cells).all()):
            raise Failed(f"table {name!r} came back in another shape, or not filled")
    return Handed(tables, result["seconds"], result["versions"], result["notes"])
