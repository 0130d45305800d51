"""A society in production: two processes a role, numbers told, sources limited; and requests sent to it bit by bit."""

import http.client
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from societies import CLOSE, Respondent, Society, founded, opened, serving, some_rows

from host.config import address_of
from host.ports import free_port
from survey.forms.codec import encode

ROLES = ("registrar", "intake", "site")
PROCESSES = 2
PER_MINUTE = 20


def set_up(folder: Path, more: str = "", **serve: int) -> Society:
    """A society whose config has these settings under [serve], and more."""
    society = founded(folder, settle_seconds=3600)
    settings = "".join(f"{name} = {value}\n" for name, value in serve.items())
    text = society.config.read_text().replace("[serve]\n", f"[serve]\n{settings}")
    society.config.write_text(f"{text}\n{more}")
    return society


@contextmanager
def in_production(folder: Path) -> Iterator[SimpleNamespace]:
    """All roles of one society, as `society`, its open round, where each tells its numbers, processes and their log."""
    numbers = {role: f"127.0.0.1:{free_port()}" for role in ROLES}
    section = "[metrics]\n" + "".join(f'{role} = "{listen}"\n' for role, listen in numbers.items())
    society = set_up(folder / "society", section, processes=PROCESSES, requests_per_minute=PER_MINUTE)
    manifest, log = opened(society), folder / "log"
    with serving(society, *ROLES, log=log) as processes:
        yield SimpleNamespace(society=society, manifest=manifest, numbers=numbers, processes=processes, log=log)


def workers(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def get(address: tuple[str, int], path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer on a connection of its own."""
    with closing(http.client.HTTPConnection(*address, timeout=30)) as connection:
        connection.request("GET", path, headers=CLOSE | {name.replace("_", "-"): v for name, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name: v for name, v in answer.getheaders() if name != "Date"}, answer.read()


def told(listen: str) -> bytes:
    """All numbers that a role tells."""
    return get(address_of(listen), "/metrics")[2]


def tells(listen: str, word: bytes) -> bool:
    """Whether the numbers are told there by now, with this word in them."""
    try:
        return word in told(listen)
    except ConnectionError:
        return False


@contextmanager
def under_way(
    society: Society, role: str, method: str, path: str, body: bytes, **headers: str
) -> Iterator[socket.socket]:
    """A request of which the service has all but the last byte."""
    address = getattr(society.house.config, role).address
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n{''.join(lines)}\r\n"
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(head.encode() + body[:-1])
        yield connection


def status_of(connection: socket.socket) -> int:
    """Of the answer that comes now; 0 if the connection ends without one."""
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
    except (ConnectionError, http.client.HTTPException):
        return 0
    answer.read()
    return answer.status


def refused(society: Society, role: str) -> bool:
    """Whether nobody accepts connections there."""
    try:
        socket.create_connection(getattr(society.house.config, role).address, timeout=5).close()
    except OSError:
        return True
    return False


def person(society: Society, manifest: object) -> Respondent:
    """Somebody with a code."""
    respondent = Respondent(manifest, encode(manifest.form, some_rows(1)[0]))
    society.register.add(manifest.id_bytes, [respondent.code_hash])
    return respondent


@contextmanager
def without_table(database: Path, table: str) -> Iterator[None]:
    """As if the store were broken."""
    for old, new in ((table, "elsewhere"), ("elsewhere", table)):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
            connection.commit()
        if old == table:
            yield
