"""The intake as a host starts it, by `subrosa serve`, on either engine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import urllib3

from benchmarks.scale.place import Place

_PATIENCE: Final = 60


@contextmanager
def intake(place: Place, database: str | None, processes: int) -> Iterator[tuple[str, int]]:
    """Where it answers. database: as it stands in the config; None is a SQLite file."""
    place.set(serve_processes=str(processes))
    if database is not None:
        place.set(intake_database=database)
    address = place.house.config.intake.address
    command = [sys.executable, "-m", "host.cli", "serve", "--role", "intake", "--config", str(place.config)]
    log = place.folder / "intake.log"
    with log.open("wb") as file:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        _wait(place, address, processes, log)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait(place: Place, address: tuple[str, int], processes: int, log: Path) -> None:
    """Until every process has said that it is ready and one of them answers."""
    url = f"http://{address[0]}:{address[1]}/v1/rounds/{place.round.manifest.id}/manifest"
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            urllib3.request("GET", url, headers={"Connection": "close"}, retries=False, timeout=5)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            if log.read_text(encoding="utf-8").count("is ready at") >= processes:
                return
            time.sleep(0.1)
    raise SystemExit(f"The intake did not start: {log.read_text(encoding='utf-8')}")
