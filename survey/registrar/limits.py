"""How often something may happen in a while, counted in memory only."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from survey.rounds.times import Clock

HOUR: Final = timedelta(hours=1)


class RateLimit:
    """At most `most` times an hour for each tag. Tags are keyed hashes, forgotten an hour after their last time.

    Not safe to share by threads: its owner holds a lock.
    """

    def __init__(self, most: int, clock: Clock) -> None:
        self._most, self._clock = most, clock
        self._times: dict[bytes, deque[datetime]] = {}

    def __repr__(self) -> str:
        return "RateLimit(<redacted>)"

    def take(self, tag: bytes) -> bool:
        """Whether it may happen once more now; if so it counts."""
        self.forget_old()
        times = self._times.setdefault(tag, deque())
        if len(times) >= self._most:
            return False
        times.append(self._clock())
        return True

    def forget_old(self) -> None:
        """Drop what no longer counts."""
        over = self._clock() - HOUR
        for tag, times in list(self._times.items()):
            while times and times[0] <= over:
                times.popleft()
            if not times:
                del self._times[tag]
