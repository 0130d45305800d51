"""SQLite files."""

import os
import stat
from pathlib import Path

import pytest
from a_round import rows
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, insert
from sqlalchemy.exc import SQLAlchemyError

from storage import sqlite
from storage.opening import open_database
from storage.schema import Schema
from storage.settling import settle
from storage.sqlite import StillRead
from storage.transactions import writing

metadata = MetaData()
things = Table("things", metadata, Column("id", Integer, primary_key=True), Column("data", LargeBinary))
schema = Schema("things", metadata, Path(__file__).with_name("migrations"), "0001")


@pytest.fixture
def engine(tmp_path):
    engine = open_database(tmp_path / "things.sqlite", schema)
    yield engine
    engine.dispose()


def _pragma(engine, name):
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_a_commit_is_on_disk_when_it_returns(engine):
    assert _pragma(engine, "journal_mode") == "wal"
    assert _pragma(engine, "synchronous") == 2  # FULL: the log is synced at each commit


def test_deleted_rows_are_overwritten(engine, tmp_path):
    assert _pragma(engine, "secure_delete") == 1
    with writing(engine) as connection:
        connection.execute(insert(things).values(id=1, data=b"marked-row" * 20))
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM things")
    settle(engine)
    for path in tmp_path.iterdir():
        assert b"marked-row" not in path.read_bytes()


def test_only_the_owner_can_read_the_database_its_log_and_its_index(tmp_path):
    before = os.umask(0)
    try:
        engine = open_database(tmp_path / "things.sqlite", schema)
        with writing(engine) as connection:
            connection.execute(insert(things).values(id=1, data=b""))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        settle(engine)
        modes |= {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert modes == {"things.sqlite": 0o600, "things.sqlite-wal": 0o600, "things.sqlite-shm": 0o600}


def test_a_failure_inside_a_transaction_leaves_nothing(engine, tmp_path):
    def fail():
        with writing(engine) as connection:
            connection.execute(insert(things).values(id=1, data=b""))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert rows(tmp_path / "things.sqlite", "SELECT * FROM things") == []
    with writing(engine) as connection:
        connection.execute(insert(things).values(id=2, data=b""))
    assert rows(tmp_path / "things.sqlite", "SELECT id FROM things") == [(2,)]


def test_errors_never_show_parameters(engine):
    def fail():
        with writing(engine) as connection:
            connection.execute(insert(things).values(id=987654321, data=b""))
            connection.execute(insert(things).values(id=987654321, data=b""))

    with pytest.raises(SQLAlchemyError) as caught:
        fail()
    assert "987654321" not in str(caught.value)
    assert "INSERT" in str(caught.value)


def test_opening_again_keeps_what_is_there(tmp_path, engine):
    with writing(engine) as connection:
        connection.execute(insert(things).values(id=1, data=b"kept"))
    again = open_database(tmp_path / "things.sqlite", schema)
    with again.connect() as connection:
        assert connection.exec_driver_sql("SELECT data FROM things").scalar_one() == b"kept"
    again.dispose()


def test_settling_that_a_reader_holds_up_is_an_error_and_not_silence(tmp_path, monkeypatch):
    """A log that was not emptied still tells the order of arrival; whoever settles has to know."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    engine = open_database(tmp_path / "things.sqlite", schema)
    with writing(engine) as connection:
        connection.execute(insert(things).values(id=1, data=b""))
    with engine.connect() as reader:
        cursor = reader.exec_driver_sql("SELECT * FROM things")
        with writing(engine) as connection:
            connection.execute(insert(things).values(id=2, data=b""))
        with pytest.raises((SQLAlchemyError, StillRead)):
            settle(engine)
        cursor.close()
    settle(engine)
    assert (tmp_path / "things.sqlite-wal").stat().st_size == 0
    engine.dispose()


def test_opening_a_database_again_drops_no_lock_that_is_held_on_it(tmp_path):
    """Otherwise another process takes the log for its own to delete, and what is committed next is lost."""
    path = tmp_path / "things.sqlite"
    first = open_database(path, schema)
    with writing(first) as connection:
        connection.execute(insert(things).values(id=1, data=b""))
    held = _locks_on(path)
    second = open_database(path, schema)
    try:
        assert held
        assert held <= _locks_on(path)
    finally:
        second.dispose()
        first.dispose()


def _locks_on(path):
    """The locks of this process on the file, as the kernel lists them."""
    inode = path.stat().st_ino
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    mine = [line for line in lines if "->" not in line and line[4] == str(os.getpid())]
    return {(line[3], line[6], line[7]) for line in mine if line[5].endswith(f":{inode}")}
