"""Bad networks: proxies on loopback between two who think that they talk to each other."""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

Target = tuple[str, int] | Path  # an address, or a unix socket
PATIENCE = 20


class Trouble(Enum):
    """What can happen to one request on its way to a service and back."""

    NONE = "passed on"
    REFUSED = "hung up on before anything was read"
    LOST = "read, and hung up on without passing it on"
    SWALLOWED = "passed on and answered, and hung up on without the answer"
    TORN = "half of its answer came back"
    LATE = "passed on after a while"
    TWICE = "passed on twice"
    ECHOED = "passed on, and once more when others have come meanwhile"
    CRUMBLED = "passed on in small pieces"
    GATEWAY = "answered 502, without passing it on"
    TIMED_OUT = "answered 504, though the service took it and answered"


class Meddler:
    """A listening proxy; `handle` serves one connection. What is open when it stops is reset."""

    def __init__(self, target: Target, port: int = 0) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.handled: list[object] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def handle(self, client: socket.socket) -> None:
        raise NotImplementedError

    def connected(self) -> socket.socket:
        """A new connection to the other side."""
        family = socket.AF_UNIX if isinstance(self.target, Path) else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
        server.settimeout(PATIENCE)
        try:
            server.connect(str(self.target) if isinstance(self.target, Path) else self.target)
        except OSError:
            server.close()
            raise
        self._keep(server)
        return server

    def reset_all(self) -> None:
        """Cut every connection that is open now, as a router that loses its memory does."""
        with self._lock:
            for one in self._open:
                # Wakes the thread that waits for it, which resets it.
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset_all()

    def _keep(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def drop(self, *sockets: socket.socket) -> None:
        """Close them hard: the other side sees a reset, not an end."""
        for one in sockets:
            with self._lock:
                self._open.discard(one)
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(PATIENCE)
            self._keep(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            self.handle(client)
        except OSError:
            pass  # the service is down or somebody hung up; so does this
        finally:
            self.drop(client)


class WebMeddler(Meddler):
    """Between clients and a service: one request a connection, and every so often trouble, by a seeded die."""

    def __init__(self, target: Target, port: int, seed: int, troubled: float) -> None:
        self._die, self._troubled = random.Random(seed), troubled
        super().__init__(target, port)

    def _trouble(self) -> Trouble:
        with self._lock:
            if self._die.random() >= self._troubled:
                return Trouble.NONE
            return self._die.choice([one for one in Trouble if one is not Trouble.NONE])

    def handle(self, client: socket.socket) -> None:
        trouble = self._trouble()
        self.handled.append(trouble)
        if trouble is Trouble.REFUSED:
            return
        request = _request(client)
        if not request or trouble is Trouble.LOST:
            return
        if trouble is Trouble.GATEWAY:
            self._end(client, _page(502))
            return
        answer = self._answer(request, trouble)
        if trouble is Trouble.TORN:
            answer = answer[: len(answer) - 1 - len(answer) // 4]
        if trouble is Trouble.TIMED_OUT:
            answer = _page(504)
        if trouble is not Trouble.SWALLOWED:
            self._end(client, answer)

    def _answer(self, request: bytes, trouble: Trouble) -> bytes:
        if trouble is Trouble.LATE:
            time.sleep(0.2)
        if trouble is Trouble.TWICE:
            self._asked(request, len(request))
        if trouble is Trouble.ECHOED:
            threading.Timer(0.4, self._echo, (request,)).start()
        return self._asked(request, 300 if trouble is Trouble.CRUMBLED else len(request))

    def _echo(self, request: bytes) -> None:
        with suppress(OSError):
            self._asked(request, len(request))

    def _asked(self, request: bytes, piece: int) -> bytes:
        server = self.connected()
        try:
            for start in range(0, len(request), piece):
                server.sendall(request[start : start + piece])
            answer = b""
            while data := server.recv(65536):
                answer += data
            if not answer:
                raise ConnectionResetError
            return answer
        finally:
            self.drop(server)

    def _end(self, client: socket.socket, answer: bytes) -> None:
        """Everything is sent, and then the connection ends as it should."""
        client.sendall(answer)
        client.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while client.recv(65536):
                pass


def _request(client: socket.socket) -> bytes:
    """One whole request, asking for no second one on its connection; nothing if the client hung up before its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := client.recv(65536)):
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lengths = [int(line.partition(b":")[2]) for line in lines if line.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        if not (more := client.recv(65536)):
            return b""
        body += more
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close", b"", body])


def _page(status: int) -> bytes:
    """What a proxy says by itself."""
    body = b"<html>gateway</html>"
    head = f"HTTP/1.1 {status} Gateway\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


class Fate(Enum):
    """What happens to a connection when something is said on it."""

    GOES_ON = "passed on"
    CUT = "cut before it is passed on"
    UNHEARD = "passed on, and cut before the answer comes back"


Judge = Callable[[bytes], Fate]


def go_on(_said: bytes) -> Fate:
    return Fate.GOES_ON


class WireMeddler(Meddler):
    """Between a service and its database: passes on what is said, until `judge` says otherwise."""

    judge: Judge = staticmethod(go_on)

    def handle(self, client: socket.socket) -> None:
        server = self.connected()
        back = threading.Thread(target=self._back, args=(server, client), daemon=True)
        back.start()
        try:
            while said := client.recv(65536):
                fate = self.judge(said)
                if fate is not Fate.GOES_ON:
                    self.handled.append(fate)
                if fate is Fate.CUT:
                    return
                if fate is Fate.UNHEARD:
                    self._unheard(server, client, said)
                    return
                server.sendall(said)
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join()
            self.drop(server)

    def _unheard(self, server: socket.socket, client: socket.socket, said: bytes) -> None:
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        server.sendall(said)
        # The database reads all of it, acts, and only then notices that nobody is there.
        server.shutdown(socket.SHUT_WR)
        time.sleep(0.2)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                client.sendall(said)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def stopping(*meddlers: Meddler) -> Iterator[None]:
    """Stop them in the end."""
    try:
        yield
    finally:
        for meddler in meddlers:
            meddler.stop()
