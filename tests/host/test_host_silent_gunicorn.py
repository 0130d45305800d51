"""Slow clients: a handful of people who send a byte and wait must not shut everyone else out."""

import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3
import warm

from host.ports import free_port

LARGE = 16_000_000
SERVER = f"""
import sys
LARGE = {LARGE}
from flask import Flask
import host.silent_gunicorn
from host.config import Party
from host.serving import RoleServer, server_settings

host.silent_gunicorn.PATIENCE_SECONDS = float(sys.argv[2])
host.silent_gunicorn.SLOWEST_BYTES_A_SECOND = 4_000_000
app = Flask("slow")
app.get("/")(lambda: "here")
app.get("/large", endpoint="large")(lambda: bytes(LARGE))
address = "127.0.0.1:" + sys.argv[1]
RoleServer(server_settings(Party("x", "http://" + address, address), 2), lambda: app).run()
"""


@pytest.fixture(params=[1, 60])
def port_and_patience(request, tmp_path: Path):
    port = free_port()
    server = warm.Popen([sys.executable, "-c", SERVER, str(port), str(request.param)])
    try:
        for _ in range(200):
            try:
                urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False)
                break
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        yield port, request.param
    finally:
        server.kill()
        server.wait()


def test_connections_that_send_a_byte_and_wait_are_hung_up(port_and_patience) -> None:
    port, patience = port_and_patience
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
    try:
        for connection in waiting:
            connection.sendall(b"G")
        time.sleep(0.3)
        # Both threads are held. With little patience they are freed; without it this request finds nobody.
        answer = urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False, timeout=6)
        assert (answer.data, patience) == (b"here", 1)
    except urllib3.exceptions.HTTPError:
        assert patience == 60
    finally:
        for connection in waiting:
            connection.close()


def received(port: int, pause: float, stall: float = 0) -> int:
    """Bytes of a large answer that arrive at somebody who waits first, and then a little after each of 120 pieces."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)  # or the system takes all of it at once
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        time.sleep(stall)
        got, pieces = 0, 0
        with suppress(ConnectionError):
            while data := connection.recv(128 * 1024):
                got += len(data)
                if got // (128 * 1024) > pieces:
                    pieces = got // (128 * 1024)
                    time.sleep(pause)
        return got


@pytest.mark.parametrize("port_and_patience", [1], indirect=True)
def test_a_large_file_reaches_a_slow_line_whole_and_one_that_stands_still_is_hung_up(port_and_patience) -> None:
    port, patience = port_and_patience
    begun = time.monotonic()
    assert received(port, pause=0.02) > LARGE
    assert time.monotonic() - begun > 2 * patience
    assert received(port, pause=0, stall=5) < LARGE
