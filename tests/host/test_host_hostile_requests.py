"""What real servers do with requests that break or bend HTTP, and with connections that cost them something."""

import gzip
import json
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import SimpleNamespace

import psutil
import pytest
from hostile_shapes import ALL
from raw_http import SECONDS, Answer, answers, asked, impatient
from societies import enter_directly, founded, opened, some_rows

from survey.tokens import authorization

PATIENCE = 1.0
ROLES = ("registrar", "intake", "site")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("hostile")
    society = founded(folder / "society")
    manifest = opened(society)
    log = folder / "log"
    (member,) = enter_directly(society, manifest, some_rows(1))
    with impatient(society, *ROLES, patience=PATIENCE, log=log) as ports:
        path = f"/v1/rounds/{manifest.id}"
        yield SimpleNamespace(ports=ports, path=path, log=log, id=manifest.id, member=member)
    # Nothing of all that is written down, and nothing failed.
    for line in log.read_text().splitlines():
        assert "is ready at" in line or "could open the folders" in line, line


def statuses(found: list[Answer]) -> tuple[int, ...]:
    return tuple(answer.status for answer in found)


@pytest.mark.parametrize("kind", ALL)
def test_a_hostile_request_gets_these_answers_and_no_other(served: SimpleNamespace, kind: str) -> None:
    for name, shape in ALL[kind].items():
        back = asked(served.ports["intake"], shape.bytes_for(served.path))
        assert statuses(back) == shape.statuses, name
        assert not any(b"MARKED" in answer.body for answer in back)


@pytest.mark.parametrize("role", ["registrar", "site"])
def test_no_hostile_request_is_a_fault_of_the_others_either(served: SimpleNamespace, role: str) -> None:
    for kind in ALL.values():
        for name, shape in kind.items():
            back = asked(served.ports[role], shape.bytes_for(served.path))
            # One that a service cannot read is the last of its connection, and hidden ones are never answered.
            assert len(back) <= max(len(shape.statuses), 1), name
            assert all(answer.status < 500 or answer.status == 501 for answer in back), name


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:0", "a/b<c>@d", "[::1", "a b", "127.0.0.1,b"])
def test_whatever_host_is_named_is_neither_believed_nor_repeated(served: SimpleNamespace, host: str) -> None:
    named = f"Host: {host}\r\nX-Forwarded-Host: {host}\r\n"
    for role, path in (("intake", f"{served.path}/closing"), ("site", "/"), ("site", f"/releases/{served.id}")):
        for line in (path, f"http://elsewhere.example{path}"):
            (answer,) = asked(served.ports[role], f"GET {line} HTTP/1.1\r\n{named}Connection: close\r\n\r\n".encode())
            assert answer.status in (200, 308, 400, 404)
            told = answer.body + json.dumps(answer.headers).encode()
            assert b"elsewhere" not in told
            assert host.encode() not in told or len(host) < 4


@pytest.mark.parametrize("ends", ["%0d%0a", "%0a", "%E5%98%8D%E5%98%8A", "%0d%20", "\\r\\n"])
def test_no_line_can_be_put_into_a_header_of_an_answer(served: SimpleNamespace, ends: str) -> None:
    for path in (
        f"/releases/{served.id}{ends}Set-Cookie:%20a=b",
        f"/releases/{ends}X-Own:%20b/",
        f"/static/{ends}X-Own: b",
    ):
        for role in ROLES:
            for answer in asked(
                served.ports[role], f"GET {path.replace(' ', '')} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
            ):
                assert "set-cookie" not in answer.headers
                assert "x-own" not in answer.headers


def outside(path: str) -> list[str]:
    """Ways of writing an address that leads out of `path`."""
    up = ("..", "%2e%2e", "%2E.", "..%00", "%c0%ae%c0%ae", "%252e%252e", "..;", "....", "\\..", "..%5c")
    slashes = ("/", "%2f", "//", "%5c", "%252f")
    target = "subrosa.toml"
    return [f"{path}{slash}{slash.join([way] * 3)}{slash}{target}" for way in up for slash in slashes]


def test_no_address_leads_to_a_file_that_is_not_published(served: SimpleNamespace) -> None:
    paths = [*outside("/releases"), *outside(f"/releases/{served.id}"), *outside("/static"), *outside("")]
    paths += [
        "/etc/passwd",
        "//etc/passwd",
        "/%00",
        "/\\etc\\passwd",
        "file:///etc/passwd",
        "/static/%00client.js",
        "*",
        "/.",
    ]
    port = served.ports["site"]
    for path in paths:
        (answer,) = asked(port, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert answer.status in (400, 404, 414), path
        assert b"[registrar]" not in answer.body
        assert b"root:" not in answer.body


def test_a_body_without_end_is_not_read_to_its_end(served: SimpleNamespace) -> None:
    """In chunks, so that no length is announced: each service stops at its bound, and answers."""
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    for role, method, end in (
        ("registrar", "POST", "mail-request"),
        ("registrar", "POST", "token-request"),
        ("intake", "PUT", "response"),
    ):
        head = f"{method} {served.path}/{end} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", served.ports[role]), timeout=SECONDS) as connection:
            went = 0
            with suppress(ConnectionError, TimeoutError):
                connection.sendall(head)
                while went < 400 * len(chunk):
                    connection.sendall(chunk)
                    went += len(chunk)
            back = b""
            with suppress(ConnectionError):
                while more := connection.recv(65536):
                    back += more
        # Where so much was sent after the answer that the connection was reset, the answer may be lost with it.
        assert not back or answers(back)[0].status in (401, 403, 413, 422), end


