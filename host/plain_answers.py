"""Answers whose head gunicorn has written before: those that are equal, in the same second, have the same."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gunicorn.http.wsgi import Response

_KEPT: Final = 64  # no head says anything of who asked
_Headers = tuple[tuple[str, str], ...]
# By the second they were made in: the last one only, so that memory does not tell when answers were given before it.
_heads: Final[dict[int, dict[tuple[object, ...], bytes]]] = {}


@dataclass(slots=True)
class Line:
    """A connection as an answer sees it: what is written goes out at once, when it is told to, and waits for nobody."""

    connection: socket.socket
    written: bytes = b""

    def sendall(self, data: bytes) -> None:
        self.written += data

    def release(self) -> bool:
        """Whether all of it went out. Where it did not, many answers before it were not read either."""
        with suppress(OSError):
            return self.connection.send(self.written, socket.MSG_DONTWAIT) == len(self.written)
        return False


class PlainAnswer(Response):  # type: ignore[misc]
    """Gunicorn's answer on a `Line`. Its headers are checked and written by gunicorn, once for all that are equal."""

    sock: Line
    headers_sent: bool

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        checked, self.response_length, self.upgrade = _checked(tuple(headers))
        self.headers.extend(checked)

    def send_headers(self) -> None:
        if self.headers_sent:
            return
        framing = (self.req.version, self.status, self.upgrade, self.should_close(), self.chunked)
        alike, heads = (framing, *self.headers), _heads_of(int(time.time()))
        head = heads.get(alike)
        if head is None:
            super().send_headers()
            if len(heads) >= _KEPT:
                heads.clear()
            heads[alike] = self.sock.written
        else:
            self.sock.sendall(head)
            self.headers_sent = True


def _heads_of(second: int) -> dict[tuple[object, ...], bytes]:
    """Forgets those of every other second. Two threads at the turn of a second can keep both until the next one."""
    heads = _heads.get(second)
    if heads is None:
        _heads.clear()
        heads = _heads[second] = {}
    return heads


@lru_cache(_KEPT)
def _checked(headers: _Headers) -> tuple[_Headers, int | None, bool]:
    """What is sent of them, the length they tell, whether they change the protocol. Raises: what gunicorn raises."""
    answer = Response(None, None, None)
    answer.process_headers(headers)
    return tuple(answer.headers), answer.response_length, answer.upgrade
