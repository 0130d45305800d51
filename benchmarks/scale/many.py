"""What a host does to very many at once, by the commands: make codes, close a full box, export it; on either engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rich.progress import track
from sqlalchemy import insert

from aggregation.ballots import BoxFile
from benchmarks.scale.memory import Watch
from benchmarks.scale.place import BUILD, ROUND, Place
from benchmarks.scale.postgres import Server, config_address
from benchmarks.scale.responses import fresh, responses
from host.folders import private_folder
from storage.transactions import writing
from survey.intake.box import BallotBox
from survey.intake.tables import ballots

ENGINES: Final = ("SQLite", "PostgreSQL")
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Command:
    """What one command took for so many. peak: bytes that its own process held at most; the server's are not in it."""

    name: str
    engine: str
    count: int
    seconds: float
    peak: int


def commands(place: Place, server: Server, engine: str, count: int) -> list[Command]:
    """Each of them once, in a society whose round ends with it."""
    box = responses(place, count)
    copy = place.copy(fresh(BUILD / "society-many"))
    with _databases(copy, server, engine):
        out = copy.folder / "codes.txt"
        made = _run(copy, "invite", engine, count, ROUND, "--count", str(count), "--out", str(out))
        assert out.read_bytes().count(b"\n") == count
        _fill(copy, box)
        closed = _run(copy, "round close", engine, count, ROUND, "--early")
        exported = copy.folder / "out.box"
        carried = _run(copy, "box export", engine, count, ROUND, "--out", str(exported))
        assert exported.stat().st_size == box.path.stat().st_size
    shutil.rmtree(copy.folder)
    return [made, closed, carried]


@contextmanager
def _databases(place: Place, server: Server, engine: str) -> Iterator[None]:
    if engine == "SQLite":
        yield
        return
    with server.database() as registrar, server.database() as intake:
        place.set(registrar_database=config_address(registrar), intake_database=config_address(intake))
        yield


def _fill(place: Place, box: BoxFile) -> None:
    """As full as after weeks, many at a time; how fast each one goes in is measured elsewhere."""
    private_folder(place.folder / "intake")
    store, rows = BallotBox.open(place.house.box_address), box.ballots()
    of_round = {"round_id": place.round.manifest.id_bytes}
    for _ in track(range(0, box.count, _AT_ONCE), f"Filling a box with {box.count:,}"):
        some = [
            of_round | {"nonce": b.nonce, "revision": b.revision, "authenticator": b.authenticator, "sealed": b.sealed}
            for b in islice(rows, _AT_ONCE)
        ]
        with writing(store._engine) as connection:
            connection.execute(insert(ballots), some)
    store.release()


def _run(place: Place, name: str, engine: str, count: int, *arguments: str) -> Command:
    command = [sys.executable, "-m", "host.cli", *name.split(), *arguments, "--config", str(place.config)]
    start = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with Watch((child.pid,)) as watch:
        if child.wait() != 0:
            raise SystemExit(f"`subrosa {name}` did not end well.")
    return Command(name, engine, count, time.perf_counter() - start, watch.peak)
