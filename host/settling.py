"""Taking the order of arrival out of a store, on a fixed interval and at the end."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

log: Final = logging.getLogger("subrosa")


class Settles(Protocol):
    """A store whose file can be rewritten without its order of arrival."""

    def settle(self) -> None: ...


def settle_regularly(store: Settles, journal: Path, seconds: int, also: Callable[[], None] = lambda: None) -> None:
    """Rewrite the store now, every `seconds` while something new is in its write-ahead log, and once at the end.

    Now, because a process that was killed left the order of arrival behind, and the log that would say so may be
    gone: whoever opens the database next folds it into the file.

    also: what else is to be forgotten at each interval.
    """
    never = threading.Event()

    def settle() -> None:
        while not never.wait(seconds):
            _settle_once(store, journal)
            _quietly(also)

    _quietly(store.settle)

    threading.Thread(target=settle, daemon=True).start()
    atexit.register(_settle_once, store, journal)


def _settle_once(store: Settles, journal: Path) -> None:
    if journal.exists() and journal.stat().st_size:
        _quietly(store.settle)


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        # A disk that is busy or full now; the next interval tries again.
        log.error("The database could not be rewritten: %s", type(error).__name__)
