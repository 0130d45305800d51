"""One statement for many rows in one transaction, and on a server in one trip to it: lock, rows and commit together.

SQLAlchemy asks a server five times for that, and works out each statement anew; on the way of what everybody sends on
the last evening, that takes longer than the work itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine, TextClause
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from storage import transactions
from storage.refusals import refused

Row = Mapping[str, bytes | int]


def spelled_out(engine: Engine, statement: TextClause) -> str:
    """The statement as this engine's driver takes it, with the names of its parameters. Made once and kept."""
    dialect = sqlite.dialect(paramstyle="named") if engine.dialect.name == "sqlite" else engine.dialect
    return str(statement.compile(dialect=dialect))


def run_beside(engine: Engine, statement: str, rows: Sequence[Row]) -> list[bool] | None:
    """Whether each row changed something; committed when this returns, and beside others as `beside` is.

    The lock is taken by a statement of its own, so that those that follow read what was committed before it was given.
    None where there was no connection, or it broke: then nobody knows what was done, and all of it may be committed;
    `beside` finds that out, and finds such a row as one that was there before. Raises: DBAPIError where the database
    itself refused. Then nothing was changed.
    """
    dialect, run = engine.dialect, _RUN[engine.dialect.name]
    fault = dialect.loaded_dbapi.Error
    try:
        connection = engine.raw_connection()
    except fault:
        return None
    try:
        return run(connection.driver_connection, statement, rows)
    except Exception as error:  # a driver whose server goes may raise what is none of its own errors, too
        driver = connection.driver_connection
        if not isinstance(error, fault) or not refused(error) or dialect.is_disconnect(error, driver, None):
            connection.invalidate()
            return None
        raise DBAPIError.instance(statement, None, error, fault, True, dialect=dialect) from None
    finally:
        connection.close()  # and so it is rolled back, unless it was committed


def _in_file(driver: Any, statement: str, rows: Sequence[Row]) -> list[bool]:
    cursor = driver.cursor()
    cursor.execute(transactions.ALONE_IN_FILE)
    changed = [cursor.execute(statement, row).rowcount > 0 for row in rows]
    cursor.execute("COMMIT")
    return changed


def _on_server(driver: Any, statement: str, rows: Sequence[Row]) -> list[bool]:
    """What is known of a row is read when all has been answered, the commit too."""
    with driver.pipeline():
        driver.execute(transactions.BESIDE)
        cursors = [driver.execute(statement, row) for row in rows]
        driver.commit()
    return [cursor.rowcount > 0 for cursor in cursors]


_RUN: Final[dict[str, Callable[[Any, str, Sequence[Row]], list[bool]]]] = {
    "sqlite": _in_file,
    "postgresql": _on_server,
}
