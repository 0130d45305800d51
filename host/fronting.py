"""What stands before the app of every role: counts, limits, and the answers to whoever watches over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response

from host.coarse_counts import CoarseCounts, counted
from host.config import Config
from survey.health import serve_health
from survey.limiting import limited
from survey.rates import Rate

if TYPE_CHECKING:
    from flask import Flask

    from survey.problems import Problem
    from survey.readiness import Readiness


def front(app: Flask, config: Config, role: str, readiness: Readiness, counts: CoarseCounts) -> Callable[[], None]:
    """Put all of it before an app. What it returns forgets sources that make no difference any more."""
    page = role == "site"
    answer = in_a_sentence if page else _as_a_service()
    serve_health(app, readiness, answer)
    forget: Callable[[], None] = _nothing
    if config.requests_per_minute:
        rate = Rate(config.requests_per_minute)
        forget = rate.forget_old
        origin = None if page else config.site.origin
        app.wsgi_app = limited(  # type: ignore[method-assign, assignment]
            app.wsgi_app, rate, answer, origin, config.trusted_proxy
        )
    app.wsgi_app = counted(app.wsgi_app, counts)  # type: ignore[method-assign, assignment]
    return forget


def in_a_sentence(problem: Problem) -> Response:
    """A problem as people read it in a browser."""
    return Response(f"{problem.detail}\n", problem.status, content_type="text/plain; charset=utf-8")


def _as_a_service() -> Callable[[Problem], Response]:
    """How registrar and intake answer, which have stores; the site has none, and loads nothing that opens one."""
    from survey.service import answer  # noqa: PLC0415

    return answer


def _nothing() -> None:
    """Where nothing is limited, nothing is remembered."""
