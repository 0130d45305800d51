"""A clock in seconds for tests of what takes time."""

from dataclasses import dataclass


@dataclass
class StoppedClock:
    """Seconds since whenever, as `time.monotonic` gives them; they pass only where a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
