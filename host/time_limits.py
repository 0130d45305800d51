"""Work that is given up after a time, whatever it waits for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work gives, or raises.

    In a thread that is left to itself when time is up, since nothing can end one that waits for a name, a handshake or
    the next byte of a header. It never keeps the program from ending; the work must change nothing that is still used.
    Raises: TimeoutError after so many seconds.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as fault:  # raised where the result is awaited
            done.set_exception(fault)

    if seconds <= 0:
        raise TimeoutError
    Thread(target=run, daemon=True).start()
    return done.result(timeout=seconds)
