"""PostgreSQL: many processes on many machines share one database.

Three things there tell the order of arrival: where a row lies (`ctid`), which transaction wrote it (`xmin`), and the
write-ahead log. `settle` removes the first two; the third is the server's own, and docs/threat-model.md says what
its administrator can do about it.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from storage.still_read import BUSY_SECONDS, StillRead
from storage.transactions import writing

# A network that was cut must show within half a minute, not when the kernel gives up after fifteen.
_CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "client_encoding": "utf8",  # else a server made without a locale hands out text as bytes
    "application_name": "subrosa",
}
# What each session asks of the server, whatever the server's own habits are. The network must show to it as well: it
# would keep the lock of a client that is gone for two hours, and closing would wait for that.
_SESSION: Final = {
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": "600s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_LOCK_NOT_AVAILABLE: Final = "55P03"
# As many as are used at once, and kept: opening one takes longer than storing a response.
_POOL: Final[dict[str, Any]] = {"pool_size": 20, "max_overflow": 0}
# Weaker than `on`, and still on the disk of this server when a commit returns.
_DURABLE: Final = ("on", "local", "remote_write", "remote_apply")


def new_engine(url: URL, pooled: bool) -> Engine:
    """Connections whose commits are on disk when they return, and which read what was committed before each statement.

    The second is what makes it safe to take a lock first and to decide by what is read afterwards: a server that is
    set to `repeatable read` would answer from before the lock.
    """
    how: dict[str, Any] = _POOL if pooled else {"poolclass": NullPool}
    engine = create_engine(url, hide_parameters=True, isolation_level="READ COMMITTED", connect_args=_CONNECTION, **how)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    wanted = [f"set_config('{name}', '{value}', false)" for name, value in _SESSION.items()]
    weak = f"CASE WHEN current_setting('synchronous_commit') IN {_DURABLE} THEN current_setting('synchronous_commit')"
    wanted.append(f"set_config('synchronous_commit', {weak} ELSE 'on' END, false)")
    connection.execute(f"SELECT {', '.join(wanted)}")
    connection.commit()


def settle(engine: Engine) -> None:
    """Write every table anew, in key order and by one transaction.

    `CLUSTER` would not do: it keeps each row's `xmin`, which counts up in the order of arrival.
    Raises: StillRead if another connection keeps a table from being rewritten; DBAPIError. Then nothing was changed.
    """
    try:
        with writing(engine) as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # it may take as long as it takes
            for table in sorted(inspect(connection).get_table_names()):  # as `one_moment` locks them
                _rewrite(connection, table)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise StillRead from None
        raise
    forget_log(engine)


def _rewrite(connection: Connection, table: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    keys = inspect(connection).get_pk_constraint(table)["constrained_columns"]
    if not keys:
        return
    name, order = quote(table), ", ".join(quote(key) for key in keys)
    # TRUNCATE gives table and indexes new, empty files; the old ones are removed at the commit.
    for statement in (
        f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TEMPORARY TABLE settling ON COMMIT DROP AS SELECT * FROM {name} ORDER BY {order}",  # noqa: S608
        f"TRUNCATE {name}",
        f"INSERT INTO {name} SELECT * FROM settling ORDER BY {order}",  # noqa: S608
        "DROP TABLE settling",
    ):
        connection.exec_driver_sql(statement)


def rewrite_tables(engine: Engine, tables: list[str]) -> None:
    """Take out of these tables' files what transactions left there that never committed.

    Raises: DBAPIError, also where somebody reads them for longer than a moment.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.exec_driver_sql(f"VACUUM (FULL) {connection.dialect.identifier_preparer.quote(table)}")
    forget_log(engine)


def forget_log(engine: Engine) -> None:
    """Begin a new piece of the server's log and let go of those before. Only some users may; the log is not ours."""
    for statement in ("SELECT pg_switch_wal()", "CHECKPOINT"):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError:
                continue
