"""Requests that no respondent's client sends, each carrying a mark wherever one fits."""

import socket
from collections.abc import Iterator

SECONDS = 5


def strange_requests(mark: str, round_id: str) -> Iterator[bytes]:
    """Whole byte streams as they go into a socket."""
    path, m = f"/v1/rounds/{round_id}", mark
    host = f"Host: {m}\r\n"
    big = (m * 4000)[:20_000]
    lines = [
        m,
        f"GET {m}\r\n\r\n",
        f"{m} / HTTP/1.1\r\n\r\n",
        f"GET /{m} HTTP/9.9\r\n\r\n",
        f"GET /{m} HTTP/1.1 {m}\r\n\r\n",
        f"G@T /{m} HTTP/1.1\r\n\r\n",
        f"GET /{big} HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\nX-{m}: {big}\r\n\r\n",
        "GET / HTTP/1.1\r\n" + "".join(f"X-{m}-{i}: {m}\r\n" for i in range(60)) + "\r\n",
        f"GET / HTTP/1.1\r\nBad Name {m}: 1\r\n\r\n",
        f"GET / HTTP/1.1\r\n{m}\r\n\r\n",
        f"GET / HTTP/1.1\r\nX: 1\r\n {m}\r\n\r\n",
        f"GET / HTTP/1.1\r\nX_{m}: {m}\x00\r\n\r\n",
        f"GET /{m} HTTP/1.1\r\n{host}Content-Length: {m}\r\n\r\n",
        f"GET /{m} HTTP/1.1\r\n{host}Content-Length: -5\r\n\r\n{m}",
        f"PUT {path}/response HTTP/1.1\r\n{host}Content-Length: 900\r\n\r\n{m}",
        f"POST {path}/token-request HTTP/1.1\r\n{host}Authorization: Bearer {m}\r\nContent-Length: 259\r\n\r\n{m}",
        f"PUT {path}/response HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n{len(m):x}\r\n{m}\r\n0\r\n\r\n",
        f"PUT {path}/response HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\n{m}\r\n",
        f"PUT {path}/response HTTP/1.1\r\n{host}Transfer-Encoding: {m}\r\n\r\n{m}",
        f"PUT {path}/response HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{m}",
        f"PUT {path}/response HTTP/1.1\r\n{host}Expect: {m}\r\nContent-Length: 4\r\n\r\n{m}",
        f"DELETE {path}/manifest?{m} HTTP/1.1\r\n{host}\r\n",
        f"TRACE {path}/response HTTP/1.1\r\n{host}\r\n",
        f"OPTIONS * HTTP/1.1\r\n{host}\r\n",
        f"CONNECT {m}:443 HTTP/1.1\r\n{host}\r\n",
        f"GET http://{m}{path}/manifest HTTP/1.1\r\n{host}\r\n",
        f"GET /v1/rounds/{m}/manifest HTTP/1.1\r\n{host}\r\n",
        f"GET /v1/rounds/../../tally/{m} HTTP/1.1\r\n{host}\r\n",
        f"GET /v1/rounds/%2e%2e%2f%2e%2e%2f{m}/manifest HTTP/1.1\r\n{host}\r\n",
        f"GET {path}%00{m}/manifest HTTP/1.1\r\n{host}\r\n",
        f"GET //{m}//{path}/manifest?a={m}#{m} HTTP/1.1\r\n{host}Referer: {m}\r\n\r\n",
        f"PUT {path}/response HTTP/1.1\r\n{host}Authorization: PrivateToken token={m}\r\nSubrosa-Revision: {m}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}Upgrade: {m}\r\nConnection: Upgrade\r\n\r\n",
        f"PROXY TCP4 {m} {m} 1 2\r\nGET / HTTP/1.1\r\n\r\n",
        f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{m}",
    ]
    yield from (line.encode("latin-1") for line in lines)
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + mark.encode() * 20
    yield bytes(range(256)) + mark.encode()


def send(port: int, data: bytes, source: str) -> bytes:
    """Send bytes from one of the loopback's addresses, stop sending, and return whatever comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS, source_address=(source, 0)) as connection:
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                answer += more
        except (ConnectionError, TimeoutError):
            pass
    return answer
