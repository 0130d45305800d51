"""A request without its sender: what stands before the app of every role, the site too, which has no store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What a request may carry into the app. Everything else (addresses, user agents, cookies, languages, referrers,
# forwarding headers) is dropped before any of our code, or Flask's, could keep it by accident.
_KEPT_HEADERS: Final = frozenset(
    {
        "HTTP_AUTHORIZATION",
        "HTTP_SUBROSA_REVISION",
        "HTTP_HOST",
        "HTTP_CONTENT_LENGTH",
        "HTTP_TRANSFER_ENCODING",
    }
)
_DROPPED: Final = frozenset({"REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "REMOTE_USER", "QUERY_STRING"})

Source = Callable[[Mapping[str, Any]], bytes | None]


def senderless(
    inner: WSGIApplication, source: Source | None = None, kept: frozenset[str] = frozenset()
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The same app without anything that tells who asks.

    source: gives a token for requests that have to be limited by sender (None for all others), which only itself can
    compare and nobody can read; the app finds it as `subrosa.source`.
    kept: further headers that say nothing of who asks.
    """
    let_through = _KEPT_HEADERS | kept

    def wrapped(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        token = source(environ) if source is not None else None
        for key in list(environ):
            if key in _DROPPED or (key.startswith("HTTP_") and key not in let_through):
                del environ[key]
        environ["QUERY_STRING"] = ""
        environ["subrosa.source"] = token
        return inner(environ, start_response)

    return wrapped