def test_compressed_bodies_are_never_opened(served: SimpleNamespace) -> None:
    """A bomb would be 1,000 times as large: it is judged as it came, and so is a right request in a wrapping."""
    bomb = gzip.compress(bytes(4_000_000))
    assert len(bomb) < 4096
    body = gzip.compress(b'{"address":"ana@society.example","request":"AAAAAAAAAAAAAAAAAAAAAA"}')
    for data, encoding in ((bomb, "gzip"), (body, "gzip"), (body, "deflate"), (body, "br, gzip")):
        for role, method, end in (
            ("registrar", "POST", "mail-request"),
            ("registrar", "POST", "token-request"),
            ("intake", "PUT", "response"),
        ):
            head = (
                f"{method} {served.path}/{end} HTTP/1.1\r\nHost: a\r\nContent-Encoding: {encoding}\r\n"
                f"Content-Type: application/json\r\nConnection: close\r\nContent-Length: {len(data)}\r\n\r\n"
            )
            (answer,) = asked(served.ports[role], head.encode() + data)
            assert answer.status in (401, 403, 413, 422)


RESET = struct.pack("ii", 1, 0)  # closing with this to SO_LINGER sends a reset


def test_who_breaks_off_in_the_body_with_a_right_code_or_token_leaves_no_line(served: SimpleNamespace) -> None:
    member, before = served.member, served.log.read_text()
    with ExitStack() as closed_or_reset:
        for role, start, may, length in (
            ("intake", "PUT {}/response", authorization(member.token), len(member.sealed)),
            ("registrar", "POST {}/token-request", f"Bearer {member.code}", len(member.request)),
        ):
            head = (
                f"{start.format(served.path)} HTTP/1.1\r\nHost: a\r\nAuthorization: {may}\r\n"
                f"Subrosa-Revision: 2\r\nContent-Length: {length}\r\n\r\n"
            )
            for part, reset in ((b"", False), (b"", True), (b"x" * 100, False), (b"x" * 100, True)):
                connection = socket.create_connection(("127.0.0.1", served.ports[role]))
                closed_or_reset.enter_context(connection)
                connection.sendall(head.encode() + part)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        time.sleep(0.3)  # threads wait for the rest
    time.sleep(0.3)
    assert served.log.read_text() == before


def dripping(port: int, start: bytes, drops: bytes, seconds: float) -> float:
    """Send a beginning, then a byte now and then; after how many seconds the server hung up, or infinity."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=0.2) as connection:
        connection.sendall(start)
        for drop in drops * 1000:
            try:
                connection.sendall(bytes([drop]))
                if connection.recv(65536) == b"":
                    return time.monotonic() - begun
            except TimeoutError:
                pass
            except ConnectionError:
                return time.monotonic() - begun
            if time.monotonic() - begun > seconds:
                return float("inf")
    return float("inf")


def test_slow_senders_of_headers_and_bodies_are_hung_up_and_others_served_meanwhile(served: SimpleNamespace) -> None:
    port = served.ports["intake"]
    put = f"PUT {served.path}/response HTTP/1.1\r\nHost: a\r\n"
    slow = [
        (b"G", b"ET /"),  # the request line
        (put.encode(), b"X: a\r\n"),  # headers without end
        (f"{put}Content-Length: 1174\r\n\r\n".encode(), b"a"),  # a body
        (f"{put}Transfer-Encoding: chunked\r\n\r\n".encode(), b"1\r\na\r\n"),  # chunks
    ] * 4
    with ThreadPoolExecutor(len(slow)) as pool:
        waiting = [pool.submit(dripping, port, start, drops, 15 * PATIENCE) for start, drops in slow]
        time.sleep(0.3)
        (answer,) = asked(port, f"GET {served.path}/closing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert answer.status == 404
        assert max(one.result() for one in waiting) < 14 * PATIENCE


def test_many_idle_connections_keep_nobody_out(served: SimpleNamespace) -> None:
    port = served.ports["intake"]
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    try:
        begun = time.monotonic()
        (answer,) = asked(port, f"GET {served.path}/closing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert answer.status == 404
        assert time.monotonic() - begun < 5
    finally:
        for connection in idle:
            connection.close()


def test_all_that_leaves_the_servers_small(served: SimpleNamespace) -> None:
    """Run last: nothing above made a server take and keep more than some megabytes."""
    for role, port in served.ports.items():
        (pid,) = {
            c.pid
            for c in psutil.net_connections("tcp")
            if c.laddr and c.laddr.port == port and c.status == "LISTEN" and c.pid
        }
        children = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        assert max(child.memory_info().rss for child in children) < 200 * 2**20, role
