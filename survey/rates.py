"""How fast one source may ask, in memory only, and forgotten as soon as it makes no difference any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

MINUTE: Final = 60.0
MOST_SOURCES: Final = 50_000
_SWEEP_SECONDS: Final = 1.0
_ROUNDING: Final = 1e-6  # seconds: sums of floats come out a little over, and would refuse who keeps to the rate


class Rate:
    """At most so many requests a minute a source; who was quiet for a minute may send all of them at once.

    Of a source only one number is kept: the moment at which all that it sent will have been earned again (the generic
    cell rate algorithm). Once that has passed, a minute after the last request at most, nothing is kept.

    Of more than `most_sources` at once the further ones are let through and not remembered: many who come from many
    places must not shut out everybody else. Safe to share by threads.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = monotonic, most_sources: int = MOST_SOURCES
    ) -> None:
        self._cost = MINUTE / per_minute
        self._clock, self._most_sources = clock, most_sources
        self._earned_at: dict[bytes, float] = {}
        self._swept_at = clock()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "Rate(<redacted>)"

    def take(self, source: bytes) -> bool:
        """Whether this source may send one more request now; if so it counts."""
        with self._lock:
            now = self._clock()
            earned_at = max(self._earned_at.get(source, now), now) + self._cost
            if earned_at > now + MINUTE + _ROUNDING:
                return False
            if len(self._earned_at) >= self._most_sources and source not in self._earned_at:
                self._sweep(now)
                if len(self._earned_at) >= self._most_sources:
                    return True
            self._earned_at[source] = earned_at
            return True

    def forget_old(self) -> None:
        """Drop what makes no difference any more, also where nobody comes."""
        with self._lock:
            self._swept_at = float("-inf")
            self._sweep(self._clock())

    def _sweep(self, now: float) -> None:
        """Looking through all takes milliseconds, so a full memory does it once a second and not at every request."""
        if now - self._swept_at < _SWEEP_SECONDS:
            return
        self._swept_at = now
        self._earned_at = {source: at for source, at in self._earned_at.items() if at > now}
