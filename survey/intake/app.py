"""The intake: takes sealed responses from holders of a token. It knows that some verified member answered."""

from __future__ import annotations

from flask import Flask, Response, request

from survey import problems
from survey.description.document import serve_description
from survey.intake.box import BallotBox
from survey.intake.description import INTAKE, MAX_BODY, REVISION_HEADER
from survey.intake.submitting import REFUSAL, Submitting, TokenRefused, before_flask
from survey.rounds.folder import RoundsFolder
from survey.rounds.times import Clock, now
from survey.service import Browsers, answer, new_service
from survey.tokens import TokenKey, www_authenticate


def create_app(rounds: RoundsFolder, box: BallotBox, clock: Clock = now, origin: str | None = None) -> Flask:
    """The intake as a WSGI app. It never sees a code, an address or an answer.

    origin: the site whose pages may hand in from a browser.
    """
    asked = ("Authorization", "Content-Type", REVISION_HEADER)
    browsers = Browsers(origin, asked) if origin else None
    app, submitting = new_service(rounds, MAX_BODY, browsers), Submitting(rounds, box, clock)

    @app.put("/v1/rounds/<round_id>/response")
    def put_response(round_id: str) -> Response:
        if REFUSAL in request.environ:
            raise request.environ[REFUSAL]
        return Response(status=201 if submitting.take(round_id, request.environ) else 200)

    serve_description(app, INTAKE)

    @app.errorhandler(TokenRefused)
    def ask_for_token(refused: TokenRefused) -> Response:
        """The one answer to every token that is not of this round, whatever is wrong with it."""
        response = answer(problems.BAD_TOKEN)
        key = TokenKey.from_spki(refused.manifest.token_key)
        response.headers["WWW-Authenticate"] = www_authenticate(refused.manifest.challenge, key)
        return response

    app.wsgi_app = before_flask(app.wsgi_app, submitting, browsers)  # type: ignore[method-assign, assignment]
    return app
