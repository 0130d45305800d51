"""How a peer is handed people and hands back tables: files in one folder. Needs numpy only.

In: task.json (axes, tables, epsilon, delta, rho) and people.npz (one array an axis: respondents x touches,
the cells a person is in, -1 where no further). Out: tables.npz (`t0`, `t1`, … in the order of the tables) and
result.json (seconds, versions, notes).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Axis:
    """`outside`: the cells that are no answer."""

    name: str
    size: int
    touches: int
    outside: list[int]


@dataclass(frozen=True)
class Table:
    """`by`: cohort axes; `of`: no axis or one."""

    name: str
    by: list[str]
    of: list[str]

    @property
    def axes(self) -> list[str]:
        return self.by + self.of


@dataclass(frozen=True)
class Task:
    """One run: the people, the tables that are wanted, and the budget for all of them together."""

    axes: dict[str, Axis]
    tables: list[Table]
    cells: dict[str, Array]
    epsilon: float
    delta: float
    rho: float

    @property
    def respondents(self) -> int:
        return len(next(iter(self.cells.values())))

    def shape(self, table: Table) -> tuple[int, ...]:
        return tuple(self.axes[name].size for name in table.axes)

    def column(self, name: str) -> Array:
        """The cell of everybody on an axis where each is in one cell. Shape: (respondents,) int64."""
        return self.cells[name][:, 0].astype(np.int64)


def read() -> Task:
    """The task in the folder that the script was started with."""
    folder = Path(sys.argv[1])
    document = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    with np.load(folder / "people.npz") as people:
        cells = {name: people[name] for name in people.files}
    axes = {axis["name"]: Axis(**axis) for axis in document["axes"]}
    tables = [Table(**table) for table in document["tables"]]
    return Task(axes, tables, cells, *(document[name] for name in ("epsilon", "delta", "rho")))


def write(task: Task, tables: dict[str, Array], start: float, packages: list[str], **notes: object) -> None:
    """Hand the tables back. `start`: of the mechanism by `time.perf_counter`, imports and reading not counted."""
    folder, seconds = Path(sys.argv[1]), time.perf_counter() - start
    flat = {f"t{i}": np.asarray(tables[t.name], dtype=np.float64) for i, t in enumerate(task.tables)}
    np.savez(folder / "tables.npz", **flat)
    result = {"seconds": seconds, "versions": {name: version(name) for name in packages}, "notes": notes}
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
