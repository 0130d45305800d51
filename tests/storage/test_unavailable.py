"""A database server that cannot be used: which of its faults it is, in a sentence without address, user or password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from servers import Postgres
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from storage.address import read_address
from storage.opening import is_there, open_database
from storage.unavailable import DatabaseUnavailable, could_not_connect, explained
from survey.intake.tables import SCHEMA

USERS = ("secretlocked", "secretbanned", "secretpoor")


@pytest.fixture(scope="module")
def users(postgres: Postgres) -> Iterator[None]:
    """One who needs a password, one whom the server sends away, and one who may do nothing."""
    with closing(postgres.connect()) as admin:
        for user in USERS:
            admin.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'right'")  # type: ignore[call-overload]
        row = admin.execute("SHOW hba_file").fetchone()
        if postgres.process is None or row is None:
            pytest.skip("who may come in is not ours to change at the server that SUBROSA_TEST_POSTGRESQL names")
        rules = Path(row[0])
        before = rules.read_text()
        rules.write_text(f"local all secretlocked scram-sha-256\nlocal all secretbanned reject\n{before}")
        admin.execute("SELECT pg_reload_conf(), pg_sleep(0.1)")
        yield
        rules.write_text(before)
        admin.execute("SELECT pg_reload_conf(), pg_sleep(0.1)")
        for user in USERS:
            admin.execute(f"DROP ROLE {user}")  # type: ignore[call-overload]


def password_file(folder: Path, password: str) -> Path:
    path = folder / "pgpass"
    path.write_text(f"*:*:*:*:{password}\n")
    path.chmod(0o600)
    return path


def refusal(address: URL) -> DatabaseUnavailable:
    """What is said when a store is opened, and when it is looked for if it comes to that."""
    with pytest.raises(DatabaseUnavailable) as caught:
        open_database(address, SCHEMA)
    said = str(caught.value)
    assert said.startswith("The database of the intake cannot be used. ")
    assert not any(part in said for part in ("secret", "wrong", "FATAL", "/data"))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_each_fault_of_an_address_has_a_sentence_of_its_own(database: URL, users: None, tmp_path: Path) -> None:
    wrong = database.update_query_dict({"passfile": str(password_file(tmp_path, "wrong"))})
    said = {
        fault: refusal(address)
        for fault, address in {
            "no such database": database.set(database="secretname"),
            "user or password": database.set(username="secretname"),
            "this user or password": wrong.set(username="secretlocked"),
            "refuses this user": database.set(username="secretbanned"),
            "asks for a password": database.set(username="secretlocked"),
            "none that PostgreSQL knows": database.update_query_dict({"passfil": "secret"}),
            "or what it is set to": database.update_query_dict({"target_session_attrs": "secret"}),
            "make or use tables": database.set(username="secretpoor"),
        }.items()
    }
    for fault, error in said.items():
        assert fault in str(error)
        assert not error.passing, fault


def test_what_does_not_answer_may_answer_later(database: URL, tmp_path: Path) -> None:
    for fault, address in {
        "Nothing answers there": read_address("postgresql://127.0.0.1:1/secretname"),
        "check that the server runs": read_address(f"postgresql:///secretname?host={tmp_path}"),
        "folder that `host` names": read_address("postgresql:///secretname?host=/secret/folder"),
        "host and port": read_address("postgresql://secret.invalid/secretname?sslmode=verify-full"),
    }.items():
        error = refusal(address)
        assert fault in str(error)
        assert error.passing
        with pytest.raises(DatabaseUnavailable, match=fault):
            is_there(address, SCHEMA)


def test_a_server_that_speaks_another_language_is_understood_too(database: URL, tmp_path: Path) -> None:
    fault = OperationalError(None, None, Exception("Verbindung fehlgeschlagen"))
    assert "The server answers, but refuses" in str(explained(fault, database, "intake"))
    away = read_address(f"postgresql:///secretname?host={tmp_path}")
    assert explained(fault, away, "intake").passing


def test_a_database_that_was_dropped_a_moment_ago_is_not_taken_for_a_refused_user(database: URL) -> None:
    """A server that sees a database go while it lets somebody in has one line more to say than later."""
    begins = 'connection to server on socket "/x" failed: FATAL:  '
    for text in (
        'database "secretname" does not exist\nDETAIL:  It seems to have just been dropped or renamed.\n',
        'database "secretname" does not exist\nDETAIL:  The database subdirectory "base/5" is missing.\n',
        'cannot connect to invalid database "secretname"\nHINT:  Use DROP DATABASE to drop invalid databases.\n',
    ):
        fault = OperationalError(None, None, Exception(begins + text))
        assert "no such database" in str(explained(fault, database, "intake")), text
        assert "this user" not in str(explained(fault, database, "intake")), text


def hang_up_once(server: socket.socket) -> None:
    server.accept()[0].close()


def test_a_connection_that_breaks_off_may_hold_the_next_time(database: URL) -> None:
    """As when its server, or a proxy before it, is begun again: it answers by the time it is asked why."""
    with closing(socket.create_server(("127.0.0.1", 0))) as cutting:
        thread = threading.Thread(target=hang_up_once, args=(cutting,))
        thread.start()
        error = refusal(read_address(f"postgresql://127.0.0.1:{cutting.getsockname()[1]}/secretname"))
        thread.join()
    assert error.passing
    assert "broke off" in str(error)
    for text in ("server closed the connection", "Connection reset by peer", "Broken pipe", "timeout expired"):
        assert explained(OperationalError(None, None, Exception(text)), database, "intake").passing, text


def test_a_file_of_a_password_that_is_missing_or_open_to_others_is_refused_before_connecting(tmp_path: Path) -> None:
    path = password_file(tmp_path, "right")
    nowhere = read_address(f"postgresql:///x?host={tmp_path}&passfile={path}")
    assert "Nothing answers there" in str(refusal(nowhere))
    for mode in (0o640, 0o604):
        path.chmod(mode)
        for use in (open_database, is_there):
            with pytest.raises(DatabaseUnavailable, match=f"chmod 600 {path}") as caught:
                use(nowhere, SCHEMA)
            assert not caught.value.passing
    path.unlink()
    assert f"There is no file {path}" in str(refusal(nowhere))
    path.mkdir(mode=0o700)
    assert "cannot be read" in str(refusal(nowhere))


def test_only_what_a_database_server_does_is_taken_for_its_absence(tmp_path: Path) -> None:
    locked = OperationalError(None, None, Exception("unable to open database file"))
    assert not could_not_connect(locked)
    assert not could_not_connect(OSError(28, "no room"))
