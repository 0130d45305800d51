"""Gunicorn without its voice: no logs of requests, fixed answers to garbage, and no patience for the slow."""

from __future__ import annotations

import logging
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from werkzeug.wsgi import ClosingIterator

from host.grouping_worker import GroupingWorker
from survey.problems import FAULT, Problem

# A request has under 2 kB; a phone on a bad network sends that in a few seconds.
PATIENCE_SECONDS: Final = 15
# What was sent earns time for the rest at this rate, so that an archive reaches a slow line whole.
SLOWEST_BYTES_A_SECOND: Final = 16 * 1024
PIECE: Final = 64 * 1024

log: Final = logging.getLogger("subrosa")


class SilentLogger:
    """In place of gunicorn's logger, which writes addresses with invalid requests: says nothing of requests.

    Only that something went wrong, and of which kind, is passed on.
    """

    def __init__(self, cfg: Any) -> None:
        del cfg

    def critical(self, _message: str, *_args: Any, **_kwargs: Any) -> None:
        log.critical("server: critical fault %s", _kind())

    def error(self, _message: str, *_args: Any, **_kwargs: Any) -> None:
        log.error("server: fault %s", _kind())

    def exception(self, _message: str, *_args: Any, **_kwargs: Any) -> None:
        log.error("server: fault %s", _kind())

    def _nothing(self, *_args: Any, **_kwargs: Any) -> None:
        """What would say who came, when, or for what."""

    warning = info = debug = log = access = reopen_files = close_on_exec = _nothing


def _kind() -> str:
    kind = sys.exc_info()[0]
    return kind.__name__ if kind else ""


class SilentWorker(GroupingWorker):
    """Gunicorn's threads, with fixed answers to what cannot be read as a request.

    Gunicorn's own answers repeat the faulty part, which may be a code with a colon missing before it.
    A connection that keeps a thread longer than `PATIENCE_SECONDS`, and than what it was sent has earned it, is hung
    up: a handful of people who send a byte and wait must not shut everyone else out.
    """

    wsgi: Any

    def init_process(self) -> None:
        self._handled: dict[int, tuple[float, socket.socket]] = {}
        self._mine = threading.local()
        threading.Thread(target=self._hang_up_on_the_slow, daemon=True).start()
        super().init_process()

    def init_signals(self) -> None:
        """A terminal's interrupt reaches the workers too: they finish what they have begun. A hang-up does nothing."""
        super().init_signals()
        signal.signal(signal.SIGINT, self.handle_exit)
        for order in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(order, signal.SIG_IGN)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Once it stops, nobody waits in a line that is never served: connections are refused at once."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        whole = self.wsgi

        def in_pieces(environ: Any, start_response: Any) -> ClosingIterator:
            answer = whole(environ, start_response)
            return ClosingIterator(self._in_pieces(answer), getattr(answer, "close", None))

        self.wsgi = in_pieces

    def _in_pieces(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        """Whoever asks for the next piece has sent the one before it."""
        for data in answer:
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                yield piece
                deadline, connection = self._handled[self._mine.connection]
                earned = len(piece) / SLOWEST_BYTES_A_SECOND
                self._handled[self._mine.connection] = (deadline + earned, connection)

    def enqueue_req(self, conn: Any) -> None:
        """A connection that says nothing yet waits at the loop; gunicorn has a thread wait with it for seconds.

        Hundreds that never say anything would keep everybody out. They are closed like kept-alive ones.
        """
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Any) -> Any:
        with self._watched(conn):
            result = super().handle(conn)
            if not result:
                # Closing waits for the other side, so it is done here, in a thread with a deadline; on the one loop
                # that accepts everybody's connections it would hold up everybody.
                conn.close(graceful=True)
                conn.close = _closed_already
            return result

    def part(self, conn: Any) -> bool:
        with self._watched(conn):
            result = super().part(conn)
            conn.close = _closed_already
            return result

    @contextmanager
    def _watched(self, conn: Any) -> Iterator[None]:
        """For as long as a thread is held by a connection."""
        self._mine.connection = id(conn)
        self._handled[id(conn)] = (time.monotonic() + PATIENCE_SECONDS, conn.sock)
        try:
            yield
        finally:
            self._handled.pop(id(conn), None)

    def _hang_up_on_the_slow(self) -> None:
        while True:
            time.sleep(1)
            now = time.monotonic()
            for deadline, connection in list(self._handled.values()):
                if now > deadline:
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, _request: Any, client: Any, _address: Any, fault: Exception) -> None:
        statuses = {
            errors.LimitRequestLine: 414,
            errors.LimitRequestHeaders: 431,
            errors.ExpectationFailed: 417,
            errors.UnsupportedTransferCoding: 501,
        }
        problem = Problem(statuses.get(type(fault), 400), "bad-request", "The service cannot read this request.")
        if not isinstance(fault, errors.ParseException):
            log.error("server: fault %s", type(fault).__name__)
            problem = FAULT
        body = problem.to_bytes()
        head = (
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\nConnection: close\r\n"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):
            write_nonblock(client, head.encode() + body)


def _closed_already(graceful: bool = False) -> None:
    """In place of a connection's `close` once it has been closed."""
