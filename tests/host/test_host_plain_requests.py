"""What is read by one pattern is read as gunicorn's parser reads it; what is not plain is left to the parser."""

import itertools

import pytest
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from hypothesis import given
from hypothesis import strategies as st

from host.config import Party
from host.plain_requests import PlainRequest
from host.serving import server_settings

LIMITS = server_settings(Party("x", "http://a", "127.0.0.1:1"), 1)
LIMITS = {name: value for name, value in LIMITS.items() if name.startswith(("limit", "forward", "secure"))}
PUT = b"PUT /v1/rounds/ab/response HTTP/1.1\r\n"
LINES = [
    b"Host: a",
    b"Content-Length: 4",
    b"Content-Length: +4",
    b"content-length: 04",
    b"Content-Length: 4, 4",
    b"Content-Type: application/octet-stream",
    b'Authorization: PrivateToken token="abc="',
    b"Subrosa-Revision: 1",
    b"Connection: close",
    b"Connection: Keep-Alive",
    b"Connection: upgrade",
    b"Upgrade: h2c",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding : chunked",
    b"Expect: 100-continue",
    b"Expect: more",
    b"X_Forwarded_For: 1.2.3.4",
    b"X-Forwarded-For: 1.2.3.4",
    b"X-Forwarded-Proto: https",
    b"Script-Name: /a",
    b"Name:no-space",
    b"Name:  two",
    b"Name: end ",
    b"Name:",
    b"Name",
    b": value",
    b" folded",
    b"Name: a\nb",
    b"Name: a\rb",
    b"Name: \x00",
    b"Name: \xff",
    b"Long: " + b"a" * 4100,
    b"",
]
STARTS = [
    PUT,
    b"GET / HTTP/1.1\r\n",
    b"GET /a?b=c HTTP/1.1\r\n",
    b"GET //a/../b HTTP/1.1\r\n",
    b"GET /%41 HTTP/1.1\r\n",
    b"GET /a HTTP/1.0\r\n",
    b"GET /a HTTP/1.12\r\n",
    b"get /a HTTP/1.1\r\n",
    b"GET  /a HTTP/1.1\r\n",
    b"GET http://a/b HTTP/1.1\r\n",
    b"GET /" + b"a" * 490 + b" HTTP/1.1\r\n",
    b"GET /" + b"a" * 510 + b" HTTP/1.1\r\n",
    b"\r\nGET / HTTP/1.1\r\n",
    b"",
]


def config() -> Config:
    made = Config()
    for name, value in (
        LIMITS | {"forwarded_allow_ips": "", "forwarder_headers": "", "secure_scheme_headers": {}}
    ).items():
        made.set(name, value)
    return made


CONFIG = config()


def reading(kind: type[Request], pieces: list[bytes]) -> list[object]:
    """All that is found in these bytes: two requests after another, or the kind of fault."""
    unreader, found = IterUnreader(pieces), []
    try:
        for number in (1, 2):
            one = kind(CONFIG, unreader, ("127.0.0.1", 1), number)
            found.append((one.method, one.uri, one.path, one.query, one.fragment, one.version, one.headers, one.scheme))
            found.append((one.should_close(), one.body.read(), one._expected_100_continue))
    except Exception as fault:
        found.append(type(fault))
    return found


@given(
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(LINES), max_size=6),
    st.sampled_from([b"", b"body", b"bodyGET / HTTP/1.1\r\n\r\n"]),
    st.lists(st.integers(0, 200), max_size=3),
)
def test_every_request_is_read_as_gunicorn_reads_it(start, lines, body, cuts) -> None:
    data = start + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(data)}), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    assert reading(PlainRequest, pieces) == reading(Request, pieces)


@pytest.mark.parametrize("count", [39, 40, 41])
def test_more_fields_than_the_limit_are_refused(count: int) -> None:
    data = PUT + b"".join(b"Name-%d: a\r\n" % number for number in range(count)) + b"\r\n"
    assert reading(PlainRequest, [data]) == reading(Request, [data])


def test_what_a_browser_sends_needs_no_parser(monkeypatch) -> None:
    monkeypatch.setattr(Request, "parse", lambda *_: pytest.fail("gunicorn's parser was asked"))
    lines = [
        b"Host: a:80",
        b"Connection: keep-alive",
        b"User-Agent: B/1.0 (x; y)",
        b"Accept: */*",
        b"Content-Length: 4",
    ]
    data = PUT + b"\r\n".join(lines) + b"\r\n\r\nbody"
    assert PlainRequest(CONFIG, IterUnreader([data]), ("127.0.0.1", 1)).body.read() == b"body"
