"""How often something may happen in a while, counted in memory only."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from survey.rounds.times import Clock

HOUR: Final = timedelta(hours=1)
MOST_TAGS: Final = 10_000


class RateLimit:
    """At most `most` times an hour for each tag. Tags are keyed hashes, forgotten an hour after their last time.

    Of more than `most_tags` at once nothing is taken. A call takes the same time however many there are. Not safe to
    share by threads: its owner holds a lock.
    """

    def __init__(self, most: int, clock: Clock, most_tags: int = MOST_TAGS) -> None:
        self._most, self._clock, self._most_tags = most, clock, most_tags
        self._times: dict[bytes, deque[datetime]] = {}  # in the order of their last times, which is that of forgetting

    def __repr__(self) -> str:
        return "RateLimit(<redacted>)"

    def allows(self, tag: bytes) -> bool:
        """Whether it may happen once more now; nothing is counted."""
        self.forget_old()
        times = self._times.get(tag)
        if times is None:
            return len(self._times) < self._most_tags
        over = self._clock() - HOUR
        while times and times[0] <= over:
            times.popleft()
        return len(times) < self._most

    def take(self, tag: bytes) -> bool:
        """Whether it may happen once more now; if so it counts."""
        if not self.allows(tag):
            return False
        times = self._times.pop(tag, None) or deque()
        times.append(self._clock())
        self._times[tag] = times
        return True

    def give_back(self, tag: bytes) -> None:
        """Uncount the last time: it did not happen. The tag may be remembered as long as if it had."""
        times = self._times.get(tag)
        if times is None:
            return
        times.pop()
        if not times:
            del self._times[tag]

    def forget_old(self) -> None:
        """Drop what no longer counts."""
        over = self._clock() - HOUR
        while self._times:
            tag, times = next(iter(self._times.items()))
            if times[-1] > over:
                return
            del self._times[tag]
