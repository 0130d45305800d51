"""On a server a table is emptied and filled while it is settled; whoever reads meanwhile finds every row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from servers import Postgres
from sqlalchemy import URL, Connection

from storage import postgresql
from storage.copying import fingerprint
from storage.rows import one_moment, rows
from storage.transactions import begun
from survey.intake.box import BallotBox
from survey.intake.tables import ballots, metadata

ROUND = b"r" * 32


@pytest.fixture
def box(database: URL) -> Iterator[BallotBox]:
    box = BallotBox.open(database)
    for n in range(8):
        box.put(ROUND, bytes([n]) * 32, 1, b"a" * 256, b"sealed")
    yield box
    box.release()


def of_one_moment(box: BallotBox) -> int:
    with one_moment(box._engine) as connection:
        return len(list(rows(connection, ballots)))


def of_a_move(box: BallotBox) -> int:
    with begun(box._engine) as connection:
        return fingerprint(connection, metadata)["ballots"][0]


def of_two_portions(box: BallotBox) -> int:
    half = bytes([4]) * 32
    return len([*box.ballots(ROUND, end=half), *box.ballots(ROUND, half)])


@pytest.mark.parametrize("count", [of_one_moment, of_a_move, of_two_portions])
def test_who_begins_to_read_while_a_table_is_rewritten_finds_every_row(
    box: BallotBox, postgres: Postgres, monkeypatch: pytest.MonkeyPatch, count: Callable[[BallotBox], int]
) -> None:
    """The reader begins when the table is locked and still full, and the rewriting goes on once the reader waits."""
    rewrite, reading = postgresql._rewrite, []

    def held_up(connection: Connection, table: str) -> None:
        if table == "ballots":
            connection.exec_driver_sql("LOCK TABLE ballots IN ACCESS EXCLUSIVE MODE")
            reading.append(pool.submit(count, box))
            until_somebody_waits(postgres, box)
        rewrite(connection, table)

    monkeypatch.setattr(postgresql, "_rewrite", held_up)
    with ThreadPoolExecutor(1) as pool:
        box.settle()
        assert reading[0].result(20) == 8


def until_somebody_waits(postgres: Postgres, box: BallotBox) -> None:
    with closing(postgres.connect(box._engine.url)) as watching:
        waiting = (
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        end = time.monotonic() + 20
        while watching.execute(waiting).fetchone() == (0,):
            assert time.monotonic() < end
            time.sleep(0.02)
