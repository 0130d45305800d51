"""Requests that break or bend HTTP, as they go into a socket, with the statuses of the answers that they get.

`{round}` is the path of an open round at the intake; `{host}` a whole Host header.
"""

from dataclasses import dataclass

PUT = "PUT {round}/response HTTP/1.1\r\n{host}"
GET = "GET {round}/manifest HTTP/1.1\r\n"
HIDDEN = "GET {round}/manifest HTTP/1.1\r\n{host}\r\n"  # if it were answered, the manifest would come: 200
CLOSING = "GET {round}/closing HTTP/1.1\r\n{host}\r\n"


@dataclass(frozen=True)
class Shape:
    """A stream of bytes (as Latin-1), and the statuses of all answers to it, in order."""

    text: str
    statuses: tuple[int, ...]

    def bytes_for(self, round_path: str) -> bytes:
        text = self.text.replace("{hidden}", str(len(_filled(HIDDEN, round_path))))
        return _filled(text, round_path).encode("latin-1")


def _filled(text: str, round_path: str) -> str:
    return text.replace("{round}", round_path).replace("{host}", "Host: a\r\n")


def _put(headers: str, body: str = "", *statuses: int) -> Shape:
    return Shape(f"{PUT}{headers}\r\n{body}", statuses or (400,))


