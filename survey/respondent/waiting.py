"""Waiting when a service, or a proxy before it, asks for it: with 429, or with 503 and Retry-After (RFC 9110)."""

from __future__ import annotations

import threading
from typing import Final

PATIENCE_SECONDS: Final = 600.0  # for one request; then the service's own sentence is what is reported
LONGEST_PAUSE: Final = 60
_USUAL_PAUSE: Final = 5


def pause_asked_for(status: int, retry_after: str | None) -> int | None:
    """Seconds to wait before the same request is sent again, or None if the answer does not ask for that.

    A date in place of seconds, which no service of ours sends, is taken for the usual pause: clocks differ.
    """
    if status != 429 and (status not in (502, 503, 504) or retry_after is None):
        return None
    asked = retry_after.strip() if retry_after else ""
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else _USUAL_PAUSE
    return min(max(seconds, 1), LONGEST_PAUSE)


class Waiting:
    """Pauses of many threads, which one of them can end. Safe to share by threads."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = 0

    @property
    def now(self) -> bool:
        """Whether somebody waits at this moment."""
        return self._threads > 0

    def pause(self, seconds: float) -> bool:
        """Wait so long. Whether to go on after that."""
        with self._lock:
            self._threads += 1
        try:
            return not self._ended.wait(seconds)
        finally:
            with self._lock:
                self._threads -= 1

    def rest(self, seconds: float) -> None:
        """A pause before another try, which nobody asked for, so that nobody counts as waiting. It can be ended too."""
        self._ended.wait(seconds)

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def end(self) -> None:
        """Nobody waits from now on."""
        self._ended.set()
