"""Whether a role can do its work now, asked as often as anybody likes and looked up once a second at most."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

FRESH_SECONDS: Final = 1.0
STALE_SECONDS: Final = 10.0  # a check that takes longer hangs, and that is as good as failing

log: Final = logging.getLogger("subrosa")


class Readiness:
    """Named checks, each of which raises something if what it looks at does not work. Safe to share by threads.

    However many ask, one of them does the looking up and the others are told what was known before: a check that hangs
    holds up one request and no more.
    """

    def __init__(self, checks: Mapping[str, Callable[[], object]], clock: Callable[[], float] = monotonic) -> None:
        self._checks, self._clock = dict(checks), clock
        self._lock = threading.Lock()
        self._failing: frozenset[str] = frozenset()
        self._known_at = float("-inf")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._checks)

    def failing(self) -> frozenset[str]:
        """The names of the checks that fail; empty if the role can do its work."""
        # Only where nothing is known yet does everybody wait for whoever looks first.
        if self._age() >= FRESH_SECONDS and self._lock.acquire(blocking=self._age() == float("inf")):
            try:
                if self._age() >= FRESH_SECONDS:
                    self._look()
            finally:
                self._lock.release()
        return self._failing if self._age() <= STALE_SECONDS else frozenset(self._checks)

    def _age(self) -> float:
        """Seconds since the checks were last done."""
        return self._clock() - self._known_at

    def _look(self) -> None:
        failing = frozenset(name for name, check in self._checks.items() if not _works(check))
        for name in sorted(failing - self._failing):
            log.error("Not ready: %s.", name)  # once, not at every look
        self._failing, self._known_at = failing, self._clock()


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True
