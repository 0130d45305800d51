"""SQLite: one file, one machine; durable, silent about parameters, and without arrival order.

It keeps the order of arrival in two places: the write-ahead log, and the places in the file where new rows
went. `settle` removes both by rewriting the file in key order and truncating the log. It runs on a fixed interval
and at closing; what an interval holds is the window in which someone who copies the disk could order the rows.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from storage.still_read import BUSY_SECONDS, StillRead


def new_engine(path: Path, pooled: bool) -> Engine:
    """The database at `path`, made with mode 0600 if it is new.

    Durability: write-ahead log, synchronous=FULL: a commit is on disk when it returns.
    """
    _own_file(path)
    how: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    engine = create_engine(
        URL.create("sqlite", database=str(path)),  # never as text: a path may hold a question mark
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        **how,
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _own_file(path: Path) -> None:
    """Make the file before SQLite would, so that it never exists with the permissions of a careless umask.

    The log and shared-memory files take their mode from it. Raises: OSError if the path is a link.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _keep_name(path.parent)
    # Closing an ordinary descriptor of a file drops every lock this process has on it, those of SQLite connections
    # that are open already among them; a descriptor that only names the file (O_PATH) does not.
    descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        if stat.S_ISLNK(os.fstat(descriptor).st_mode):
            raise OSError(errno.ELOOP, "a database is not opened through a link")
        Path(f"/proc/self/fd/{descriptor}").chmod(0o600)  # also where somebody made the file before
    finally:
        os.close(descriptor)


def _keep_name(folder: Path) -> None:
    """A ledger that a power cut takes away would be a fresh budget."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settle(engine: Engine) -> None:
    """Rewrite the file in key order and empty the write-ahead log, so that neither tells who came first.

    Raises: StillRead if another connection keeps the log from being emptied.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
        _empty_log(connection)
        # The log's index (`-shm`) still lists which pages were written, in order of arrival, until a first new
        # entry clears it: this writes one that says nothing.
        connection.exec_driver_sql("PRAGMA user_version = 1")
        _empty_log(connection)


def _empty_log(connection: Connection) -> None:
    busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    if busy:
        raise StillRead


def _prepare(connection: Any, _record: object) -> None:
    # Transactions are begun by hand (`storage.transactions`); the driver would begin them too late to hold the lock.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",  # overwritten and deleted rows are zeroed, not left in free pages
        "temp_store=MEMORY",  # VACUUM keeps its copy in memory, not in a file elsewhere
        "cache_spill=OFF",  # nothing of a transaction, no noisy count above all, reaches the disk before its commit
        "trusted_schema=OFF",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
