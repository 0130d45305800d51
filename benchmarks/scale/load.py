"""A client that costs next to nothing: requests made beforehand, sent over a few connections that stay open.

One loop over readiness; each connection sends its next request once the answer to its last one is whole. What is
acknowledged is counted only if its status is the one expected.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from aggregation.ballots import Ballot
from survey.rounds.manifest import Manifest
from survey.tokens import Token, authorization

_LARGEST: Final = 65536


class LoadFailed(RuntimeError):
    """A request was not answered as it had to be."""


def submission(manifest: Manifest, host: str, ballot: Ballot) -> bytes:
    """One submission as a browser sends it, down to the headers."""
    verifier = manifest.verifier
    token = Token(ballot.nonce, verifier.challenge_digest, verifier.key_id, ballot.authenticator)
    head = (
        f"PUT /v1/rounds/{manifest.id}/response HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization(token)}\r\n"
        f"Subrosa-Revision: {ballot.revision}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Length: {len(ballot.sealed)}\r\n\r\n"
    )
    return head.encode() + ballot.sealed


@dataclass(slots=True)
class Load:
    """What came back: how many of each status, and how long each took. Units: seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.statuses.total() / self.seconds


def drive(address: tuple[str, int], requests: Sequence[bytes], connections: int) -> Load:
    """Send them all, over so many connections at once. Raises: LoadFailed."""
    load, waiting = Load(), iter(requests)
    start = time.perf_counter()
    lines = {line.fileno(): line for line in (_Line.open(address) for _ in range(connections))}
    poll = select.epoll()
    try:
        for number, line in list(lines.items()):
            poll.register(number, select.EPOLLIN)
            if not line.send_next(waiting):
                _drop(poll, lines, number)
        while lines:
            for number, _ in poll.poll():
                line = lines[number]
                if line.read(load) and not line.send_next(waiting):
                    _drop(poll, lines, number)
    finally:
        poll.close()
    load.seconds = time.perf_counter() - start
    return load


def _drop(poll: select.epoll, lines: dict[int, _Line], number: int) -> None:
    poll.unregister(number)
    lines.pop(number).close()


@dataclass(slots=True)
class _Line:
    """One connection. sent: when its last request went out; got: what came back of the answer so far."""

    connection: socket.socket
    sent: float = 0.0
    got: bytes = b""

    @classmethod
    def open(cls, address: tuple[str, int]) -> _Line:
        connection = socket.create_connection(address, timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connection)

    def fileno(self) -> int:
        return self.connection.fileno()

    def close(self) -> None:
        self.connection.close()

    def send_next(self, waiting: Iterator[bytes]) -> bool:
        """Whether there was one left to send."""
        request = next(waiting, None)
        if request is None:
            return False
        self.sent, self.got = time.perf_counter(), b""
        self.connection.sendall(request)
        return True

    def read(self, load: Load) -> bool:
        """Whether an answer is whole now. Raises: LoadFailed."""
        data = self.connection.recv(_LARGEST)
        if not data:
            raise LoadFailed("The server closed a connection before it answered.")
        self.got += data
        if not _whole(self.got):
            return False
        load.statuses[int(self.got[9:12])] += 1
        load.waits.append(time.perf_counter() - self.sent)
        return True


def _whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    at = head.lower().find(b"content-length:")
    if at < 0:
        raise LoadFailed("An answer came without its length.")
    return len(body) >= int(head[at + 15 :].partition(b"\r\n")[0])
