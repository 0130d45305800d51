"""Sealed responses opened and counted, against as many bare loops of decrypt and verify side by side.

Per core: both sides have the same number of processes, so that what they take from each other they take from both.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes

from aggregation.ballots import Ballot, BoxFile
from benchmarks.scale.clusters import cluster
from benchmarks.scale.memory import Watch
from benchmarks.scale.place import Place
from benchmarks.scale.responses import PSS, fresh, responses
from survey.rounds.manifest import Manifest
from survey.sealing import SUITE, SealingKey, _info
from survey.tokens import TokenKey, authenticator_input

BARE: Final = 10_000  # a loop of seconds, before and after each counting
WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class Counting:
    """One engine over one box. rate, bare: responses a second and core. peak: bytes, of all processes together."""

    engine: str
    count: int
    cores: int
    seconds: float
    bare: float
    peak: int
    same: str
    after: dict[str, float]

    @property
    def rate(self) -> float:
        return self.count / self.seconds / self.cores

    @property
    def ratio(self) -> float:
        return self.rate / self.bare


def local(place: Place, count: int, processes: int, publish: bool = False) -> Counting:
    """Counted by so many processes of this machine. publish: also measured and published afterwards."""
    return _between_loops(place, count, f"{processes} process{'es' if processes > 1 else ''}", processes, publish)


def dask(place: Place, count: int) -> Counting:
    """Counted by two workers of a cluster over TLS."""
    return _between_loops(place, count, f"Dask, {WORKERS} workers over TLS", WORKERS, False)


def _between_loops(place: Place, count: int, engine: str, cores: int, publish: bool) -> Counting:
    box = responses(place, count)
    before = bare_rate(place, box, cores)
    stages, peak = _counted(place, box, None if engine.startswith("Dask") else cores, publish)
    counted = stages[0]
    assert counted["counted"] == count, "a response was dropped"
    bare = (before + bare_rate(place, box, cores)) / 2
    after = stages[1] if publish else {}
    return Counting(engine, count, cores, counted["seconds"], bare, peak, counted["same"], after)


def _counted(place: Place, box: BoxFile, processes: int | None, publish: bool) -> tuple[list[dict[str, Any]], int]:
    """Each stage as the child told it, and the most memory held until counting was done. None: on a cluster."""
    copy = place.copy(fresh(place.folder.parent / "society-counting"))
    with ExitStack() as stack:
        chosen, pids = str(processes), tuple[int, ...]()
        if processes is None:
            running = stack.enter_context(cluster(copy.folder / "cluster", WORKERS))
            tls = [str(running.tls.authority), str(running.tls.certificate), str(running.tls.key)]
            chosen, pids = json.dumps({"scheduler": running.address, "tls": tls}), running.pids
        command = [sys.executable, "-m", "benchmarks.scale.counted", str(copy.folder), str(box.path), chosen]
        child = stack.enter_context(
            subprocess.Popen([*command, *(["publish"] if publish else [])], stdout=subprocess.PIPE, text=True)
        )
        assert child.stdout is not None
        with Watch((child.pid, *pids)) as watch:
            first = child.stdout.readline()
        stages = [json.loads(line) for line in (first, *child.stdout) if line]
        if child.wait() != 0:
            raise SystemExit("The counting did not end well.")
    shutil.rmtree(copy.folder)
    return stages, watch.peak


def bare_rate(place: Place, box: BoxFile, cores: int) -> float:
    """Decrypted and verified a second and core, by so many loops that begin together; what is read is read before."""
    each = min(BARE, box.count // cores)
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        begin = time.time() + 3 if cores > 1 else 0.0
        given = (str(place.folder), str(box.path), each, begin)
        rates = [loop.result() for loop in [pool.submit(_bare, *given, number) for number in range(cores)]]
    return sum(rates) / len(rates)


def _bare(society: str, box: str, each: int, begin: float, number: int) -> float:
    place = Place(Path(society))
    manifest, key = place.round.manifest, place.sealing_key
    part = list(islice(BoxFile.open(Path(box)).ballots(), number * each, (number + 1) * each))
    time.sleep(max(0.0, begin - time.time()))
    start = time.perf_counter()
    _loop(manifest, key, part)
    return each / (time.perf_counter() - start)


def _loop(manifest: Manifest, key: SealingKey, ballots: Sequence[Ballot]) -> None:
    public, verifier, digest = TokenKey.from_spki(manifest.token_key).verifier, manifest.verifier, hashes.SHA384()
    for ballot in ballots:
        message = authenticator_input(ballot.nonce, verifier.challenge_digest, verifier.key_id)
        public.verify(ballot.authenticator, message, PSS, digest)
        SUITE.decrypt(ballot.sealed, key._private, info=_info(manifest.id_bytes, ballot.nonce))
