"""Whether a store can be read and written, without writing anything."""

from __future__ import annotations

from sqlalchemy import Engine, Table, delete, false

from storage.transactions import begun


def check_works(engine: Engine, table: Table) -> None:
    """Take the right to write, delete no row, and undo that: nothing changes, not even a log of changes.

    It waits its turn, as every writer does. Raises: DBAPIError if the store is gone, read-only or locked for long.
    """
    with begun(engine, alone=False) as connection:
        connection.execute(delete(table).where(false()))
