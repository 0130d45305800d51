"""A PostgreSQL server: how it must be set, what we ask of each session, and what happens when it is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from servers import Postgres
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from storage import postgresql
from storage.address import read_address
from storage.opening import DatabaseUnavailable, is_there, open_database, server_weaknesses
from storage.server_settings import POINTED_OUT, REFUSED, UnsafeServer
from storage.still_read import StillRead
from survey.intake.box import BallotBox, Stored
from survey.intake.tables import SCHEMA

ROUND = b"r" * 32
TOKEN = b"a" * 256
# What a host may have set, of which some can be set for one database.
FOR_A_DATABASE = {
    "log_statement": "all",
    "log_duration": "on",
    "log_min_duration_statement": "0",
    "log_min_duration_sample": "0",
    "log_transaction_sample_rate": "0.5",
    "log_parser_stats": "on",
    "log_planner_stats": "on",
    "log_executor_stats": "on",
    "log_statement_stats": "on",
    "debug_print_parse": "on",
    "debug_print_rewritten": "on",
    "debug_print_plan": "on",
    "log_min_messages": "debug5",
    "log_parameter_max_length_on_error": "-1",
    "auto_explain.log_min_duration": "0",
    "pgaudit.log": "write",
    "log_lock_waits": "on",
    "pg_stat_statements.track": "top",
}
FOR_THE_SERVER = {"full_page_writes": "off", "fsync": "off"}
ONLY_AT_START = {"track_commit_timestamp"}


@pytest.fixture
def admin(postgres: Postgres, database: URL) -> Iterator[psycopg.Connection[Any]]:
    with closing(postgres.connect(database)) as connection:
        yield connection


@contextmanager
def set_for_the_database(admin: psycopg.Connection[Any], url: URL, name: str, value: str) -> Iterator[None]:
    admin.execute(f"ALTER DATABASE {url.database} SET {name} = '{value}'")
    try:
        yield
    finally:
        admin.execute(f"ALTER DATABASE {url.database} RESET {name}")


def test_a_server_as_it_comes_is_used(database: URL) -> None:
    open_database(database, SCHEMA).dispose()


def test_every_setting_that_would_break_a_promise_is_refused_by_its_name(
    database: URL, admin: psycopg.Connection[Any]
) -> None:
    for name, value in FOR_A_DATABASE.items():
        with set_for_the_database(admin, database, name, value), pytest.raises(UnsafeServer, match=f"Set {name} = "):
            open_database(database, SCHEMA)
    for name, value in FOR_THE_SERVER.items():
        with set_for_the_server(admin, name, value), pytest.raises(UnsafeServer, match=f"Set {name} = "):
            open_database(database, SCHEMA)
    assert FOR_A_DATABASE.keys() | FOR_THE_SERVER | ONLY_AT_START == {demand.setting for demand in REFUSED}
    open_database(database, SCHEMA).dispose()


@contextmanager
def set_for_the_server(admin: psycopg.Connection[Any], name: str, value: str) -> Iterator[None]:
    admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    admin.execute("SELECT pg_reload_conf(), pg_sleep(0.1)")
    try:
        yield
    finally:
        admin.execute(f"ALTER SYSTEM RESET {name}")
        admin.execute("SELECT pg_reload_conf(), pg_sleep(0.1)")


def test_what_keeps_the_log_longer_than_need_be_is_pointed_out(database: URL, admin: psycopg.Connection[Any]) -> None:
    engine = open_database(database, SCHEMA, pooled=False)
    assert [found.partition(" ")[0] for found in server_weaknesses(engine)] == ["wal_recycle"]  # as servers come
    admin.execute("SELECT pg_create_physical_replication_slot('a_copy', true)")
    try:
        with set_for_the_server(admin, "wal_recycle", "off"), set_for_the_server(admin, "wal_keep_size", "64MB"):
            found = [weakness.partition(" (")[0] for weakness in server_weaknesses(engine)]
            assert found == ["wal_keep_size", "a replication slot"]
    finally:
        admin.execute("SELECT pg_drop_replication_slot('a_copy')")


def test_a_right_that_the_user_lacks_is_pointed_out_as_what_to_grant(
    database: URL, admin: psycopg.Connection[Any]
) -> None:
    admin.execute("CREATE ROLE without_rights LOGIN")
    try:
        admin.execute("GRANT ALL ON SCHEMA public TO without_rights")
        engine = open_database(database.set(username="without_rights"), SCHEMA, pooled=False)
        for missing, grant in (
            (["GRANT EXECUTE ON FUNCTION pg_switch_wal()", "GRANT pg_checkpoint"], "pg_checkpoint"),
            (["GRANT EXECUTE ON FUNCTION pg_switch_wal()"], "EXECUTE ON FUNCTION pg_switch_wal()"),
            ([], ""),
        ):
            found = [weakness.partition(" (")[0] for weakness in server_weaknesses(engine)]
            assert found == ["wal_recycle", *missing]
            if grant:
                admin.execute(f"GRANT {grant} TO without_rights")
    finally:
        admin.execute("DROP OWNED BY without_rights")
        admin.execute("DROP ROLE without_rights")


def test_a_server_that_confirms_too_early_is_asked_not_to(database: URL, admin: psycopg.Connection[Any]) -> None:
    for weak, used in (("off", "on"), ("local", "local"), ("remote_write", "remote_write")):
        engine = open_database(database, SCHEMA, pooled=False)
        with set_for_the_database(admin, database, "synchronous_commit", weak), engine.connect() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == used


def test_no_lock_outlives_a_client_that_is_gone_by_more_than_minutes(database: URL) -> None:
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "transaction_isolation", "client_encoding")
    with open_database(database, SCHEMA, pooled=False).connect() as connection:
        found = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]
    assert found == ["30s", "10min", "read committed", "UTF8"]


def test_settling_that_a_reader_holds_up_gives_up_and_lets_others_in_again(
    database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits for the reader, everybody else waits for it."""
    monkeypatch.setitem(postgresql._SESSION, "lock_timeout", "200ms")
    box = BallotBox.open(database)
    for n in range(3):
        box.put(ROUND, bytes([n]) * 32, 1, TOKEN, b"sealed")
    reading = box.ballots(ROUND)
    next(reading)
    with pytest.raises(StillRead, match="do this again"):
        box.close(ROUND)
    assert box.put(ROUND, b"n" * 32, 1, TOKEN, b"late") is Stored.BOX_CLOSED
    reading.close()
    box.close(ROUND)
    box.release()


