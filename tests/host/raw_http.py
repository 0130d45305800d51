"""Servers as `subrosa serve` runs them, but for their patience, and bytes into their sockets and out of them."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import warm
from societies import Society, stop, wait_until_served

SECONDS = 10
# The one setting that a test cannot wait for.
SERVE = (
    "import sys; import host.silent_gunicorn as server; server.PATIENCE_SECONDS = float(sys.argv[1]);"
    "from host.cli import main; main(['serve', '--role', sys.argv[2], '--config', sys.argv[3]])"
)


@dataclass(frozen=True)
class Answer:
    """One response. headers: names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def impatient(society: Society, *roles: str, patience: float, log: Path) -> Iterator[dict[str, int]]:
    """The roles, each as a process of its own, that hang up on the slow after so many seconds; their ports."""
    with ExitStack() as ends, log.open("ab") as sink:
        for role in roles:
            command = [sys.executable, "-c", SERVE, str(patience), role, str(society.config)]
            process = warm.Popen(
                command,
                cwd=society.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )
            ends.callback(stop, process)
            ends.callback(process.terminate)
            wait_until_served(society, role, process)
        yield {role: getattr(society.house.config, role).address[1] for role in roles}


def sent(port: int, data: bytes) -> bytes:
    """What comes back until the server hangs up, also if it does not wait for all of it. Raises: TimeoutError."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        back = b""
        with suppress(OSError):  # hung up in the middle
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while got := connection.recv(65536):
                back += got
        return back


def answers(back: bytes) -> list[Answer]:
    """The responses in a stream; each must announce its length."""
    found = []
    while back:
        head, _, back = back.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", "0"))
        found.append(Answer(int(first.split(" ")[1]), headers, back[:length]))
        back = back[length:]
    return found


def asked(port: int, data: bytes) -> list[Answer]:
    return answers(sent(port, data))
