"""Opening a database: durable, silent about parameters, of the newest schema."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from storage import postgresql, sqlite
from storage.address import Address
from storage.migrating import bring_up_to_date, version_of
from storage.schema import Schema


class DatabaseUnavailable(RuntimeError):
    """The database server cannot be reached, or does not let us in; says what to do, and nothing of its address."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(
            f"The database of the {name} cannot be used ({kind}); check that its server runs, and `database` in "
            "subrosa.toml."
        )


def open_database(address: Address, schema: Schema, pooled: bool = True) -> Engine:
    """The database at this address, brought to the newest schema; a SQLite file is made with mode 0600 if it is new.

    A commit is on disk when it returns. pooled: keep connections open for the next use; without, a child process
    never shares one, and SQLite's write-ahead log is emptied into the file each time.
    Raises: SchemaUnknown; DatabaseUnavailable, UnsafeServer (PostgreSQL); OSError, DBAPIError (SQLite).
    """
    if isinstance(address, Path):
        engine = sqlite.new_engine(address, pooled)
        bring_up_to_date(engine, schema)
        return engine
    engine = postgresql.new_engine(address, pooled)
    try:
        postgresql.check_server(engine)
        bring_up_to_date(engine, schema)
    except DBAPIError as error:
        engine.dispose()
        raise DatabaseUnavailable(schema.name, type(error.orig or error).__name__) from None
    return engine


def is_there(address: Address, schema: Schema) -> bool:
    """Whether this store was ever made at this address. Nothing is made by looking.

    Raises: DatabaseUnavailable: what cannot be reached is not the same as what is not there.
    """
    if isinstance(address, Path):
        return address.is_file() and address.stat().st_size > 0
    engine = postgresql.new_engine(address, pooled=False)
    try:
        with engine.connect() as connection:
            return version_of(connection, schema) is not None
    except DBAPIError as error:
        raise DatabaseUnavailable(schema.name, type(error.orig or error).__name__) from None
