"""How many requests a role has answered, summed over its worker processes, and told so coarsely that nobody shows.

What a reader of the metrics can learn at most: each count moves in steps of `STEP`, at most once an interval (five
minutes, or the settle interval if that is longer), and by chance. What came in an interval is rounded to a multiple of
`STEP`, up or down with such chances that the mean is right, and of the remainder nothing is carried on. So one
request more changes what is ever shown with a chance of 1 in `STEP`, by one step and in its own interval; else it
changes nothing. Who sends requests to bring a count to the edge of a step gains nothing: there is no edge.
"""

from __future__ import annotations

import mmap
import secrets
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STEP: Final = 1000  # a visit is about ten requests a role: with a chance of 1 in 100 it shows at all
SHORTEST_INTERVAL: Final = 300.0
OUTCOMES: Final = ("answered", "refused", "limited", "failed")
_WORD: Final = 8
# Said to programs that watch over the role, and not to people who take part.
_NOT_COUNTED: Final = frozenset({"/healthz", "/readyz"})


def coarse(count: int, draw: Callable[[int], int] = secrets.randbelow) -> int:
    """A multiple of `STEP` next to the count, above or below, whose mean is the count.

    draw: a number from 0 to one less than it is given, each as likely as the others.
    """
    return (count + draw(STEP)) // STEP * STEP


class CoarseCounts:
    """Counts in memory that the processes of one role share; made before they fork.

    Each process counts in a row of its own, and one of them, whichever is asked, tells the coarse sums. What it told
    lies in the shared memory too, so that a process that takes its place does not draw anew.
    """

    def __init__(
        self,
        processes: int,
        interval: float,
        clock: Callable[[], float] = monotonic,
        draw: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._clock, self._draw = clock, draw
        self._interval = max(interval, SHORTEST_INTERVAL)
        width = len(OUTCOMES)
        # Anonymous: in no file, and gone with the last of the processes.
        self._words = memoryview(mmap.mmap(-1, _WORD * (width * (processes + 2) + 2))).cast("q")
        self._rows = processes * width  # after them what was counted when it was last told, and what was told then
        self._told_at, self._settled_at = len(self._words) - 2, len(self._words) - 1
        self._words[self._told_at] = int(clock())
        self._words[self._settled_at] = 1
        self._lock = threading.Lock()
        self.place = 0

    def take_place(self, place: int) -> None:
        """From now on this process counts in this row, from 0; a process that takes another's place counts on."""
        self.place = place

    def count(self, outcome: str) -> None:
        with self._lock:
            self._words[self.place * len(OUTCOMES) + OUTCOMES.index(outcome)] += 1

    def told(self) -> dict[str, int]:
        """The coarse sum of each outcome. It stays the same for an interval, whatever happens in it."""
        with self._lock:
            now = int(self._clock())
            if now - self._words[self._told_at] >= self._interval:
                self._words[self._told_at] = now
                self._tell_anew()
            return {outcome: self._words[self._shown(index)] for index, outcome in enumerate(OUTCOMES)}

    def _tell_anew(self) -> None:
        width = len(OUTCOMES)
        for index in range(width):
            sum_now = sum(self._words[index : self._rows : width])
            new = sum_now - self._words[self._rows + index]
            self._words[self._rows + index] = sum_now
            self._words[self._shown(index)] += coarse(new, self._draw)

    def _shown(self, index: int) -> int:
        return self._rows + len(OUTCOMES) + index

    @property
    def settled(self) -> bool:
        """Whether the last rewriting of the database, by whichever process, went well."""
        return bool(self._words[self._settled_at])

    def tell_settled(self, well: bool) -> None:
        self._words[self._settled_at] = int(well)


def counted(
    inner: WSGIApplication, counts: CoarseCounts
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The same app, each of whose answers is counted by how it went."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, *rest: Any) -> Any:
            counts.count(_outcome(int(status[:3])))
            return start_response(status, *rest)

        return inner(environ, start_response if environ.get("PATH_INFO") in _NOT_COUNTED else start)

    return wrapped


def _outcome(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "limited"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "failed"
    return "refused" if status >= HTTPStatus.BAD_REQUEST else "answered"
