"""PostgreSQL: many processes on many machines share one database.

Three things there tell the order of arrival: where a row lies (`ctid`), which transaction wrote it (`xmin`), and the
write-ahead log. `settle` removes the first two; the third is the server's own, and docs/threat-model.md says what
its administrator can do about it.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.transactions import writing

# A network that was cut must show within half a minute, not when the kernel gives up after fifteen.
_CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "subrosa",
}
# What must hold for "stored" to mean stored, and for nothing to be kept that tells when somebody came.
_DEMANDS: Final = {
    "fsync": ("on", "it does not wait for its disk"),
    "full_page_writes": ("on", "a power cut can tear its pages"),
    "synchronous_commit": ("on", "it confirms before its log is on disk"),
    "track_commit_timestamp": ("off", "it keeps the time of each commit"),
    "log_statement": ("none", "it logs statements"),
    "log_duration": ("off", "it logs when statements ran"),
    "log_min_duration_statement": ("-1", "it logs statements"),
}
_ALSO: Final = {"synchronous_commit": frozenset({"remote_apply", "remote_write"}), "log_statement": frozenset({"ddl"})}


class UnsafeServer(RuntimeError):
    """The server's settings break a promise of ours."""

    def __init__(self, setting: str, wanted: str, why: str) -> None:
        super().__init__(
            f"The PostgreSQL server must not be used like this: {why}. Set {setting} = {wanted} for this database."
        )


def new_engine(url: URL, pooled: bool) -> Engine:
    how: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    return create_engine(url, hide_parameters=True, connect_args=_CONNECTION, **how)


def check_server(engine: Engine) -> None:
    """Raises: UnsafeServer if the server confirms what is not on disk, or keeps what tells who came when."""
    names = ", ".join(f"current_setting('{name}')" for name in _DEMANDS)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {names}")).one()
    for (name, (wanted, why)), value in zip(_DEMANDS.items(), found, strict=True):
        if value != wanted and value not in _ALSO.get(name, ()):
            raise UnsafeServer(name, wanted, why)


def settle(engine: Engine) -> None:
    """Write every table anew, in key order and by one transaction.

    `CLUSTER` would not do: it keeps each row's `xmin`, which counts up in the order of arrival.
    Raises: DBAPIError, and nothing was changed.
    """
    with writing(engine) as connection:
        for table in inspect(connection).get_table_names():
            _rewrite(connection, table)
    _flush(engine)


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


def _flush(engine: Engine) -> None:
    """Ask for a checkpoint, which lets the server recycle its log. Only some users may; the log is not ours anyway."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.exec_driver_sql("CHECKPOINT")
        except DBAPIError:
            return
