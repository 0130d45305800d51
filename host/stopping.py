"""How long a role may take to stop: for requests that are under way, for ending what hangs, and for its database."""

from __future__ import annotations

from typing import Final

STOP_SECONDS: Final = 10  # for requests, unless `[serve] stop_seconds` says otherwise
# How much longer a parent waits for workers that should have ended by themselves, before it ends them.
SPARE_SECONDS: Final = 5
# For a large database to be rewritten once more; one that is cut off there loses nothing and is rewritten at the start.
SETTLING_SECONDS: Final = 60


def longest_stop(stop_seconds: int = STOP_SECONDS) -> int:
    """After so many seconds a role that was told to stop can be ended without asking."""
    return stop_seconds + SPARE_SECONDS + SETTLING_SECONDS
