"""Waiting for the disk together: what comes while one transaction is on its way to it shares the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST: Final = 64  # in one transaction


class Together(Generic[T, R]):
    """Does the work of several threads at once, by whichever of them asks first; there is no thread of its own.

    Nobody waits for others to come: who finds nothing under way begins at once. Each gets its own result or its own
    fault; where all of the work fails, what that raised. Safe to share by threads, and over a fork while nothing is
    under way.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R | Exception]], most: int = MOST) -> None:
        """work: as many results as it is given things to do, in the same order; an exception is raised by its own."""
        self._work, self._most = work, most
        self._lock = threading.Lock()
        self._waiting: list[_Turn[T, R]] = []
        self._under_way = False

    def do(self, item: T) -> R:
        """The result of this one. Raises: what the work raises, or gives for this one."""
        return self.begin(item)()

    def begin(self, item: T) -> Callable[[], R]:
        """Put this one in line, with what else a thread has to begin. What it returns must be called: for its result.

        Nothing is done by this alone. The first call that finds nothing under way does what is in line by then.
        """
        turn: _Turn[T, R] = _Turn(item)
        with self._lock:
            self._waiting.append(turn)
        return partial(self._result, turn)

    def _result(self, turn: _Turn[T, R]) -> R:
        while True:
            with self._lock:
                if turn.outcome is not None:
                    break
                leads, self._under_way = not self._under_way, True
                turn.sleeps = not leads
            if leads:
                self._lead()
            else:
                turn.wait()
        (outcome,) = turn.outcome
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _lead(self) -> None:
        """Work for all who are in line by now; then wake them, and one of those who came meanwhile, to lead next."""
        with self._lock:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            outcomes: Sequence[R | BaseException] = self._work([turn.item for turn in taken])
        except BaseException as fault:  # raised by each, in its own thread
            outcomes = [fault] * len(taken)
        with self._lock:
            self._under_way = False
            after = next((turn for turn in self._waiting if turn.sleeps), None)
            for turn, outcome in zip(taken, outcomes, strict=True):
                turn.outcome = (outcome,)
                turn.wake()
            if after is not None:
                after.wake()


class _Turn(Generic[T, R]):
    """One thing to do. sleeps: a thread waits for its outcome; woken without one, that thread asks again."""

    __slots__ = ("_asleep", "item", "outcome", "sleeps")

    def __init__(self, item: T) -> None:
        self.item = item
        self.outcome: tuple[R | BaseException] | None = None
        self.sleeps = False
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def wait(self) -> None:
        self._asleep.acquire()

    def wake(self) -> None:
        if self.sleeps:
            self.sleeps = False
            self._asleep.release()
