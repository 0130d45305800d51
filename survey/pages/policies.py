"""What browsers are told: what each page may load, where it may send, and that nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Response, request

from survey import case

_CLOSED_DOORS: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_LOOKS: Final = "style-src 'self'; img-src 'self'; "
# A release is made by the tally and holds styles of its own, but never a script.
_RELEASE_POLICY: Final = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; {_CLOSED_DOORS}"
)
# But for the one that this program brings itself, named by its digest. It may print, and reach nothing.
_CASE_POLICY: Final = (
    f"default-src 'none'; script-src {case.source(case.script())}; connect-src 'none'; style-src 'unsafe-inline'; "
    f"img-src 'none'; sandbox allow-scripts allow-modals; {_CLOSED_DOORS}"
)
_QUIET_POLICY: Final = f"default-src 'none'; {_LOOKS}{_CLOSED_DOORS}"
_OPENER: Final = "Cross-Origin-Opener-Policy"
_HEADERS: Final = {
    "Content-Security-Policy": _QUIET_POLICY,
    _OPENER: "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), "
    "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
}


def for_answering(response: Response, site_url: str, asks: Iterable[str]) -> Response:
    """The answering page runs one script and nothing else that this origin serves, and asks these places only."""
    script = _source(f"{site_url}/static/client.js")
    places = " ".join(sorted({_source(place) for place in asks})) or "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {script}; connect-src {places}; {_LOOKS}{_CLOSED_DOORS}"
    )
    return response


def for_release(response: Response, name: str) -> Response:
    """A file of a release: no script, in an origin of its own. In its `case.html`, none but ours.

    A release folder is copied here from elsewhere, so that a page in it never says which script may run.

    Without an opener policy: with `sandbox`, the HTML standard has a browser refuse a page that sends one, and it would
    protect nothing. A page without scripts and origin has no window of ours to give away, and links here open none.
    """
    response.headers["Content-Security-Policy"] = _CASE_POLICY if name == case.FILE else _RELEASE_POLICY
    response.headers[_OPENER] = "unsafe-none"
    return response


def for_reading(response: Response) -> Response:
    """What is published may be read by pages of any origin: it is the same for everyone, and there are no cookies."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Length, Content-Range, ETag"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":  # a browser's question before a request with such headers
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Range, Range"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def strict_headers(response: Response) -> Response:
    """For every answer; what it says of itself already stays."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _source(address: str) -> str:
    """An address as a policy names it: these two characters would end it there."""
    return address.replace(";", "%3B").replace(",", "%2C")
