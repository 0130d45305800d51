"""One run of one method on one population, kept in build/accuracy so that slow peers need not run again each time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.accuracy.environments import PROJECT
from benchmarks.accuracy.questionnaire import SETS

KEPT: Final = PROJECT / "build" / "accuracy" / "runs.jsonl"
# How the cells that a library released are read as shares.
READ, CLIPPED = "as released", "cells below zero set to zero first"


@dataclass(frozen=True, slots=True)
class Run:
    """`errors`: how the tables were read, then cohort set: RMSE of shares. `why`: it gave none, for this reason.

    Units: seconds of the mechanism; `day` in ISO 8601. `workload`: how many tables.
    """

    method: str
    respondents: int
    seed: int
    tables: int
    day: str
    seconds: float
    errors: Mapping[str, Mapping[str, float]]
    versions: Mapping[str, str]
    notes: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the seeds of one method, read one way."""

    method: str
    reading: str
    errors: Mapping[str, float]
    seconds: float
    seeds: int
    days: tuple[str, ...]


def rows(runs: Iterable[Run], respondents: int) -> list[Row]:
    """A row a method and reading, in the order they were first run; runs without tables are left out."""
    grouped: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.respondents == respondents:
            for reading in run.errors:
                grouped.setdefault((run.method, reading), []).append(run)
    return [_row(method, reading, group) for (method, reading), group in grouped.items()]


def _row(method: str, reading: str, group: list[Run]) -> Row:
    errors = {name: median(run.errors[reading][name] for run in group) for name in SETS}
    days = tuple(sorted({run.day for run in group}))
    return Row(method, reading, errors, median(run.seconds for run in group), len(group), days)


def kept(path: Path = KEPT) -> list[Run]:
    """All runs that were kept, oldest first; of two of the same, the later one."""
    if not path.exists():
        return []
    read = [Run(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return list({(run.method, run.respondents, run.seed, run.tables): run for run in read}.values())


def keep(run: Run, path: Path = KEPT) -> None:
    """Add a run at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(run)) + "\n")
