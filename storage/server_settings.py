"""The settings of a PostgreSQL server that our promises depend on: some refused, some only pointed out.

Refused is what breaks "stored means on disk", and what writes down who came when, row by row, in a file that outlives
the round. Pointed out is what keeps the write-ahead log, which is the order of arrival, for longer than the server
itself needs it: a host may want copies of that log against losing a disk, and has to know what they tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Demand:
    """A setting, the values it may have, and what it would do otherwise. The first value is the one to write."""

    setting: str
    values: tuple[str, ...]
    why: str


_LOGS: Final = "it logs statements"
_TIMES: Final = "it logs when statements ran"
_ROWS: Final = "it logs what statements carry"
# A setting that a server does not know (an older one, or an extension that is not loaded) cannot do any harm.
REFUSED: Final = (
    Demand("fsync", ("on",), "it does not wait for its disk"),
    Demand("full_page_writes", ("on",), "a power cut can tear its pages"),
    Demand("track_commit_timestamp", ("off",), "it keeps the time of each commit"),
    Demand("log_statement", ("none", "ddl"), _LOGS),
    Demand("log_duration", ("off",), _TIMES),
    Demand("log_min_duration_statement", ("-1",), _LOGS),
    Demand("log_min_duration_sample", ("-1",), _LOGS),
    Demand("log_transaction_sample_rate", ("0",), _LOGS),
    Demand("log_parser_stats", ("off",), _TIMES),
    Demand("log_planner_stats", ("off",), _TIMES),
    Demand("log_executor_stats", ("off",), _TIMES),
    Demand("log_statement_stats", ("off",), _TIMES),
    Demand("debug_print_parse", ("off",), _LOGS),
    Demand("debug_print_rewritten", ("off",), _LOGS),
    Demand("debug_print_plan", ("off",), _LOGS),
    Demand("log_min_messages", ("warning", "info", "notice", "error", "log", "fatal", "panic"), _TIMES),
    Demand("log_parameter_max_length_on_error", ("0",), _ROWS),
    Demand("log_lock_waits", ("off",), _TIMES),
    Demand("auto_explain.log_min_duration", ("-1",), _LOGS),
    Demand("pgaudit.log", ("none", ""), _LOGS),
    Demand("pg_stat_statements.track", ("none",), "it keeps and counts statements"),
)
POINTED_OUT: Final = (
    Demand("archive_mode", ("off",), "copies of its log are kept elsewhere"),
    Demand("wal_level", ("replica", "minimal"), "its log can be read back as a list of rows"),
    Demand("wal_keep_size", ("0",), "old pieces of its log are kept"),
    Demand("wal_recycle", ("off",), "old pieces of its log lie on the disk until they are written over"),
    Demand("summarize_wal", ("off",), "it keeps a list of what changed when"),
)


# What `storage.postgresql.forget_log` needs, by what to grant. The role is there from PostgreSQL 15 on.
_RIGHTS: Final = text(
    """SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE') AS "GRANT EXECUTE ON FUNCTION pg_switch_wal()",
    EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_checkpoint' AND pg_has_role(oid, 'USAGE')) AS "GRANT pg_checkpoint"
    """
)


class UnsafeServer(RuntimeError):
    """The server's settings break a promise of ours."""

    def __init__(self, demand: Demand) -> None:
        wanted = demand.values[0]
        super().__init__(
            f"The PostgreSQL server must not be used like this: {demand.why}. Set {demand.setting} = {wanted} for "
            "this database."
        )


def check_server(connection: Connection) -> None:
    """Raises: UnsafeServer if the server confirms what is not on disk, or notes down what tells who came when."""
    for demand in _broken(connection, REFUSED):
        raise UnsafeServer(demand)


def weaknesses(connection: Connection) -> tuple[str, ...]:
    """What keeps the server's log, and so the order of arrival, longer than need be; each as `setting (why)`.

    Rights that this user lacks are among it, each as the grant that gives it.
    """
    found = [f"{demand.setting} ({demand.why})" for demand in _broken(connection, POINTED_OUT)]
    if connection.execute(text("SELECT count(*) FROM pg_replication_slots")).scalar_one():
        found.append("a replication slot (the log is kept until somebody has copied it)")
    rights = connection.execute(_RIGHTS).one()
    lacking = [right for right, has in rights._mapping.items() if not has]
    return (*found, *(f"{right} (missing: the log is not let go of at closing)" for right in lacking))


def _broken(connection: Connection, demands: tuple[Demand, ...]) -> list[Demand]:
    # The names come from our own code, never from outside.
    asked = ", ".join(f"current_setting('{demand.setting}', true)" for demand in demands)
    found = connection.execute(text(f"SELECT {asked}")).one()
    pairs = zip(demands, found, strict=True)
    return [demand for demand, value in pairs if value is not None and value not in demand.values]