def test_a_server_that_is_away_is_one_clear_sentence_without_its_address(tmp_path: Path, database: URL) -> None:
    nowhere = read_address(f"postgresql:///secretname?host={tmp_path}")
    not_there = database.set(database="secretname")
    for address in (nowhere, not_there, database.set(username="secretname")):
        for use in (lambda: open_database(address, SCHEMA), lambda: is_there(address, SCHEMA)):  # noqa: B023
            with pytest.raises(DatabaseUnavailable, match="cannot be used") as caught:
                use()
            assert not any(part in str(caught.value) for part in ("secret", str(tmp_path), "/data"))
            assert caught.value.__suppress_context__


def test_a_client_comes_back_by_itself_after_the_server_was_started_anew(postgres: Postgres, database: URL) -> None:
    """Those of its connections that waited for use are dead then, and none of them costs a response."""
    box = BallotBox.open(database)
    assert box.put(ROUND, b"1" * 32, 1, TOKEN, b"sealed") is Stored.NEW
    postgres.stop()
    try:
        for _ in range(2):
            with pytest.raises(DBAPIError) as caught:
                box.put(ROUND, b"2" * 32, 1, TOKEN, b"sealed")
            assert "sealed" not in str(caught.value)
    finally:
        postgres.start()
    assert box.put(ROUND, b"2" * 32, 1, TOKEN, b"sealed") is Stored.NEW
    assert box.count(ROUND) == 2
    postgres.stop()
    postgres.start()
    assert box.put(ROUND, b"1" * 32, 1, TOKEN, b"sealed") is Stored.KEPT  # not one call was lost to the dead connection
    box.release()


def test_what_is_set_when_a_server_starts_is_found_too(postgres: Postgres, database: URL) -> None:
    engine = open_database(database, SCHEMA, pooled=False)
    with restarted_with(postgres, track_commit_timestamp="on", wal_level="logical", archive_mode="on"):
        with pytest.raises(UnsafeServer, match="Set track_commit_timestamp = off"):
            open_database(database, SCHEMA)
        found = [weakness.partition(" (")[0] for weakness in server_weaknesses(engine)]
        assert found == ["archive_mode", "wal_level", "wal_recycle"]


@contextmanager
def restarted_with(postgres: Postgres, **settings: str) -> Iterator[None]:
    def restart(statements: list[Any]) -> None:
        with closing(postgres.connect()) as connection:
            for statement in statements:
                connection.execute(statement)
        postgres.stop()
        postgres.start()

    restart([f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()])
    try:
        yield
    finally:
        restart([f"ALTER SYSTEM RESET {name}" for name in settings])


def test_what_is_pointed_out_is_known_to_this_server(admin: psycopg.Connection[Any]) -> None:
    """A name that was mistyped would never be found set."""
    known = {row[0] for row in admin.execute("SELECT name FROM pg_settings")}
    of_extensions_or_later = {
        "auto_explain.log_min_duration",
        "pgaudit.log",
        "pg_stat_statements.track",
        "summarize_wal",
    }
    assert {demand.setting for demand in (*REFUSED, *POINTED_OUT)} - known <= of_extensions_or_later
