"""Taking the order of arrival out of a store: when a role starts, on a fixed interval, and when it has stopped.

PostgreSQL is not settled here: that would lock everybody out for minutes, and its own log holds the order anyway. There
`round close` does it.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

log: Final = logging.getLogger("subrosa")


class Settles(Protocol):
    """A store whose file can be rewritten without its order of arrival."""

    def settle(self) -> None: ...

    def release(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Settling:
    """A store in a file: its write-ahead log, and the folder whose lock says which process rewrites it."""

    store: Settles
    journal: Path

    def now(self) -> bool | None:
        """Rewrite it, unless another process is about it: None. Whether it went well."""
        with _alone(self.journal.parent) as alone:
            return _quietly(self.store.settle, "The database could not be rewritten") if alone else None

    def if_needed(self) -> bool | None:
        """The same, if anything was written since."""
        return self.now() if self.journal.exists() and self.journal.stat().st_size else None


def keep_settled(
    settling: Settling | None, seconds: float, forget: Callable[[], None], tell: Callable[[bool], None]
) -> threading.Event:
    """Rewrite the store now and every `seconds` in which something came; forget what is over as often.

    Now, because a process that was killed left the order of arrival behind, and the log that would say so may be
    gone: whoever opens the database next folds it into the file. Of several processes one rewrites, each forgets.

    tell: told each time whether rewriting went well. What it returns ends it once it is set.
    """
    end, parent = threading.Event(), os.getppid()

    def tell_if_done(well: bool | None) -> None:
        if well is not None:
            tell(well)

    def work() -> None:
        while not end.wait(seconds):
            if settling is not None:
                tell_if_done(settling.if_needed())
            _quietly(forget, "What is over could not be forgotten")

    if settling is not None:
        tell_if_done(settling.now())
        atexit.register(_settle_orphaned, settling, parent)
    threading.Thread(target=work, daemon=True).start()
    return end


def _settle_orphaned(settling: Settling, parent: int) -> None:
    """What the parent process does after its workers have ended falls to them if it was killed."""
    if os.getppid() != parent:
        settling.now()


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds this folder's lock, which is held until the end. It goes with a process that dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _quietly(work: Callable[[], None], otherwise: str) -> bool:
    try:
        work()
    except Exception as error:
        # A disk that is busy or full now; the next interval tries again.
        log.error("%s: %s", otherwise, type(error).__name__)
        return False
    return True
