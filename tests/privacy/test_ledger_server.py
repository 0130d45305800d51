"""The ledger on a PostgreSQL server, which keeps what it is told: also what never came to a commit."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from example_rounds import SMALL, TERM, open_ledger, small_counts
from servers import Postgres
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

import privacy.ledger
from privacy.allocation import allocate
from privacy.documents import canonical
from privacy.errors import AlreadyMeasured, ChainBroken, ChargeUnknown
from privacy.ledger import Ledger
from privacy.measure import POINTS, Charge, measure
from privacy.store import ENTRIES, MEASUREMENTS
from storage.transactions import run_at_once

COUNTS = small_counts(300)
ALLOCATION = allocate(SMALL, TERM.rho / 2)
CHARGE = Charge("round", 100)


@pytest.fixture
def server(postgres: Postgres, database: URL) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Its administrator, who reads the files."""
    with closing(postgres.connect(database)) as connection:
        yield connection


@pytest.fixture
def ledger(database: URL) -> Ledger:
    return open_ledger(database)


def files_of(server: psycopg.Connection[tuple[object, ...]], table: str = MEASUREMENTS.name) -> bytes:
    """The bytes of a table's file and of the side table for large values, as they lie on the disk."""
    server.execute("CHECKPOINT")
    toast = "SELECT reltoastrelid::regclass FROM pg_class WHERE oid = %(table)s::regclass"
    files = "SELECT pg_read_binary_file(pg_relation_filepath({}))"
    row = server.execute(f"{files.format('%(table)s')}, ({files.format(f'({toast})')})", {"table": table}).fetchone()
    assert row is not None
    return b"".join(bytes(part) for part in row if isinstance(part, bytes))


def test_the_server_is_told_nothing_before_the_commit(
    ledger: Ledger, server: psycopg.Connection[tuple[object, ...]]
) -> None:
    sizes = {}

    def look(point: str) -> None:
        files = [files_of(server, table) for table in (ENTRIES.name, MEASUREMENTS.name)]
        sizes[point] = sum(len(file) for file in files)

    measure(ledger, CHARGE, COUNTS, ALLOCATION, look)
    assert [point for point in POINTS if sizes[point]] == ["committed"]


def left_over(server: psycopg.Connection[tuple[object, ...]], mark: bytes) -> None:
    """What a server that crashed in the middle of a commit leaves: rows of a transaction that never ended."""
    server.execute("ALTER TABLE measurements ALTER COLUMN document SET STORAGE EXTERNAL")
    server.execute("BEGIN")
    server.execute(
        "INSERT INTO ledger_entries VALUES (1, 'round', 'measured', 1, 't', 1, 1, '2025-05-05', 'm', 'p', 'd')"
    )
    server.execute("INSERT INTO measurements VALUES ('round', %s)", [mark * 200])
    server.execute("ROLLBACK")
    assert mark in files_of(server)


def test_what_a_crash_left_is_gone_from_the_tables_before_anything_is_drawn_again(
    ledger: Ledger, server: psycopg.Connection[tuple[object, ...]]
) -> None:
    mark = b"noise that nobody must see twice"
    left_over(server, mark)
    seen = {}

    def look(point: str) -> None:
        seen[point] = mark in files_of(server) or b"2025-05-05" in files_of(server, ENTRIES.name)

    with pytest.raises(KeyboardInterrupt):
        measure(ledger, CHARGE, COUNTS, ALLOCATION, lambda point: look(point) or stop(point, "gate-drawn"))
    assert seen == {"begun": False, "checked": False, "gate-drawn": False}


def test_without_the_rewriting_it_would_still_be_there(
    ledger: Ledger, server: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = b"noise that nobody must see twice"
    left_over(server, mark)
    monkeypatch.setattr(privacy.ledger, "rewrite_tables", lambda *_: None)
    measure(ledger, CHARGE, COUNTS, ALLOCATION)
    assert mark in files_of(server)


def lost(*_: object) -> None:
    raise OperationalError("INSERT", {}, psycopg.OperationalError("the connection is lost"))


def test_a_connection_lost_before_the_commit_charges_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which nobody can tell from one that is lost while the server commits."""
    with monkeypatch.context() as patch:
        patch.setattr(privacy.ledger, "run_at_once", lost)
        with pytest.raises(ChargeUnknown):
            measure(ledger, CHARGE, COUNTS, ALLOCATION)
    assert ledger.entries() == ()
    assert measure(ledger, CHARGE, COUNTS, ALLOCATION).complete


def test_a_connection_lost_after_the_commit_gives_the_stored_measurement(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy.ledger, "run_at_once", lambda *told: run_at_once(*told) or lost())
    measurement = measure(ledger, CHARGE, COUNTS, ALLOCATION)
    stored = ledger.measurement("round")
    assert stored is not None
    assert canonical(stored.to_json()) == canonical(measurement.to_json())
    assert len(ledger.entries()) == 1


def stop(reached: str, point: str) -> None:
    if reached == point:
        raise KeyboardInterrupt


@pytest.mark.parametrize("table", ["ledger_entries", "measurements", "destroyed"])
def test_the_server_refuses_changes(ledger: Ledger, server: psycopg.Connection[tuple[object, ...]], table: str) -> None:
    measure(ledger, CHARGE, COUNTS, ALLOCATION)
    ledger.mark_destroyed("round")
    for change in (f"UPDATE {table} SET round_id = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
        with pytest.raises(psycopg.errors.RaiseException, match="only ever added"):
            server.execute(change)


def test_a_changed_ledger_is_not_opened_there_either(
    ledger: Ledger, database: URL, server: psycopg.Connection[tuple[object, ...]]
) -> None:
    measure(ledger, CHARGE, COUNTS, ALLOCATION)
    server.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ALL")
    server.execute("UPDATE ledger_entries SET rho = rho / 2")
    with pytest.raises(ChainBroken):
        open_ledger(database)


def test_the_lock_is_held_while_the_charge_is_stored(
    ledger: Ledger, database: URL, server: psycopg.Connection[tuple[object, ...]]
) -> None:
    """It goes to the server by another connection than the one that holds the lock."""
    held = {}

    def look(point: str) -> None:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted"
        held[point] = server.execute(query).fetchone()

    measure(ledger, CHARGE, COUNTS, ALLOCATION, look)
    assert held == dict.fromkeys(POINTS[:-1], (1,)) | {"committed": (0,)}
    with pytest.raises(AlreadyMeasured):
        measure(open_ledger(database), CHARGE, COUNTS, ALLOCATION)
