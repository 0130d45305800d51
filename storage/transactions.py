"""Transactions that write: alone in the database, or beside each other but never beside one that is alone.

SQLite knows one writer at a time, and its write lock is taken at the start, so that what is read inside stays true
until the commit. PostgreSQL knows many; there an advisory lock, released by the commit itself, says who may be
beside whom, however many processes on however many machines there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

# One number for all our locks: each store has a database of its own.
_LOCK: Final = 0x5375_6272_6F73_61
_ALONE: Final = f"SELECT pg_advisory_xact_lock({_LOCK})"
BESIDE: Final = f"SELECT pg_advisory_xact_lock_shared({_LOCK})"
ALONE_IN_FILE: Final = "BEGIN IMMEDIATE"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction with no other writer beside it, from its first statement on; committed at the end."""
    with begun(engine) as connection:
        yield connection
        connection.commit()


@contextmanager
def beside(engine: Engine) -> Iterator[Connection]:
    """One write transaction that others of its kind may run beside, but none of `writing`; committed at the end.

    What it reads may be changed by others meanwhile: rows it decides by are locked (`with_for_update`), rows it adds
    are added with `insert_new`.
    """
    with begun(engine, alone=False) as connection:
        yield connection
        connection.commit()


@contextmanager
def begun(engine: Engine, alone: bool = True) -> Iterator[Connection]:
    """A write transaction that is rolled back unless it is committed inside."""
    with _locked(engine, alone) as connection:
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        if connection.in_transaction():
            connection.rollback()


def run_at_once(engine: Engine, statement: Executable) -> None:
    """One statement as a transaction of its own, which a PostgreSQL server hears of whole or not at all.

    Nothing of it is sent before all of it is, and its end is the commit: whoever dies before has told the server
    nothing, and whoever dies afterwards cannot keep it from committing. It takes no lock of ours, so that it can be run
    inside `begun`, whose lock then covers it.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(statement)


def _locked(engine: Engine, alone: bool) -> Connection:
    """A connection whose transaction holds its lock.

    A connection that waited for use while the server was started anew shows only now that it is dead; nothing was
    done yet, so a new one is taken.
    """
    try:
        return _lock(engine, alone)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return _lock(engine, alone)


def _lock(engine: Engine, alone: bool) -> Connection:
    connection = engine.connect()
    try:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(ALONE_IN_FILE)
        else:
            connection.exec_driver_sql(_ALONE if alone else BESIDE)
    except BaseException:
        connection.close()
        raise
    return connection


def insert_new(connection: Connection | Engine, table: Table) -> Any:
    """An INSERT that adds nothing where the key is there already; its `rowcount` says how many rows are new.

    On PostgreSQL it waits for another transaction that adds the same key, and then knows.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
