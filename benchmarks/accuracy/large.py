"""The large benchmark: the same people, tables and budget for ours, for plain OpenDP, and for peers."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from time import perf_counter
from typing import Any, Final

from benchmarks.accuracy import even_split, ours
from benchmarks.accuracy.counting import Integers, clipped, count, shares
from benchmarks.accuracy.environments import NotInstalled, Peer
from benchmarks.accuracy.errors import rmse
from benchmarks.accuracy.handing import Budget, Failed, ask
from benchmarks.accuracy.population import People, draw
from benchmarks.accuracy.runs import CLIPPED, READ, Run
from privacy.workload import Workload

BUDGET: Final = Budget(2.0, 1e-6)
EVEN: Final = "OpenDP, even split"
OURS: Final = "ours"
PATIENCE: Final = 3600.0
Errors = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What every method of one seed is given. `exact`: the tables as they are."""

    workload: Workload
    people: People
    exact: Mapping[str, Integers]
    seed: int

    def run(
        self,
        method: str,
        seconds: float,
        errors: Errors,
        notes: Mapping[str, Any],
        versions: Mapping[str, str],
        why: str,
    ) -> Run:
        """The record of a method's run today."""
        return Run(
            method=method,
            respondents=len(self.people),
            seed=self.seed,
            tables=len(self.workload.tables),
            day=datetime.now(UTC).date().isoformat(),
            seconds=seconds,
            errors=errors,
            versions=versions,
            notes=notes,
            why=why,
        )


def runs(workload: Workload, respondents: int, seed: int, peers: Sequence[Peer]) -> Iterator[Run]:
    """Each method on the people of this seed, one after another."""
    people = draw(respondents, seed)
    scene = Scene(workload, people, count(workload, people), seed)
    yield _even(scene)
    yield _ours(scene)
    for peer in peers:
        yield _peer(scene, peer)


def _even(scene: Scene) -> Run:
    start = perf_counter()
    noisy = even_split.measure(scene.workload, scene.exact, BUDGET.rho)
    seconds = perf_counter() - start
    notes = {"total_variance": even_split.total_variance(scene.workload, BUDGET.rho)}
    return scene.run(EVEN, seconds, _read(scene, noisy), notes, _own_versions(), "")


def _ours(scene: Scene) -> Run:
    told = ours.tell(scene.workload, scene.exact, BUDGET.epsilon, BUDGET.delta)
    errors = {kind: rmse(scene.workload, scene.exact, of_kind) for kind, of_kind in told.shares.items()}
    steps = {"allocating": told.allocating, "measuring": told.measuring, "estimating": told.estimating}
    notes = {"total_variance": told.total_variance, **steps}
    return scene.run(OURS, sum(steps.values()), errors, notes, _own_versions(), "")


def _peer(scene: Scene, peer: Peer) -> Run:
    """A run without tables says why: too many people, not installed, failed."""
    why = f"not run with more than {peer.most:,} people: {peer.because}" if len(scene.people) > peer.most else ""
    try:
        handed = None if why else ask(peer, scene.workload, scene.people, BUDGET, PATIENCE)
    except NotInstalled as error:
        why = f"did not install: {error.why}"
    except Failed as error:
        why = error.why
    if why or handed is None:
        return scene.run(peer.title, 0.0, {}, {}, {}, why)
    return scene.run(peer.title, handed.seconds, _read(scene, handed.tables), handed.notes, handed.versions, "")


def _read(scene: Scene, tables: Mapping[str, Any]) -> Errors:
    """Errors of the shares as released, and, where any cell is below zero, of those after it is set to zero."""
    readings = {READ: tables}
    if any(bool((cells < 0).any()) for cells in tables.values()):
        readings[CLIPPED] = clipped(tables)
    return {
        reading: rmse(scene.workload, scene.exact, shares(scene.workload, told)) for reading, told in readings.items()
    }


def _own_versions() -> dict[str, str]:
    return {"opendp": version("opendp"), "Python": platform.python_version()}