CHUNKED = "Transfer-Encoding: chunked\r\n"
SMUGGLING = {
    "both lengths": _put(f"Content-Length: 4\r\n{CHUNKED}", f"0\r\n\r\n{HIDDEN}"),
    "both lengths, the other way": _put(f"{CHUNKED}Content-Length: 4\r\n", f"0\r\n\r\n{HIDDEN}"),
    "two lengths": _put("Content-Length: 4\r\nContent-Length: 5\r\n", f"aaaa{HIDDEN}"),
    "two lengths alike": _put("Content-Length: 4\r\nContent-Length: 4\r\n", "aaaa"),
    "a list of lengths": _put("Content-Length: 4, 4\r\n", "aaaa"),
    "a length with a sign": _put("Content-Length: +4\r\n", "aaaa"),
    "a negative length": _put("Content-Length: -4\r\n", "aaaa"),
    "a hexadecimal length": _put("Content-Length: 0x4\r\n", "aaaa"),
    "a length that is no ASCII digit": _put("Content-Length: \xb2\r\n", "aaaa"),
    "chunked, but not last": _put("Transfer-Encoding: chunked, identity\r\n", f"0\r\n\r\n{HIDDEN}"),
    "chunked twice": _put(CHUNKED * 2, "0\r\n\r\n"),
    "nearly chunked": _put("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", 501),
    "chunked behind a control character": _put("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"),
    "chunked, with a blank before the colon": _put("Transfer-Encoding : chunked\r\n", f"0\r\n\r\n{HIDDEN}"),
    "chunked, in HTTP/1.0": Shape("PUT {round}/response HTTP/1.0\r\n" + CHUNKED + "\r\n0\r\n\r\n", (400,)),
    "a negative chunk": _put(CHUNKED, f"-1\r\n\r\n{HIDDEN}", 401, 400),
    "a hexadecimal prefix of a chunk": _put(CHUNKED, f"0x4\r\naaaa\r\n0\r\n\r\n{HIDDEN}", 401, 400),
    "a chunk with a bare line feed": _put(CHUNKED, f"4\naaaa\r\n0\r\n\r\n{HIDDEN}", 401, 400),
    "a chunk with an endless extension": _put(CHUNKED, f"4;{'a' * 9000}\r\naaaa\r\n0\r\n\r\n", 401, 400),
    "a request in a body that is not read": _put("Content-Length: {hidden}\r\n", f"{HIDDEN}{CLOSING}", 401, 404),
    "a request in chunks that are not read": _put(
        CHUNKED, f"1e\r\n{'GET / HTTP/1.1'.ljust(30)}\r\n0\r\n\r\n{CLOSING}", 401, 404
    ),
    "a body where none belongs": Shape(f"{CLOSING[:-2]}Content-Length: 4\r\n\r\naaaa{CLOSING}", (404, 404)),
}
LINES = {
    "bare line feeds": Shape("GET {round}/manifest HTTP/1.1\nHost: a\n\n", (400,)),
    "one bare line feed": Shape(f"{GET}Host: a\nX: b\r\n\r\n", (400,)),
    "a bare carriage return": Shape(f"{GET}Host: a\rX: b\r\n\r\n", (400,)),
    "a folded header": Shape(f"{GET}{{host}}X: a\r\n b\r\n\r\n", (400,)),
    "a folded first header": Shape(f"{GET} X: a\r\n{{host}}\r\n", (400,)),
    "a header without a colon": Shape(f"{GET}{{host}}nothing\r\n\r\n", (400,)),
    "a null byte in a header": Shape(f"{GET}{{host}}X: a\0b\r\n\r\n", (400,)),
    "empty lines without end": Shape("\r\n" * 3000, (400,)),
    "a proxy's own line": Shape(f"PROXY TCP4 192.0.2.1 192.0.2.1 1 2\r\n{CLOSING}", (400,)),
    "a line of HTTP/0.9": Shape("GET {round}/manifest\r\n", (400,)),
    "HTTP/2, unasked": Shape("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    "HTTP/3.0": Shape("GET {round}/manifest HTTP/3.0\r\n{host}\r\n", (400,)),
    "an upgrade": Shape(f"{CLOSING[:-2]}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", (404,)),
    "nothing at all": Shape("", ()),
    "TLS": Shape("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 40 + "\r\n\r\n", (400,)),
}
PIPELINED = {
    "three in one go": Shape(CLOSING * 3, (404, 404, 404)),
    "a bad one between two": Shape(f"{CLOSING}G@T / HTTP/1.1\r\n{{host}}\r\n{CLOSING}", (404, 400)),
    "after a wish to end": Shape(f"{CLOSING[:-2]}Connection: close\r\n\r\n{CLOSING}", (404,)),
    "more than would be read": Shape(CLOSING * 200, (404,) * 200),
}
LARGE = {
    "a long address": Shape(f"GET /{'a' * 600} HTTP/1.1\r\n{{host}}\r\n", (414,)),
    "an address without end": Shape(f"GET /{'a' * 200_000}", (414,)),
    "a large header": Shape(f"{GET}{{host}}X: {'a' * 5_000}\r\n\r\n", (431,)),
    "a header without end": Shape(f"{GET}{{host}}X: {'a' * 500_000}", (431,)),
    "many headers": Shape(f"{GET}{{host}}{'X: a' + chr(13) + chr(10)}" + "X: a\r\n" * 50 + "\r\n", (431,)),
    "headers without end": Shape(f"{GET}{{host}}" + "X: a\r\n" * 60_000, (431,)),
    "a huge announced body": _put("Content-Length: 1000000000\r\n", "", 413),
    "a length of 3,000 digits": _put(f"Content-Length: {'9' * 3000}\r\n", "", 413),
}
HEADERS = {
    "bytes that are no UTF-8": Shape(f"{CLOSING[:-2]}X: \xff\xfe\xc3\x28\r\n\r\n", (404,)),
    "a token that is no UTF-8": _put("Authorization: PrivateToken token=\xff\xfe\r\nContent-Length: 0\r\n", "", 401),
    "two tokens": _put("Authorization: a\r\nAuthorization: b\r\nContent-Length: 0\r\n", "", 401),
    "an unknown expectation": _put("Expect: x\r\nContent-Length: 4\r\n", "aaaa", 417),
    "two hosts": Shape(f"{GET}{{host}}Host: b\r\n\r\n", (400,)),
    "no host": Shape("GET {round}/closing HTTP/1.1\r\n\r\n", (404,)),
    "where it is said to be mounted": Shape(f"{HIDDEN[:-2]}SCRIPT_NAME: /v1\r\nPATH_INFO: /x\r\n\r\n", (200,)),
    "a scheme that is said twice": Shape(
        f"{CLOSING[:-2]}X-Forwarded-Proto: http\r\nX-Forwarded-Ssl: on\r\n\r\n", (404,)
    ),
}
METHODS = {
    "TRACE": Shape("TRACE {round}/manifest HTTP/1.1\r\n{host}X: MARKED\r\n\r\n", (405,)),
    "DELETE": Shape("DELETE {round}/manifest HTTP/1.1\r\n{host}\r\n", (405,)),
    "CONNECT": Shape("CONNECT elsewhere.example:443 HTTP/1.1\r\n{host}\r\n", (404,)),
    "OPTIONS *": Shape("OPTIONS * HTTP/1.1\r\n{host}\r\n", (404,)),
    "small letters": Shape("get {round}/manifest HTTP/1.1\r\n{host}\r\n", (400,)),
    "a method of a program's": Shape("PROPFIND {round}/manifest HTTP/1.1\r\n{host}\r\n", (405,)),
    "over another method": Shape(f"{CLOSING[:-2]}X-HTTP-Method-Override: DELETE\r\n\r\n", (404,)),
}
ALL = {
    "smuggling": SMUGGLING,
    "lines": LINES,
    "pipelined": PIPELINED,
    "large": LARGE,
    "headers": HEADERS,
    "methods": METHODS,
}
