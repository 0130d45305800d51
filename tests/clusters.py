"""A real Dask cluster on this machine: a scheduler and workers in processes of their own, over TLS."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from aggregation.engines.cluster import Cluster, TlsFiles
from host.ports import free_port

TESTS = Path(__file__).parent
IN_MEMORY = ("--memory-limit", "0")
# As docs/scaling.md has it. Without the second, an unencrypted port is open on every network.
NO_PAGES = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")


@dataclass
class RealCluster:
    """Its processes, each with a folder of its own to work in and a log."""

    folder: Path
    tls: TlsFiles
    port: int
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    def engine(self, portion: int = 3) -> Cluster:
        return Cluster(self.address, self.tls, portion)

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def start(self, name: str, *command: str) -> None:
        home = self.folder / name
        home.mkdir()
        tls = ("--tls-ca-file", self.tls.authority, "--tls-cert", self.tls.certificate, "--tls-key", self.tls.key)
        search = os.pathsep.join([str(TESTS.parent), str(TESTS / "aggregation")])
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command, *map(str, tls), *NO_PAGES],
                cwd=home,
                env=os.environ | {"PYTHONPATH": search, "TMPDIR": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_worker(self, name: str, memory: tuple[str, ...] = IN_MEMORY) -> None:
        """A worker of one thread, that the scheduler knows when this returns."""
        one = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(self.folder / name))
        self.start(name, "distributed.cli.dask_worker", self.address, *one, *memory)
        self._until(name, "Registered to")

    def start_scheduler(self) -> None:
        where = ("--protocol", "tls", "--host", "127.0.0.1", "--port", str(self.port))
        self.start("scheduler", "distributed.cli.dask_scheduler", *where)
        self._until("scheduler", "Scheduler at")

    def kill(self, name: str) -> None:
        """As a power cut would."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(15)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait(15)

    def _until(self, name: str, words: str) -> None:
        until(lambda: words in (self.folder / f"{name}.log").read_text() or self.processes[name].poll() is not None)
        assert self.processes[name].poll() is None, (self.folder / f"{name}.log").read_text()


@contextmanager
def running(folder: Path, tls: TlsFiles | None = None) -> Iterator[RealCluster]:
    """A scheduler without workers, until the block ends."""
    cluster = RealCluster(folder, tls or tls_files(folder / "tls"), free_port())
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
        cluster.stop()


def tls_files(folder: Path) -> TlsFiles:
    """A new authority and a certificate that everyone in the cluster uses."""
    folder.mkdir(parents=True)
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = TlsFiles(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(str(files.authority))
    files.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files.key))
    return files


def documented(command: str) -> list[list[str]]:
    """The words of every line of docs/scaling.md that runs this command."""
    lines = (TESTS.parent / "docs" / "scaling.md").read_text(encoding="utf-8").splitlines()
    return [shlex.split(line) for line in lines if line.startswith(f"    {command} ")]


def documented_tls_files(folder: Path) -> TlsFiles:
    """The same, made by the commands that a host is told."""
    folder.mkdir(parents=True)
    for words in documented("openssl"):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return TlsFiles(folder / "ca.pem", folder / "tally.pem", folder / "tally.key")


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
