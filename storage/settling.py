"""Taking the order of arrival out of a database."""

from __future__ import annotations

from sqlalchemy import Engine

from storage import postgresql, sqlite


def settle(engine: Engine) -> None:
    """Rewrite every table in key order, so that no place in a file tells who came first.

    SQLite: the write-ahead log is emptied too. PostgreSQL: see `storage.postgresql.settle` for what stays in logs that
    only the server's administrator can empty.
    Raises: StillRead if another connection keeps SQLite's log from being emptied.
    """
    (sqlite if engine.dialect.name == "sqlite" else postgresql).settle(engine)
