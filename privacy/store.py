"""The ledger's database: tables that only grow, and a connection that is durable and quiet."""

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

METADATA = sa.MetaData()
ENTRIES = sa.Table(
    "ledger_entries",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("round_id", sa.String, nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("rho", sa.Double, nullable=False),
    sa.Column("term", sa.String, nullable=False),
    sa.Column("term_epsilon", sa.Double, nullable=False),
    sa.Column("term_delta", sa.Double, nullable=False),
    sa.Column("day", sa.String, nullable=False),
    sa.Column("measurement", sa.String, nullable=False),
    sa.Column("previous", sa.String, nullable=False, unique=True),
    sa.Column("digest", sa.String, nullable=False, unique=True),
)
MEASUREMENTS = sa.Table(
    "measurements",
    METADATA,
    sa.Column("round_id", sa.String, sa.ForeignKey(ENTRIES.c.round_id), primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
)
DESTROYED = sa.Table(
    "destroyed",
    METADATA,
    sa.Column("round_id", sa.String, sa.ForeignKey(ENTRIES.c.round_id), primary_key=True),
    sa.Column("day", sa.String, nullable=False),
)


def _refuse(table: sa.Table, action: str) -> sa.DDL:
    return sa.DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER {table.name}_no_{action.lower()} BEFORE {action} ON {table.name} "
        "BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END"
    )


for _table in METADATA.tables.values():
    for _action in ("UPDATE", "DELETE"):
        event.listen(_table, "after_create", _refuse(_table, _action).execute_if(dialect="sqlite"))


def connect(url_or_path: str | Path) -> sa.Engine:
    """An engine for the ledger. A SQLite file is made readable by its owner only, before anything is in it.

    A connection is opened for each use and closed after it, so that a child process never shares one and the
    write-ahead log is emptied into the file each time.
    """
    url = _url(url_or_path)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _own_file(Path(url.database or ""))
    arguments: dict[str, Any] = {"timeout": 60} if sqlite else {}
    engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    if sqlite:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _url(url_or_path: str | Path) -> sa.URL:
    if isinstance(url_or_path, str) and "://" in url_or_path:
        return sa.make_url(url_or_path)
    return sa.URL.create("sqlite", database=str(url_or_path))


def _own_file(path: Path) -> None:
    # SQLite gives the write-ahead log and the shared-memory file the mode of the database.
    new = not path.exists()
    if new:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    # By name: closing a descriptor of the file would drop the locks of connections that are open already.
    path.chmod(0o600)
    if new:  # a ledger that a power cut takes away would be a fresh budget
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin says, not where the driver guesses
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "cache_spill = OFF",  # no noisy count reaches the disk before its commit
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock first: what is read inside stays true until the commit.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
