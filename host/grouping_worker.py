"""Submissions that have arrived whole are taken in groups, each by one thread, and stored together.

Gunicorn gives every request a thread. For one that takes a tenth of a millisecond, waking threads costs more than the
request, the more so as only one at a time runs Python. Nothing of what is whole is waited for, neither its sender nor,
when it is answered, its reader: nobody holds up the others of a group.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final

from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from host.plain_answers import Line, PlainAnswer
from host.plain_requests import PlainRequest

# As much as gunicorn reads at a time.
_PIECE: Final = 8192
_SUBMISSION: Final = re.compile(
    rb"PUT /v1/rounds/[0-9a-f]{64}/response HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*?content-length: ([0-9]{1,5})\r\n",
    re.IGNORECASE,
)
_END: Final = b"\r\n\r\n"
_EXPECTS: Final = b"\nexpect:"  # is answered before the answer
# One is being verified while another waits for the disk; what comes meanwhile is the next group.
MOST_GROUPS: Final = 2
MOST_IN_GROUP: Final = 64


class GroupingWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threads; a whole submission is read from its connection by the loop and answered with others."""

    def init_process(self) -> None:
        self._whole: list[Any] = []
        self._groups = 0
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._app: Callable[..., Iterable[bytes]] = self.wsgi

    def enqueue_req(self, conn: Any) -> None:
        if not conn.initialized:
            conn.init()
            conn.parser.mesg_class = PlainRequest
        if self._came_whole(conn):
            self._whole.append(conn)
        else:
            super().enqueue_req(conn)

    def _came_whole(self, conn: Any) -> bool:
        """Whether all of a submission is there, and nothing after it; what is read to find out is put back."""
        unreader = conn.parser.unreader
        if unreader.buf.getvalue():
            return False
        try:
            data = conn.sock.recv(_PIECE, socket.MSG_DONTWAIT)
        except OSError:  # said again to the thread that reads next
            return False
        unreader.unread(data)
        found = _SUBMISSION.match(data)
        if found is None:
            return False
        head, _, body = data.partition(_END)
        whole = len(body) == int(found[1]) and _EXPECTS not in head.lower()
        if whole and conn.sock.gettimeout() != 0:
            conn.sock.setblocking(False)  # should anything read or write after all, it fails and waits for nobody
        return whole

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout)
        while self._whole and self._groups < MOST_GROUPS:
            group, self._whole = self._whole[:MOST_IN_GROUP], self._whole[MOST_IN_GROUP:]
            self._groups += 1
            for conn in group:
                conn.kept = False
            done = self.tpool.submit(self._answer_group, group)
            done.add_done_callback(lambda _done, group=group: self.method_queue.defer(self._finish_group, group))

    def _answer_group(self, group: list[Any]) -> None:
        """Begin all of them first, so that what they store is stored together."""
        for conn, begun in [(conn, self._begin(conn)) for conn in group]:
            conn.kept = begun is not None and self._end(conn, *begun)

    def _begin(self, conn: Any) -> tuple[PlainAnswer, Iterable[bytes]] | None:
        """The answer, of which nothing is written yet. None where something failed, which was answered then."""
        try:
            request = next(conn.parser)
            line = Line(conn.sock)
            answer, environ = wsgi.create(request, line, conn.client, conn.server, self.cfg, PlainAnswer)
            environ["wsgi.multithread"] = True
            if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
                answer.force_close()
            return answer, self._app(environ, answer.start_response)
        except Exception as fault:
            self._fail(conn, fault)
            return None

    def _end(self, conn: Any, answer: PlainAnswer, pieces: Iterable[bytes]) -> bool:
        """Whether the connection is kept."""
        try:
            try:
                for piece in pieces:
                    answer.write(piece)
                answer.close()
            finally:
                if hasattr(pieces, "close"):
                    pieces.close()
        except Exception as fault:
            self._fail(conn, fault)
            return False
        if not answer.sock.release() or answer.should_close():
            return False
        if conn.parser.unreader.buf.getvalue():  # of a submission that was refused before it was read
            conn.parser.finish_body()
        conn.parser.mesg = None  # nothing of it is left to be read
        return True

    def _fail(self, conn: Any, fault: Exception) -> None:
        """As gunicorn does: what might have been the connection's own fault is not answered on it."""
        if isinstance(fault, OSError):
            self.log.exception("")
        else:
            self.handle_error(None, conn.sock, conn.client, fault)

    def _finish_group(self, group: list[Any]) -> None:
        self._groups -= 1
        for conn in group:
            if conn.kept:
                self.finish_request(conn, _KEPT)
            elif _all_was_read(conn.sock):
                # The system delivers what was written; only bytes that lie unread, or come later, break a connection
                # off, and who sends a next request before this one is answered must be ready to send it again.
                # Waiting for the other side to close would take threads from those who wait for their answer.
                self.nr_conns -= 1
                conn.close()
            else:
                done = self.tpool.submit(self.part, conn)
                done.add_done_callback(lambda done, conn=conn: self.method_queue.defer(self.finish_request, conn, done))

    def part(self, conn: Any) -> bool:
        """Close a connection, which waits for the other side; it is not kept."""
        conn.close(graceful=True)
        return False


def _all_was_read(connection: socket.socket) -> bool:
    """Whether nothing came after the submission, which was read whole, so far."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:  # nothing is there, or the connection is gone
        return True


class _Kept:
    """In place of the future of a request whose connection is kept."""

    def cancelled(self) -> bool:
        return False

    def result(self) -> bool:
        return True


_KEPT: Final = _Kept()
