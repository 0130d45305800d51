"""Opening a database: durable, silent about parameters, of the newest schema."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from storage import postgresql, server_settings, sqlite
from storage.address import Address
from storage.migrating import bring_up_to_date, version_of
from storage.moved import refuse_moved
from storage.schema import Schema
from storage.unavailable import DatabaseUnavailable, check_passfile, explained

__all__ = ["DatabaseUnavailable", "is_there", "open_database", "server_weaknesses"]


def open_database(address: Address, schema: Schema, pooled: bool = True) -> Engine:
    """The database at this address, brought to the newest schema; a SQLite file is made with mode 0600 if it is new.

    A commit is on disk when it returns. pooled: keep connections open for the next use; without, a child process
    never shares one, and SQLite's write-ahead log is emptied into the file each time.
    Raises: SchemaUnknown, SomebodyElses; Moved, OSError, DBAPIError (SQLite); DatabaseUnavailable, UnsafeServer
    (PostgreSQL).
    """
    if isinstance(address, Path):
        refuse_moved(address)
        return _up_to_date(sqlite.new_engine(address, pooled), schema)
    check_passfile(address, schema.name)
    try:
        return _up_to_date(_checked(postgresql.new_engine(address, pooled)), schema)
    except DBAPIError as error:
        raise explained(error, address, schema.name) from None


def is_there(address: Address, schema: Schema) -> bool:
    """Whether this store was ever made at this address. Nothing is made by looking.

    Raises: Moved; DatabaseUnavailable: what cannot be reached is not the same as what is not there.
    """
    if isinstance(address, Path):
        refuse_moved(address)
        return address.is_file() and address.stat().st_size > 0
    check_passfile(address, schema.name)
    engine = postgresql.new_engine(address, pooled=False)
    try:
        with engine.connect() as connection:
            return version_of(connection, schema) is not None
    except DBAPIError as error:
        raise explained(error, address, schema.name) from None


def server_weaknesses(engine: Engine) -> tuple[str, ...]:
    """What of its server's settings keeps the order of arrival longer than need be. A SQLite file has no server."""
    if engine.dialect.name == "sqlite":
        return ()
    with engine.connect() as connection:
        return server_settings.weaknesses(connection)


def _checked(engine: Engine) -> Engine:
    try:
        with engine.connect() as connection:
            server_settings.check_server(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _up_to_date(engine: Engine, schema: Schema) -> Engine:
    try:
        bring_up_to_date(engine, schema)
    except BaseException:
        engine.dispose()
        raise
    return engine
