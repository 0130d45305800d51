"""`/healthz` and `/readyz`, for whoever watches over a role: two fixed answers that tell nothing of who comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Flask, Response

from survey import problems
from survey.limiting import RETRY_AFTER_SECONDS
from survey.problems import Problem
from survey.readiness import Readiness

HEALTH: Final = "/healthz"
READY: Final = "/readyz"


def serve_health(app: Flask, readiness: Readiness, answer: Callable[[Problem], Response]) -> None:
    """Add both addresses to a role's app.

    `/healthz`: 200 while the process answers at all. `/readyz`: 200 while it can do its work, else 503, in the same
    words whatever does not work; the log says what it is.
    """

    @app.get(HEALTH)
    def healthz() -> Response:
        return _fine()

    @app.get(READY)
    def readyz() -> Response:
        if not readiness.failing():
            return _fine()
        refusal = answer(problems.NOT_READY)
        refusal.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return refusal


def _fine() -> Response:
    return Response("ok\n", content_type="text/plain; charset=utf-8")
