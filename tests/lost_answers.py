"""A network between a party and its database that carries every question, and loses the answer to one of them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

_PORT = ".s.PGSQL.5432"
_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
_LAST_WORD = b"E" + (len(_FIELDS) + 4).to_bytes(4) + _FIELDS


@dataclass
class Network:
    """A socket in a folder, before that of the server. address: of the database, by this way.

    telling: the words by which the fatal question is known; with it every connection is broken. answered: whether the
    server answers it first; else it is still at it. stays_away: whether nobody comes through afterwards. going: the
    question gets only the last word of a server's process that is stopped, and its connection is still open.
    """

    address: URL
    server: str
    telling: bytes
    answered: bool = True
    stays_away: bool = False
    going: bool = False
    broken: bool = False
    _silent: bool = False
    _lost: threading.Event = field(default_factory=threading.Event)
    _ends: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                if self.broken and self.stays_away:
                    client.close()
                    continue
                behind = socket.socket(socket.AF_UNIX)
                behind.connect(self.server)
                self._ends += [client, behind]
                late = self.broken  # whoever comes after the break is heard and answered
                for way in ((client, behind, True, late), (behind, client, False, late)):
                    self._threads.append(threading.Thread(target=self._carry, args=way, daemon=True))
                    self._threads[-1].start()

    def _carry(self, start: socket.socket, end: socket.socket, asking: bool, late: bool) -> None:
        with suppress(OSError):
            while data := start.recv(1 << 20):
                if asking and self.telling in data and not self.broken:
                    self.broken = True
                    if self.going:
                        start.sendall(_LAST_WORD)
                        continue
                    self._silent = True  # before the server can answer
                    self._threads.append(threading.Thread(target=self._break, daemon=True))
                    self._threads[-1].start()
                if self._silent and not asking and not late:
                    self._lost.set()
                    continue
                end.sendall(data)
        self._end([start, end])

    def _break(self) -> None:
        # Not answered: long enough for all of the question to be there.
        self._lost.wait(30 if self.answered else 0.3)
        self._end(list(self._ends))  # as they are now: who is cut off comes again at once

    def close(self) -> None:
        self._end(self._ends)
        for one in self._threads:
            one.join()
        for end in self._ends:
            end.close()

    @staticmethod
    def _end(ends: list[socket.socket]) -> None:
        for one in ends:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def losing_answers(database: URL, folder: Path, telling: bytes, **how: bool) -> Iterator[Network]:
    """The way to a server that listens on a socket in a folder."""
    folder.mkdir()
    server = f"{database.query['host']}/{_PORT}"
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(folder / _PORT))
        listening.listen()
        network = Network(database.update_query_dict({"host": str(folder)}), server, telling, **how)
        serving = threading.Thread(target=network.serve, args=(listening,), daemon=True)
        serving.start()
        try:
            yield network
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()
            network.close()
