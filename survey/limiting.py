"""In front of a role's app: nobody's requests crowd out those of all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from werkzeug import Response

from survey import problems
from survey.problems import Problem
from survey.rates import Rate
from survey.sources import Network, Sources

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The same for everybody, so that it does not tell how much the others at the same address have sent.
RETRY_AFTER_SECONDS: Final = 5


def limited(
    inner: WSGIApplication,
    rate: Rate,
    answer: Callable[[Problem], Response],
    origin: str | None = None,
    proxy: Network | None = None,
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The same app, which answers a source that asks too often with 429 and Retry-After, before anything is read.

    The token of a source goes to the rate and nowhere else. Requests whose source nobody knows are not limited.
    origin: the site whose pages may read that answer. proxy: as of Sources.
    """
    sources = Sources(proxy=proxy)

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        source = sources(environ)
        if source is None or rate.take(source):
            return inner(environ, start_response)
        refusal = answer(problems.TOO_OFTEN)
        refusal.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        refusal.headers["Cache-Control"] = "no-store"
        refusal.headers["X-Content-Type-Options"] = "nosniff"
        if origin is not None:
            refusal.headers["Access-Control-Allow-Origin"] = origin
        return refusal(environ, start_response)

    return wrapped
