"""Submissions that are acknowledged once they are on disk, against pgbench's single-row inserts in the same minutes.

A submission has to be verified, and a row of pgbench has not: so what one verification takes is measured beside, and
the ratio given with and without it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from statistics import median, quantiles
from typing import Final

from sqlalchemy import URL, create_engine

from benchmarks.scale.cores import cores
from benchmarks.scale.load import Load, LoadFailed, drive, submission
from benchmarks.scale.place import BUILD, Place
from benchmarks.scale.postgres import Server, config_address
from benchmarks.scale.responses import fresh, responses
from benchmarks.scale.serving import intake

ENGINES: Final = ("SQLite", "PostgreSQL")
PROCESSES: Final = (1, 2, 4)
CONNECTIONS: Final = 8
TURNS: Final = 3
PGBENCH_SECONDS: Final = 3
_VERIFIED: Final = 1000
_TABLE: Final = """
CREATE TABLE rows (round_id bytea, nonce bytea, revision integer NOT NULL, authenticator bytea NOT NULL,
    sealed bytea NOT NULL, PRIMARY KEY (round_id, nonce))
"""


@dataclass(slots=True)
class Rates:
    """One setting. ours, bare: responses a second, and what pgbench did right before and after, one for each turn.

    waits: in seconds, what all but one in a hundred submissions took at most. verifying: seconds of processor time that
    one verification took.
    """

    engine: str
    processes: int
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    verifying: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.bare, strict=True))

    @property
    def ratio_unverified(self) -> float:
        """As if nothing had to be verified; all processors are taken to share that work, which takes off the least."""
        rates = zip(self.ours, self.bare, self.verifying, strict=True)
        return median(1 / (1 / a - seconds / cores()) / b for a, b, seconds in rates)


def measure(place: Place, server: Server, submissions: int, turns: int = TURNS) -> list[Rates]:
    """Each engine with each number of processes, all of them once in each turn."""
    sent, size = requests(place, submissions), responses(place, submissions).sealed_length
    found = [Rates(engine, count) for engine in ENGINES for count in PROCESSES]
    for number, rates in enumerate(found * turns, 1):
        before, verifying = pgbench(server, size), one_verification(place, submissions)
        load = one_turn(place, server, rates, sent)
        rates.ours.append(load.rate)
        rates.waits.append(quantiles(load.waits, n=100)[98])
        rates.bare.append((before + pgbench(server, size)) / 2)
        rates.verifying.append((verifying + one_verification(place, submissions)) / 2)
        said = f"{rates.engine}, processes: {rates.processes}; {rates.ours[-1]:,.0f}/s, pgbench {rates.bare[-1]:,.0f}/s"
        print(f"{number} of {len(found) * turns}: {said}", flush=True)
    return found


def one_verification(place: Place, count: int) -> float:
    """Seconds of processor time that the intake's one check of a token takes."""
    verifier, ballots = place.round.manifest.verifier, list(islice(responses(place, count).ballots(), _VERIFIED))
    start = time.process_time()
    for ballot in ballots:
        assert verifier.accepts(ballot.nonce, ballot.authenticator)
    return (time.process_time() - start) / len(ballots)


def requests(place: Place, count: int) -> list[bytes]:
    """In no order, as they would come."""
    box, manifest = responses(place, count), place.round.manifest
    host = "{}:{}".format(*place.house.config.intake.address)
    made = [submission(manifest, host, ballot) for ballot in islice(box.ballots(), count)]
    secrets.SystemRandom().shuffle(made)
    return made


def one_turn(place: Place, server: Server, rates: Rates, sent: Sequence[bytes]) -> Load:
    """All of them into an empty box. Raises: LoadFailed unless every one is acknowledged as new."""
    copy = place.copy(fresh(BUILD / "society-serving"))
    with where(server, rates.engine) as database, intake(copy, database, rates.processes) as address:
        load = drive(address, sent, CONNECTIONS)
    shutil.rmtree(copy.folder)
    if load.statuses != {201: len(sent)}:
        raise LoadFailed(f"Not every submission was acknowledged: {dict(load.statuses)}.")
    return load


@contextmanager
def where(server: Server, engine: str) -> Iterator[str | None]:
    """The address of an empty database, as the config has it."""
    if engine == "SQLite":
        yield None
        return
    with server.database() as url:
        yield config_address(url)


def pgbench(server: Server, size: int) -> float:
    """Transactions a second that insert one row as large as a ballot under a random key, by as many connections."""
    with server.database() as url:
        _prepare(url)
        return server.pgbench(url, _script(size), CONNECTIONS, PGBENCH_SECONDS)


def _prepare(url: URL) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(_TABLE)
    engine.dispose()


def _script(sealed: int) -> str:
    """The row is spelled out, so that nothing of it is sent or worked out but its key."""
    row = ", ".join(f"'\\x{os.urandom(size).hex()}'" for size in (256, sealed))
    of_round = os.urandom(32).hex()
    return (
        "\\set number random(1, 9223372036854775807)\n"
        f"INSERT INTO rows VALUES ('\\x{of_round}', sha256(int8send(:number)), 1, {row});\n"
    )
