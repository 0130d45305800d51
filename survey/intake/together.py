"""Waiting for the disk together: what comes while one transaction is on its way to it shares the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")
_Outcome = tuple[R | None, BaseException | None]

MOST: Final = 64  # in one transaction


class Together(Generic[T, R]):
    """Does the work of several threads at once, by whichever of them comes first; there is no thread of its own.

    Nobody waits for others to come: who finds nothing under way begins at once. Each gets its own result, or, where the
    work fails, what it raised. Safe to share by threads, and over a fork while nothing is under way.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], most: int = MOST) -> None:
        """work: as many results as it is given things to do, in the same order."""
        self._work, self._most = work, most
        self._lock = threading.Lock()
        self._waiting: list[_Turn[T, R]] = []
        self._under_way = False

    def do(self, item: T) -> R:
        """The result of this one. Raises: what the work raises."""
        turn: _Turn[T, R] = _Turn(item)
        with self._lock:
            self._waiting.append(turn)
            leads, self._under_way = not self._under_way, True
        if not leads:
            turn.wait()
        if turn.outcome is None:
            self._lead()
        return turn.result()

    def _lead(self) -> None:
        """Work for all who wait by now, oneself the first of them; then hand on to the next, if there is one."""
        with self._lock:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            outcomes: list[_Outcome[R]] = [(result, None) for result in self._work([turn.item for turn in taken])]
        except BaseException as fault:  # raised by each, in its own thread
            outcomes = [(None, fault)] * len(taken)
        with self._lock:
            after = self._waiting[0] if self._waiting else None
            self._under_way = after is not None
        for turn, outcome in zip(taken, outcomes, strict=True):
            turn.end(outcome)
        if after is not None:
            after.wake()


class _Turn(Generic[T, R]):
    """One thread's thing to do. Woken without an outcome, the thread is to lead."""

    __slots__ = ("_asleep", "item", "outcome")

    def __init__(self, item: T) -> None:
        self.item = item
        self.outcome: _Outcome[R] | None = None
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def wait(self) -> None:
        self._asleep.acquire()

    def wake(self) -> None:
        self._asleep.release()

    def end(self, outcome: _Outcome[R]) -> None:
        self.outcome = outcome
        self.wake()

    def result(self) -> R:
        result, fault = cast("_Outcome[R]", self.outcome)
        if fault is not None:
            raise fault
        return cast("R", result)
