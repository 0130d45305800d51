"""A Dask cluster on this machine: a scheduler and workers in processes of their own, over TLS on the loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trustme

from aggregation.engines.cluster import TlsFiles
from host.ports import free_port
from host.supervising import stop_all

_PATIENCE: Final = 60


@dataclass(frozen=True, slots=True)
class RunningCluster:
    """Where its scheduler listens, the certificates, and the processes of scheduler and workers."""

    address: str
    tls: TlsFiles
    pids: tuple[int, ...]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[RunningCluster]:
    """So many workers of one thread each, that their scheduler knows, until the block ends."""
    folder.mkdir(parents=True)
    tls, port = _certificates(folder), free_port()
    address, running = f"tls://127.0.0.1:{port}", []
    try:
        where = ("--protocol", "tls", "--host", "127.0.0.1", "--port", str(port))
        running.append(_start(folder, "scheduler", tls, where, "Scheduler at"))
        for number in range(workers):
            how = (address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--memory-limit", "0")
            running.append(_start(folder, f"worker-{number}", tls, how, "Registered to"))
        yield RunningCluster(address, tls, tuple(one.pid for one in running))
    finally:
        stop_all(running)


def _start(folder: Path, name: str, tls: TlsFiles, how: tuple[str, ...], ready: str) -> subprocess.Popen[bytes]:
    files = ("--tls-ca-file", tls.authority, "--tls-cert", tls.certificate, "--tls-key", tls.key)
    log, module = folder / f"{name}.log", f"distributed.cli.dask_{name.partition('-')[0]}"
    command = [sys.executable, "-m", module, *how, *map(str, files), "--no-dashboard"]
    if name != "scheduler":
        command += ["--local-directory", str(folder / name)]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    deadline = time.monotonic() + _PATIENCE
    while ready not in log.read_text(encoding="utf-8"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"The {name} of the cluster did not start: {log.read_text(encoding='utf-8')}")
        time.sleep(0.05)
    return process


def _certificates(folder: Path) -> TlsFiles:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = TlsFiles(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(str(files.authority))
    files.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files.key))
    return files
