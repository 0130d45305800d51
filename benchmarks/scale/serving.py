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
_WARM: Final = 10


@contextmanager
def intake(place: Place, database: str | None, processes: int) -> Iterator[tuple[str, int]]:
    """Where it answers. database: as it stands in the config; None is a SQLite file."""
    # All requests of a benchmark come from one source.
    place.set(serve_processes=str(processes), serve_requests_per_minute="0")
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
    """Until all of its processes have answered, as far as can be told: some requests for each, over new connections."""
    url = f"http://{address[0]}:{address[1]}/v1/rounds/{place.round.manifest.id}/manifest"
    deadline, answered = time.monotonic() + _PATIENCE, 0
    while time.monotonic() < deadline:
        try:
            urllib3.request("GET", url, headers={"Connection": "close"}, retries=False, timeout=5)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            answered += 1
            if answered >= _WARM * processes:
                return
    raise SystemExit(f"The intake did not start: {log.read_text(encoding='utf-8')}")
