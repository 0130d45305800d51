"""All rows of a store, from one database into another: in key order, in one transaction, compared before it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from time import monotonic, sleep
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Select, String, Table, insert, select, text
from sqlalchemy.exc import OperationalError

from storage.transactions import begun

_BATCH: Final = 1000
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
    "AND pid <> pg_backend_pid()"
)

_SEEN_AGAIN: Final = text("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same list for ever
_GOING_SECONDS: Final = 2.0  # how long a connection that was closed may still be in the list

Fingerprint = Mapping[str, tuple[int, str]]  # by table: how many rows, and SHA-256 over all of them in key order


class InUse(RuntimeError):
    """Somebody else has the database open."""

    def __init__(self) -> None:
        super().__init__("The database is in use; stop `subrosa serve` and every other command that uses it first.")


class NotEmpty(RuntimeError):
    """The target holds other rows already. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The new database holds rows already, and not these; name an empty one.")


class CopyDiffers(RuntimeError):
    """What was written is not what was read. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The copy is not what was read, so nothing was changed; check the disks of both databases.")


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction during which nobody else has the database open, or writes to it. Raises: InUse.

    Whoever comes to a server meanwhile may read there, and waits with writing.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            _take_file(connection)
            yield connection
            connection.rollback()
        return
    with begun(engine) as connection:
        last = monotonic() + _GOING_SECONDS
        while connection.execute(_OTHERS).scalar_one():
            if monotonic() > last:
                raise InUse
            sleep(0.05)
            connection.execute(_SEEN_AGAIN)
        yield connection


def copy_all(source: Connection, target: Connection, metadata: MetaData) -> Fingerprint:
    """Copy every row in key order, inside the target's open transaction, and compare.

    A target that holds exactly these rows is left as it is, so that an interrupted move can be run again.
    Raises: NotEmpty, CopyDiffers. Whoever catches one must roll the target back.
    """
    wanted, found = fingerprint(source, metadata), fingerprint(target, metadata)
    if found == wanted:
        return wanted
    if any(count for count, _ in found.values()):
        raise NotEmpty
    for table in metadata.sorted_tables:
        for rows in source.execute(_in_key_order(table, source)).mappings().partitions(_BATCH):
            target.execute(insert(table), [dict(row) for row in rows])
    if fingerprint(target, metadata) != wanted:
        raise CopyDiffers
    return wanted


def fingerprint(connection: Connection, metadata: MetaData) -> Fingerprint:
    """What tells two copies of a store apart, whatever engine holds them."""
    return {table.name: _of_table(connection, table) for table in metadata.sorted_tables}


def _of_table(connection: Connection, table: Table) -> tuple[int, str]:
    count, digest = 0, sha256()
    for row in connection.execute(_in_key_order(table, connection).execution_options(yield_per=_BATCH)):
        count += 1
        digest.update(repr(tuple(row)).encode())
    return count, digest.hexdigest()


def _in_key_order(table: Table, connection: Connection) -> Select[Any]:
    """By the bytes of the key: a server may otherwise sort text like its country's dictionaries."""
    by_bytes = "BINARY" if connection.dialect.name == "sqlite" else "C"
    keys = [key.collate(by_bytes) if isinstance(key.type, String) else key for key in table.primary_key]
    return select(table).order_by(*keys)


def _take_file(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1000")
        connection.exec_driver_sql("PRAGMA locking_mode = EXCLUSIVE")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    except OperationalError:
        raise InUse from None
