"""How much memory processes hold at most, all of them together."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self

import psutil

_EVERY_SECONDS: Final = 0.1


@dataclass(slots=True)
class Watch:
    """Looks at these processes and all below them until its block ends. What two share counts twice.

    peak: bytes (resident set size), the largest sum that was seen.
    """

    pids: tuple[int, ...]
    peak: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self.peak = max(self.peak, sum(_held(pid) for pid in self.pids))


def _held(pid: int) -> int:
    """By a process and all below it; nothing by those that are gone."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                total += one.memory_info().rss
    return total


def gigabytes(size: Any) -> str:
    return f"{size / 1e9:.2f} GB"
