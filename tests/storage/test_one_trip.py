"""Many rows in one trip: each says what it changed, a fault leaves nothing, and a lost connection is not a fault."""

import psycopg
import pytest
from sqlalchemy import URL, Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from storage import one_trip
from storage.address import Address
from storage.one_trip import run_beside, spelled_out
from storage.opening import open_database
from survey.intake.tables import SCHEMA, box_states

ADD = text("INSERT INTO box_states (round_id, state) SELECT :round_id, 'closed' ON CONFLICT DO NOTHING")
SECRET = b"nobody's to read"


@pytest.fixture
def engine(store_address: Address):
    opened = open_database(store_address, SCHEMA)
    yield opened
    opened.dispose()


def add(engine: Engine, *rows: bytes, statement=ADD):
    return run_beside(engine, spelled_out(engine, statement), [{"round_id": row} for row in rows])


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(box_states)).scalar_one()


def test_each_row_says_whether_it_changed_something_and_all_are_kept(engine):
    assert add(engine, b"a", b"b") == [True, True]
    assert add(engine, b"b", b"c", b"c") == [False, True, False]
    assert count(engine) == 3


def test_a_fault_in_one_row_keeps_all_of_them_out_and_says_nothing_of_what_they_hold(engine):
    strict = text("INSERT INTO box_states (round_id, state) VALUES (:round_id, 'closed')")
    with pytest.raises(DBAPIError) as told:
        add(engine, b"a", SECRET, SECRET, statement=strict)
    assert SECRET.decode() not in str(told.value)
    assert "parameters" not in str(told.value)
    assert count(engine) == 0
    assert add(engine, b"a") == [True]


def test_a_connection_that_was_lost_while_it_waited_is_told_as_unknown_and_the_next_one_works(database: URL):
    engine = open_database(database, SCHEMA)
    with engine.connect() as lost, engine.connect() as other:
        process = lost.connection.driver_connection.info.backend_pid
        other.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
    # Whichever of the two is used first; no more than one of them is dead.
    told = [add(engine, row) for row in (b"a", b"b", b"c")]
    assert told.count(None) == 1
    assert add(engine, b"a", b"b", b"c").count(True) == 1
    engine.dispose()


def test_a_server_that_is_away_is_told_as_unknown(postgres, database: URL):
    engine = open_database(database, SCHEMA)
    engine.dispose()
    postgres.stop()
    try:
        assert add(engine, b"a") is None
    finally:
        postgres.start()
    assert add(engine, b"a") == [True]
    engine.dispose()


@pytest.mark.parametrize(
    "fault",
    [
        psycopg.OperationalError("cannot exit pipeline mode while busy"),
        psycopg.errors.ConnectionFailure(),
        psycopg.errors.AdminShutdown(),
        psycopg.errors.StatementCompletionUnknown(),
        OSError("of the driver's waiting"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_whatever_is_no_refusal_of_the_server_is_told_as_unknown(database: URL, monkeypatch, fault: Exception):
    """What was done before it stays done, and its connection is not used again."""
    engine, used = open_database(database, SCHEMA), []

    def committed_all_the_same(driver, *given):
        used.append(driver)
        real(driver, *given)
        if len(used) == 1:
            raise fault
        return real(driver, *given)

    real = one_trip._RUN["postgresql"]
    monkeypatch.setitem(one_trip._RUN, "postgresql", committed_all_the_same)
    assert add(engine, b"a") is None
    assert used[0].closed
    assert count(engine) == 1
    assert add(engine, b"a") == [False]
    engine.dispose()
