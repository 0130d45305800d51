"""A store made anew from a backup's rows, beside the one that serves, and then put in its place all at once.

Whatever engine a backup comes from and whichever it goes to, it is first read into a SQLite file of its own, brought
to the newest schema there, and changed there into what may be served. Only then is anything changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, insert, select
from sqlalchemy.exc import DBAPIError

from host.backups.archive import Backup, BackupDamaged, sync_folder
from host.backups.judging import RestoreRefused
from host.backups.row_parts import check_rows, read_rows
from storage import sqlite
from storage.address import Address
from storage.copying import InUse, alone
from storage.migrating import SchemaUnknown, migrate
from storage.opening import is_there, open_database
from storage.rows import fill, filling_order, is_empty, one_moment
from storage.schema import Schema
from storage.settling import settle
from storage.transactions import insert_new, writing

_FILE: Final = ".restoring.sqlite"
_AT_ONCE: Final = 1000
_BUSY: Final = (
    "Another program has the database open, or an old one has left its -wal and -shm files here. Stop the service and "
    "every command, move such files away, then restore again. Nothing was changed."
)


@contextmanager
def rebuilt(backup: Backup, schema: Schema, folder: Path) -> Iterator[Engine]:
    """The backup's store, in a file of its own in a private folder; the file is gone afterwards unless it was moved.

    Raises: BackupDamaged.
    """
    check_rows(backup)
    path = folder / _FILE
    _remove(path)
    engine = sqlite.new_engine(path, pooled=False)
    try:
        with writing(engine) as connection:
            _migrate(connection, schema, backup.description.revision)
            order = filling_order(connection)
        if set(backup.description.tables) - set(order):
            raise BackupDamaged("it has tables that no such store has")
        for name in order:
            _fill(engine, name, backup)
        with writing(engine) as connection:
            _migrate(connection, schema, schema.head)
        yield engine
    finally:
        engine.dispose()
        _remove(path)


@dataclass(frozen=True, slots=True)
class Present:
    """The store that is in place. connection: None if there never was one; has_rows: whether anything is in it."""

    address: Address
    connection: Connection | None = field(repr=False)
    has_rows: bool
    holding: ExitStack = field(repr=False)


@contextmanager
def held(address: Address, schema: Schema) -> Iterator[Present]:
    """The store that is here, which nobody else has open or writes to until it is replaced or this is left.

    What is read of it is therefore still all of it when the restored rows take its place: no service elsewhere, on
    another machine or in a container, can have given or taken anything in between.
    Raises: InUse; RestoreRefused if it is there and cannot be read.
    """
    with ExitStack() as holding:
        if not is_there(address, schema):
            yield Present(address, None, has_rows=False, holding=holding)
            return
        try:
            engine = open_database(address, schema, pooled=False)
        except DBAPIError:
            raise RestoreRefused(
                f"The {schema.name}'s database that is here cannot be read. Move it away, with all files whose names "
                "begin like its own, then restore again. Nothing was changed."
            ) from None
        holding.callback(engine.dispose)
        connection = holding.enter_context(alone(engine))
        if engine.dialect.name == "postgresql":  # however long the backup takes to be read meanwhile
            for limit in ("idle_in_transaction_session_timeout", "statement_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
        yield Present(address, connection, not is_empty(connection, schema.metadata), holding)


def add_present(
    engine: Engine, present: Present, schema: Schema, add: Callable[[Connection, str, Row[Any]], None]
) -> None:
    """Join every row of the store that is here to the rebuilt one."""
    if present.connection is None:
        return
    with writing(engine) as connection:
        for table in schema.metadata.sorted_tables:
            rows = present.connection.execute(select(table).execution_options(yield_per=_AT_ONCE))
            for row in rows:
                add(connection, table.name, row)


def install(engine: Engine, present: Present, schema: Schema, grows: bool = False) -> None:
    """Put the rebuilt store in the place of the one that is held, on disk when this returns, all or nothing.

    grows: only add what is not there; the ledger's database refuses anything else.
    Raises: RestoreRefused, InUse if somebody else has the database open.
    """
    if isinstance(present.address, Path):
        _replace(engine, present, present.address, schema)
    elif present.connection is not None:
        _pour(engine, present.connection, schema, grows)
    else:
        target = open_database(present.address, schema, pooled=False)
        try:
            with alone(target) as connection:
                if not is_empty(connection, schema.metadata):  # somebody began to serve in between
                    raise InUse
                _pour(engine, connection, schema, grows)
        finally:
            target.dispose()


def _replace(engine: Engine, present: Present, path: Path, schema: Schema) -> None:
    settle(engine)
    engine.dispose()
    if present.connection is None and is_there(path, schema):
        raise InUse  # it was made in between
    # The last to close a file empties its log and removes it; whoever has opened it meanwhile has a log of his own.
    present.holding.close()
    if any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-shm")):
        raise RestoreRefused(_BUSY)
    path.with_name(_FILE).replace(path)
    sync_folder(path.parent)


def _pour(engine: Engine, target: Connection, schema: Schema, grows: bool) -> None:
    """In the transaction that holds the target, which ends here."""
    tables = schema.metadata.sorted_tables
    if not grows:
        for table in reversed(tables):
            target.execute(delete(table))
    with one_moment(engine) as source:
        for table in tables:
            query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
            rows = iter(source.execute(query).mappings())
            while some := [dict(row) for row in islice(rows, _AT_ONCE)]:
                target.execute(insert_new(target, table) if grows else insert(table), some)
    target.commit()


def _fill(engine: Engine, name: str, backup: Backup) -> None:
    table = backup.description.tables.get(name)
    if table is None:
        return
    columns = [column for column, _ in table.columns]
    try:
        for number in range(table.parts):
            with writing(engine) as connection:
                fill(connection, name, columns, read_rows(backup, name, number))
    except (DBAPIError, KeyError) as error:
        raise BackupDamaged(f"its rows are not those of such a table ({type(error).__name__})") from None


def _migrate(connection: Connection, schema: Schema, revision: str) -> None:
    try:
        migrate(connection, schema, revision)
    except SchemaUnknown:
        raise BackupDamaged("it was made by a later version of the program; use that version") from None


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
