"""A service that is away: said once, and not waited for without end."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

SAY_SECONDS: Final = 5.0
STOP_SECONDS: Final = 90.0


class Silence:
    """How long one service has taken nothing that it was sent. Of one thread.

    say: gets one sentence, once, when that has lasted SAY_SECONDS. over: after STOP_SECONDS; stays true.
    """

    def __init__(self, role: str, say: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        self._role, self._say, self._clock = role, say, clock
        self._answered = self._asked_to_wait = clock()
        self._said = False
        self.over = False

    def answered(self) -> None:
        """It did what it was asked, or said no for a reason of its own."""
        self._answered = self._clock()

    def failed(self) -> None:
        """A request was given up, after all its tries."""
        self._judge(self._answered)

    def nothing(self) -> None:
        """No request has come to an end for a moment."""
        self._judge(max(self._answered, self._asked_to_wait))

    def asked_to_wait(self) -> None:
        """It, or a proxy before it, has said when to come again, so that is no silence until a request is given up."""
        self._asked_to_wait = self._clock()

    def _judge(self, since: float) -> None:
        lasts = self._clock() - since
        if lasts >= SAY_SECONDS and not self._said:
            self._said = True
            self._say(f"The {self._role} does not answer; waiting.")
        self.over = self.over or lasts >= STOP_SECONDS
