"""The large benchmark: the same people, tables and budget for ours, for plain OpenDP, and for peers."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from time import perf_counter
from typing import Any, Final

from benchmarks.accuracy import even_split, ours
from benchmarks.accuracy.counting import Floats, Integers, clipped, count, shares
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


def runs(workload: Workload, respondents: int, seed: int, peers: Sequence[Peer]) -> Iterator[Run]:
    """Each method on the people of this seed, one after another."""
    people = draw(respondents, seed)
    exact = count(workload, people)
    yield _even(workload, exact, seed)
    yield _ours(workload, exact, seed)
    for peer in peers:
        yield _peer(peer, workload, people, exact, seed)


def _even(workload: Workload, exact: Mapping[str, Integers], seed: int) -> Run:
    start = perf_counter()
    noisy = even_split.measure(workload, exact, BUDGET.rho)
    variance = even_split.total_variance(workload, BUDGET.rho)
    seconds = perf_counter() - start
    return _run(EVEN, workload, exact, seed, seconds, _read(workload, exact, noisy), {"total_variance": variance})


def _ours(workload: Workload, exact: Mapping[str, Integers], seed: int) -> Run:
    told = ours.tell(workload, exact, BUDGET.epsilon, BUDGET.delta)
    errors = {kind: rmse(workload, exact, kind_shares) for kind, kind_shares in told.shares.items()}
    notes = {
        "total_variance": told.total_variance,
        "allocating": told.allocating,
        "measuring": told.measuring,
        "estimating": told.estimating,
    }
    return _run(OURS, workload, exact, seed, told.allocating + told.measuring + told.estimating, errors, notes)


def _peer(peer: Peer, workload: Workload, people: People, exact: Mapping[str, Integers], seed: int) -> Run:
    try:
        if len(people) > peer.most:
            raise Failed(f"not run with more than {peer.most:,} people: {peer.because}")
        handed = ask(peer, workload, people, BUDGET, PATIENCE)
    except NotInstalled as error:
        return _run(peer.title, workload, exact, seed, 0.0, {}, {}, why=f"did not install: {error.why}")
    except Failed as error:
        return _run(peer.title, workload, exact, seed, 0.0, {}, {}, why=error.why)
    errors, notes = _read(workload, exact, handed.tables), {"versions": handed.versions, **handed.notes}
    return _run(peer.title, workload, exact, seed, handed.seconds, errors, notes)


def _read(workload: Workload, exact: Mapping[str, Integers], tables: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Errors of the shares as released, and, where any cell is below zero, of those after it is set to zero."""
    readings: dict[str, Mapping[str, Floats]] = {READ: shares(workload, tables)}
    if any(bool((cells < 0).any()) for cells in tables.values()):
        readings[CLIPPED] = shares(workload, clipped(tables))
    return {reading: rmse(workload, exact, told) for reading, told in readings.items()}


def _run(
    method: str, workload: Workload, exact: Mapping[str, Integers], seed: int, seconds: float,
    errors: Mapping[str, Mapping[str, float]], notes: Mapping[str, Any], *, why: str = "",
) -> Run:  # fmt: skip
    versions = dict(notes.get("versions", {"opendp": version("opendp"), "Python": platform.python_version()}))
    return Run(
        method=method,
        respondents=int(exact[workload.total.name]),
        seed=seed,
        tables=len(workload.tables),
        day=datetime.now(UTC).date().isoformat(),
        seconds=seconds,
        errors=errors,
        versions=versions,
        notes={name: value for name, value in notes.items() if name != "versions"},
        why=why,
    )
