"""What registrar and intake have in common: the manifest endpoint, quiet errors, and requests without a sender.

Each role is an app of its own from its own `create_app`; this only gives them the same manners.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from storage.unavailable import could_not_connect
from survey import problems
from survey.problems import Problem, Refused
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound, RoundsFolder, UnknownRound
from survey.rounds.times import Clock
from survey.senderless import Source, senderless

log: Final = logging.getLogger("subrosa")


@dataclass(frozen=True, slots=True)
class Browsers:
    """Which pages may call a service from a browser: those of one origin, with what it needs, without cookies."""

    origin: str
    headers: tuple[str, ...]

    def permit(self, response: Response) -> None:
        """Say so on an answer; on the browser's question before a request, also what it may ask."""
        response.headers["Access-Control-Allow-Origin"] = self.origin
        if request.method == "OPTIONS":
            methods = sorted(set(response.allow) - {"GET", "HEAD", "OPTIONS"})
            response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
            response.headers["Access-Control-Allow-Headers"] = ", ".join(self.headers)
            response.headers["Access-Control-Max-Age"] = "600"


_MANNERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def headers_of(browsers: Browsers | None) -> list[tuple[str, str]]:
    """What every answer below /v1/ says, beside what it answers."""
    allowed = {} if browsers is None else {"Access-Control-Allow-Origin": browsers.origin}
    return [*_MANNERS.items(), *allowed.items()]


def new_service(
    rounds: RoundsFolder, max_body: int, browsers: Browsers | None = None, source: Source | None = None
) -> Flask:
    """A Flask app that serves manifests and closing statements, and answers every fault with a fixed problem.

    browsers: who may read its answers in a browser; nobody's pages without it. source: what alone is told of a
    sender; see `senderless`.
    """
    app = Flask("subrosa", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.merge_slashes = False  # no redirects: they would repeat the address that was asked for
    app.wsgi_app = senderless(app.wsgi_app, source)  # type: ignore[method-assign, assignment]
    _answer_faults(app)

    @app.before_request
    def refuse_large_bodies() -> None:
        # By the length that is announced, and so before anything is read or looked up.
        if (request.content_length or 0) > max_body:
            raise Refused(problems.TOO_LARGE)

    @app.get("/v1/rounds/<round_id>/manifest")
    def manifest(round_id: str) -> Response:
        return _document(find(rounds, round_id).served)

    @app.get("/v1/rounds/<round_id>/closing")
    def closing(round_id: str) -> Response:
        statement = find(rounds, round_id).closing
        if statement is None:
            raise Refused(problems.NO_STATEMENT)
        return _document(statement)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _MANNERS.items():
            response.headers.setdefault(name, value)
        if browsers is not None and request.path.startswith("/v1/"):
            browsers.permit(response)
        return response

    return app


def find(rounds: RoundsFolder, round_id: str) -> PublishedRound:
    """The round of a request. Raises: Refused if there is none."""
    try:
        return rounds.load(round_id)
    except UnknownRound:
        raise Refused(problems.UNKNOWN_ROUND) from None


def find_open(rounds: RoundsFolder, round_id: str, clock: Clock) -> PublishedRound:
    """The round of a request if it takes requests now. Raises: Refused, saying which of the reasons it is."""
    found = find(rounds, round_id)
    now = phase(found.manifest, found.statement, clock())
    refusals = {
        Phase.NOT_YET_OPEN: problems.NOT_YET_OPEN,
        Phase.CLOSED: problems.CLOSED,
        Phase.CANCELLED: problems.CANCELLED,
    }
    if now in refusals:
        raise Refused(refusals[now])
    return found


def answer(problem: Problem) -> Response:
    return Response(problem.to_bytes(), problem.status, content_type="application/problem+json")


def _document(data: bytes) -> Response:
    return Response(data, content_type="application/json")


def _answer_faults(app: Flask) -> None:
    """The one place where errors become HTTP. Only the kind of an error is logged, never its text or trace."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        answered = answer(error.problem)
        answered.headers.extend(error.headers)
        return answered

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        known: dict[type[HTTPException], Problem] = {
            NotFound: problems.NOT_FOUND,
            MethodNotAllowed: problems.WRONG_METHOD,
            RequestEntityTooLarge: problems.TOO_LARGE,
        }
        problem = known.get(type(error)) or replace(problems.UNREADABLE, status=error.code or 400)
        answered = answer(problem)
        if isinstance(error, MethodNotAllowed):  # the standard has every such answer name the others
            answered.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answered

    @app.errorhandler(SQLAlchemyError)
    def storage(error: SQLAlchemyError) -> Response:
        if not could_not_connect(error):  # that is said once, by `storage.outages`
            log.error("storage fault: %s", type(error).__name__)
        return answer(problems.STORAGE)

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        log.error("fault: %s", type(error).__name__)
        return answer(problems.FAULT)
