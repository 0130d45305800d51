"""Submissions that arrive whole: answered in groups, each as it would be alone, and none waits for another's sender."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from host.grouping_worker import MOST_GROUPS, MOST_IN_GROUP
from host.ports import free_port

PATH = f"/v1/rounds/{'a' * 64}/response"
SERVER = """
import sys, threading, time
from host.config import Party
from host.serving import RoleServer, server_settings

def app(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", "0")))
    if body == b"early":
        raise RuntimeError
    if body == b"broken":
        raise OSError
    return answer(body, start_response)

def answer(body, start_response):
    if body == b"late":
        raise RuntimeError
    if body == b"slow":
        time.sleep(1)
    said = str(threading.get_ident()).encode() if body == b"who" else bytes(100_000) if body == b"much" else body
    start_response("201 CREATED", [("Content-Length", str(len(said))), ("Content-Type", "text/plain")])
    yield said

address = "127.0.0.1:" + sys.argv[1]
RoleServer(server_settings(Party("x", "http://" + address, address), 4), lambda: app).run()
"""


@contextmanager
def served() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, server
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as (port, _server):
        yield port


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def request(body: bytes, more: str = "", path: str = PATH) -> bytes:
    return f"PUT {path} HTTP/1.1\r\nHost: a\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answer(connection: socket.socket) -> bytes:
    """One whole answer without its date."""
    got = b""
    while (found := re.search(rb"Content-Length: ([0-9]+)\r\n(?:.+\r\n)*\r\n", got)) is None or (
        len(got) < found.end() + int(found[1])
    ):
        data = connection.recv(1)
        if not data:
            return got
        got += data
    return re.sub(rb"Date: .*\r\n", b"", got)


@pytest.mark.parametrize(
    "more", ["", "Connection: close\r\n", "Connection: keep-alive\r\n", "Expect: 100-continue\r\n"]
)
@pytest.mark.parametrize("body", [b"a body", b"early", b"late", b"broken", b"much"])
def test_what_comes_whole_is_answered_like_what_comes_in_pieces(port: int, body: bytes, more: str) -> None:
    whole, answers = request(body, more), []
    for pieces in ([whole], [whole[:20], whole[20:]], [whole[:-1], whole[-1:]]):
        with closing(opened(port)) as connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.05)
            answers.append([answer(connection)])
            connection.sendall(request(b"again"))
            try:
                answers[-1].append(answer(connection))
            except ConnectionError:
                answers[-1].append(b"")
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] or body == b"broken"


def test_two_sent_at_once_are_answered_in_their_order(port: int) -> None:
    with closing(opened(port)) as connection:
        connection.sendall(request(b"first") + request(b"second") + request(b"third"))
        assert [answer(connection)[-5:] for _ in range(3)] == [b"first", b"econd", b"third"]


def test_what_comes_while_two_groups_are_busy_is_one_group_and_a_fault_in_it_is_its_own(port: int) -> None:
    slow, quick = [opened(port) for _ in range(2)], [opened(port) for _ in range(7)]
    for connection in slow:
        connection.sendall(request(b"slow"))
        time.sleep(0.1)
    for connection in quick:
        connection.sendall(request(b"late" if connection is quick[3] else b"who"))
    said = [answer(connection) for connection in quick]
    assert said.pop(3).startswith(b"HTTP/1.1 500 ")
    assert len(set(said)) == 1
    assert [answer(connection)[-4:] for connection in slow] == [b"slow", b"slow"]
    for connection in (*slow, *quick):
        connection.close()


def test_who_reads_no_answer_is_hung_up_and_holds_up_nobody(port: int) -> None:
    with socket.socket() as deaf, closing(opened(port)) as other:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(10)
        deaf.connect(("127.0.0.1", port))
        begun = time.monotonic()
        with suppress(ConnectionError):
            for _ in range(400):
                deaf.sendall(request(b"much"))
                time.sleep(0.01)
                other.sendall(request(b"here"))
                assert answer(other).endswith(b"here")
            pytest.fail("nobody hung up")
        assert time.monotonic() - begun < 8


def test_a_server_that_stops_answers_all_it_was_sent_though_nobody_else_closes() -> None:
    with served() as (port, server):
        slow = [opened(port) for _ in range(MOST_GROUPS)]
        many = [opened(port) for _ in range(4 * MOST_IN_GROUP)]
        for connection in slow:
            connection.sendall(request(b"slow"))
            time.sleep(0.1)
        for connection in many:
            connection.sendall(request(b"here"))
        time.sleep(0.2)
        server.terminate()
        assert [answer(connection)[-4:] for connection in slow] == [b"slow"] * len(slow)
        assert [answer(connection)[-4:] for connection in many] == [b"here"] * len(many)
        for connection in (*slow, *many):
            connection.close()


def test_what_comes_after_a_submission_that_is_the_last_does_not_break_its_answer_off(port: int) -> None:
    with closing(opened(port)) as connection:
        connection.sendall(request(b"slow", "Connection: close\r\n"))
        time.sleep(0.3)
        connection.sendall(request(b"again"))
        assert answer(connection).endswith(b"slow")
        assert connection.recv(1) == b""  # an end, no reset
