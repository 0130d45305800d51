"""Requests with nothing about them that needs judging, read by one pattern; everything else is gunicorn's to judge.

Gunicorn's parser takes a line at a time and costs as much as verifying a token. Almost every request is plain: its head
came in one piece, in printable ASCII, no longer than any limit, without a header that decides where its body ends but
one Content-Length. Such a head has one reading, and it is the one that gunicorn gives it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from gunicorn.http.message import Request

# Below gunicorn's limits on a line and on fields (`host.serving`), so that a head within these is within those.
_LONGEST_LINE: Final = 400
_LONGEST_HEAD: Final = 4000
_MOST_FIELDS: Final = 40
_LINE: Final = re.compile(rb"(GET|PUT|POST) (/[A-Za-z0-9/._-]*) HTTP/1\.1\r\n")
_FIELD: Final = re.compile(rb"([A-Za-z][A-Za-z0-9-]*): ([!-~](?:[ -~]*[!-~])?)\r\n")
# What changes how a request is read, or may come once only; Content-Length is looked at by itself.
_JUDGED: Final = frozenset({"TRANSFER-ENCODING", "EXPECT", "UPGRADE", "HTTP2-SETTINGS", "TRAILER", "TE"})
_END: Final = b"\r\n\r\n"


class PlainRequest(Request):  # type: ignore[misc]
    """Gunicorn's request, which asks gunicorn's parser only where it has to."""

    def parse(self, unreader: Any) -> bytes:
        data = unreader.read()
        if self._is_plain(data):
            return bytes(data[data.index(_END) + len(_END) :])
        # An end of the stream is met again by whoever reads next.
        unreader.unread(data)
        rest: bytes = super().parse(unreader)
        return rest

    def _is_plain(self, data: bytes) -> bool:
        """Whether it is; then all that the parser would have found is set."""
        end = data.find(_END, 0, _LONGEST_HEAD)
        line = _LINE.match(data, 0, _LONGEST_LINE)
        if end < 0 or line is None:
            return False
        fields = _fields(data, line.end(), end + len(_END) // 2)
        if fields is None:
            return False
        self.method, self.uri = line[1].decode(), line[2].decode()
        self.path, self.query, self.fragment = self.uri, "", ""
        self.version, self.headers = (1, 1), fields
        return True


def _fields(data: bytes, start: int, end: int) -> list[tuple[str, str]] | None:
    """Names in capitals and values, in order; None where any of them needs judging."""
    found: list[tuple[str, str]] = []
    while start < end:
        field = _FIELD.match(data, start, end)
        if field is None or len(found) == _MOST_FIELDS:
            return None
        found.append((field[1].decode().upper(), field[2].decode()))
        start = field.end()
    names = {name for name, _ in found}
    return found if len(names) == len(found) and names.isdisjoint(_JUDGED) else None
