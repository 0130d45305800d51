"""A store's rows apart from any engine: read at one moment and in key order, and put into tables of any revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, Literal

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
    inspect,
    select,
)

Kind = Literal["bytes", "truth", "integer", "number", "text"]
Row = tuple[Any, ...]
_AT_ONCE: Final = 1000
_KINDS: Final[tuple[tuple[type[Any], Kind], ...]] = (
    (LargeBinary, "bytes"),
    (Boolean, "truth"),
    (Integer, "integer"),
    (Float, "number"),
)


def kind_of(column: Column[Any]) -> Kind:
    """What a column holds, in either engine."""
    return next((kind for of, kind in _KINDS if isinstance(column.type, of)), "text")


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, and sees the database as it was at its first look, whoever writes meanwhile."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")  # in write-ahead mode a reader keeps what it saw first
            yield connection
            connection.rollback()
        return
    with engine.connect() as connection:
        quoted = map(connection.dialect.identifier_preparer.quote, sorted(inspect(connection).get_table_names()))
        tables = ", ".join(quoted)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        # What is seen is fixed by the first query, and LOCK is none: while `settle` empties and fills a table, a query
        # would wait for it and then find the table as of before, in a file that is gone: empty, without an error.
        if tables:
            connection.exec_driver_sql(f"LOCK TABLE {tables} IN ACCESS SHARE MODE")
        yield connection
        connection.rollback()


def rows(connection: Connection, table: Table) -> Iterator[Row]:
    """All rows of a table in the order of its key: nothing of how they came."""
    query = select(*table.columns).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query):
        yield tuple(row)


def fill(connection: Connection, name: str, columns: Sequence[str], content: Iterable[Row]) -> None:
    """Add rows to the table of this name as it now is. Raises: KeyError if it has not exactly these columns."""
    table = Table(name, MetaData(), autoload_with=connection)
    if {column.name for column in table.columns} != set(columns):
        raise KeyError(name)
    left = iter(content)
    while some := list(islice(left, _AT_ONCE)):
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in some])


def filling_order(connection: Connection) -> list[str]:
    """The tables there are, those that others refer to before them."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table.name for table in metadata.sorted_tables]


def is_empty(connection: Connection, metadata: MetaData) -> bool:
    """Whether no table has a row."""
    return all(connection.execute(select(1).select_from(t).limit(1)).first() is None for t in metadata.sorted_tables)
