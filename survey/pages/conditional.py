"""Answers with a file: the whole, a part of it, or that it did not change; read only where its bytes are needed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

FRESH: Final = "no-cache"  # what is latest may change at any time: ask again, and be told if it did not
STABLE: Final = "public, max-age=300, must-revalidate"  # never changes, but may be withdrawn
_ONE_PART: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_UNCHANGED: Final = 304


@dataclass(frozen=True, slots=True)
class Content:
    """What may be given out. kind: media type. digest: names the bytes. size: in bytes.

    read: gives them, or None if they were changed or taken away just now.
    """

    kind: str
    digest: str
    size: int
    read: Callable[[], bytes | None]

    @staticmethod
    def of(data: bytes, kind: str) -> Content:
        return Content(kind, hashlib.sha256(data).hexdigest(), len(data), lambda: data)


def answered(content: Content, cache: str) -> Response | None:
    """To whoever has it already, or asks for its length alone, nothing is read. None if there is nothing to read."""
    response = Response(content_type=content.kind, headers={"Cache-Control": cache})
    response.set_etag(content.digest)
    response.content_length = content.size
    environ = dict(request.environ)
    asked = environ.pop("HTTP_RANGE", "")
    response.make_conditional(environ, accept_ranges=True, complete_length=content.size)
    if response.status_code == _UNCHANGED or request.method == "HEAD":
        return response
    data = content.read()
    if data is None:
        return None
    response.set_data(data)
    # Only one part of bytes is given out, to GET; the standard has a server ignore what it does not understand.
    # Whoever asks whether anything changed is answered that first, and gets the whole if it did.
    part = one_part(asked, content.size)
    if part is None or request.method != "GET" or "HTTP_IF_NONE_MATCH" in environ:
        return response
    try:
        response.make_conditional(environ | {"HTTP_RANGE": part}, accept_ranges=True, complete_length=content.size)
    except RequestedRangeNotSatisfiable:
        return _beyond(content.size)
    return response


def one_part(asked: str, size: int) -> str | None:
    """The header, if it asks for one part of bytes and may be understood; None if the standard has it ignored.

    Of a file shorter than the end that is asked for, that is all of it (RFC 9110, section 14.1.2).
    """
    found = _ONE_PART.fullmatch(asked)
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        # No bytes at the end are no part: asked for in a way that the library refuses.
        return f"bytes={max(size - int(last), 0)}-"
    return None if last and int(last) < int(first) else asked


def _beyond(size: int) -> Response:
    headers = {"Content-Range": f"bytes */{size}", "Cache-Control": FRESH}
    return Response("", 416, content_type="text/plain; charset=utf-8", headers=headers)
