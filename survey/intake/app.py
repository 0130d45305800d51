"""The intake: takes sealed responses from holders of a token. It knows that some verified member answered."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from survey import problems
from survey.description.document import serve_description
from survey.forms.codec import record_length
from survey.intake.box import BallotBox, Stored
from survey.intake.description import INTAKE, MAX_BODY, REVISION_HEADER
from survey.problems import Refused
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import Manifest
from survey.rounds.times import Clock, now
from survey.sealing import MAX_REVISION, sealed_length
from survey.service import Browsers, answer, find_open, new_service
from survey.tokens import Token, TokenKey, www_authenticate

_REFUSALS: Final = {
    Stored.OLDER: problems.OLDER_REVISION,
    Stored.OTHER_BYTES: problems.OTHER_BYTES,
    Stored.BOX_CLOSED: problems.CLOSED,
}


def create_app(rounds: RoundsFolder, box: BallotBox, clock: Clock = now, origin: str | None = None) -> Flask:
    """The intake as a WSGI app. It never sees a code, an address or an answer.

    origin: the site whose pages may hand in from a browser.
    """
    asked = ("Authorization", "Content-Type", REVISION_HEADER)
    app = new_service(rounds, MAX_BODY, Browsers(origin, asked) if origin else None)

    @app.put("/v1/rounds/<round_id>/response")
    def put_response(round_id: str) -> Response:
        manifest = find_open(rounds, round_id, clock).manifest
        token = manifest.verifier.admit(request.headers.get("Authorization"))
        if token is None:
            return _ask_for_token(manifest)
        revision = _revision(request.headers.get(REVISION_HEADER))
        stored = _store(box, manifest, token, revision)
        # The round may have been closed while the body was on its way; the box itself has the last word.
        if stored in _REFUSALS:
            raise Refused(_REFUSALS[stored])
        return Response(status=201 if stored is Stored.NEW else 200)

    serve_description(app, INTAKE)
    return app


def _store(box: BallotBox, manifest: Manifest, token: Token, revision: int) -> Stored:
    expected = sealed_length(record_length(manifest.form))
    if request.content_length != expected:
        raise Refused(problems.BAD_LENGTH)
    sealed = request.get_data(cache=False)
    if len(sealed) != expected:
        raise Refused(problems.BAD_LENGTH)
    return box.put(manifest.id_bytes, token.nonce, revision, token.authenticator, sealed)


def _ask_for_token(manifest: Manifest) -> Response:
    """The one answer to every token that is not of this round, whatever is wrong with it."""
    response = answer(problems.BAD_TOKEN)
    key = TokenKey.from_spki(manifest.token_key)
    response.headers["WWW-Authenticate"] = www_authenticate(manifest.challenge, key)
    return response


def _revision(header: str | None) -> int:
    text = header or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= MAX_REVISION):
        raise Refused(problems.BAD_REVISION)
    return int(text)
