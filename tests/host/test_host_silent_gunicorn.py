"""Slow clients: a handful of people who send a byte and wait must not shut everyone else out."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3

from host.ports import free_port

SERVER = """
import sys
from flask import Flask
import host.silent_gunicorn
from host.config import Party
from host.serving import RoleServer, server_settings

host.silent_gunicorn.PATIENCE_SECONDS = float(sys.argv[2])
app = Flask("slow")
app.get("/")(lambda: "here")
address = f"127.0.0.1:{sys.argv[1]}"
RoleServer(server_settings(Party("x", f"http://{address}", address), 2), lambda: app).run()
"""


@pytest.fixture(params=[1, 60])
def port_and_patience(request, tmp_path: Path):
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port), str(request.param)])
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
