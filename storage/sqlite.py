"""SQLite: one file, one machine; durable, silent about parameters, and without arrival order.

It keeps the order of arrival in two places: the write-ahead log, and the places in the file where new rows
went. `settle` removes both by rewriting the file in key order and truncating the log. It runs on a fixed interval
and at closing; what an interval holds is the window in which someone who copies the disk could order the rows.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from storage.still_read import BUSY_SECONDS, StillRead

_IN_MEMORY: Final = (
    "temp_store=MEMORY",  # what is sorted on the way to an answer is not written into a file elsewhere
    "cache_spill=OFF",  # nothing of a transaction, no noisy count above all, reaches the disk before its commit
)
# A ballot is kept in one piece: on SQLite's usual 4,096 bytes it would need a second page of its own, and thrice the
# space. Only a new file takes it.
_PAGE: Final = 8192


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
        with _copied_beside(connection):
            connection.exec_driver_sql("VACUUM")
        _empty_log(connection)
        # The log's index (`-shm`) still lists which pages were written, in order of arrival, until a first new
        # entry clears it: this writes one that says nothing.
        connection.exec_driver_sql("PRAGMA user_version = 1")
        _empty_log(connection)


@contextmanager
def _copied_beside(connection: Connection) -> Iterator[None]:
    """Let the copy that VACUUM makes lie in a file beside the database; in memory it would take twice its size.

    That file has no name and is gone with the connection that made it. It is written in key order, and what it leaves
    on the disk is what the log leaves there as well. Where SQLite does not take the folder, memory it is: the file
    must not lie elsewhere.
    """
    folder = str(Path(connection.engine.url.database or "").resolve().parent)
    quoted = folder.replace("'", "''")
    connection.exec_driver_sql(f"PRAGMA temp_store_directory = '{quoted}'").close()
    if connection.exec_driver_sql("PRAGMA temp_store_directory").scalar() != folder:
        yield
        return
    try:
        for pragma in ("temp_store=FILE", "cache_spill=ON"):
            connection.exec_driver_sql(f"PRAGMA {pragma}").close()
        yield
    finally:
        for pragma in _IN_MEMORY:
            connection.exec_driver_sql(f"PRAGMA {pragma}").close()


def _empty_log(connection: Connection) -> None:
    busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    if busy:
        raise StillRead


def _prepare(connection: Any, _record: object) -> None:
    # Transactions are begun by hand (`storage.transactions`); the driver would begin them too late to hold the lock.
    connection.isolation_level = None
    for pragma in (
        f"page_size={_PAGE}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",  # overwritten and deleted rows are zeroed, not left in free pages
        *_IN_MEMORY,
        "trusted_schema=OFF",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
