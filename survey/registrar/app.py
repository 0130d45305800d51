"""The registrar: gives everyone who is eligible one blind signature. It knows who is verified, not what anyone says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request

from survey import problems
from survey.description.document import serve_description
from survey.problems import Refused
from survey.registrar.challenges import challenged
from survey.registrar.codes import CodeHash, MalformedCode, hash_code
from survey.registrar.description import REGISTRAR
from survey.registrar.issuing import Issuer, OutOfRange
from survey.registrar.mail_counter import MailCounter
from survey.registrar.register import Register, Verdict
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import Manifest
from survey.rounds.times import Clock, now
from survey.service import Browsers, find_open, new_service
from survey.sources import Network, Sources
from survey.tokens import REQUEST_BYTES, MalformedToken, TokenRequest

MAX_BODY: Final = 4096
MAIL_REQUEST: Final = "/mail-request"  # the one request whose source the app is told, as a token
Issuers = Callable[[str], Issuer | None]

_REFUSALS: Final = {
    Verdict.UNKNOWN: problems.WRONG_CODE,
    Verdict.REVOKED: problems.REVOKED_CODE,
    Verdict.USED: problems.USED_CODE,
}


def create_app(
    rounds: RoundsFolder,
    register: Register,
    issuers: Issuers,
    clock: Clock = now,
    origin: str | None = None,
    mail: MailCounter | None = None,
    proxy: Network | None = None,
) -> Flask:
    """The registrar as a WSGI app. `issuers` gives a round's key, or None once it is destroyed, lost or damaged.

    origin: the site whose pages may ask from a browser. mail: sends and checks codes by mail, where that is offered.
    proxy: as of Sources.
    """
    browsers = Browsers(origin, ("Authorization", "Content-Type")) if origin else None
    app = new_service(rounds, MAX_BODY, browsers, Sources(MAIL_REQUEST, proxy) if mail else None)

    @app.post("/v1/rounds/<round_id>/token-request")
    def token_request(round_id: str) -> Response:
        manifest = find_open(rounds, round_id, clock).manifest
        issuer = issuers(manifest.id)
        if issuer is None:
            # Nobody is told that a round is over because its key was lost; the key may be restored.
            raise Refused(problems.CLOSED if register.is_closed(manifest.id_bytes) else problems.STORAGE)
        blinded = _blinded_message(manifest, issuer)
        scheme, _, credentials = (request.headers.get("Authorization") or "").partition(" ")
        with challenged(manifest):
            if scheme.lower() == "mailcode":
                _offered(mail).spend(manifest, credentials, blinded)
            else:
                _spend_code(register, manifest, scheme, credentials, blinded)
        # Code or address is bound to this message on disk; only now may the signature exist outside this process.
        return Response(issuer.sign(blinded), content_type="application/private-token-response")

    @app.post(f"/v1/rounds/<round_id>{MAIL_REQUEST}")
    def mail_request(round_id: str) -> Response:
        manifest = find_open(rounds, round_id, clock).manifest
        _offered(mail).ask(manifest, request.environ.get("subrosa.source"))
        answer = Response(status=202)
        answer.headers.remove("Content-Type")
        return answer

    serve_description(app, REGISTRAR)
    return app


def _offered(mail: MailCounter | None) -> MailCounter:
    if mail is None:
        raise Refused(problems.NO_MAIL)
    return mail


def _spend_code(register: Register, manifest: Manifest, scheme: str, code: str, blinded: bytes) -> None:
    """Bind a code to the message. Raises: Refused."""
    if not manifest.eligibility.codes:
        raise Refused(problems.NO_CODES)
    verdict = register.spend(manifest.id_bytes, _code(manifest, scheme, code), blinded)
    if verdict is not Verdict.SIGN:
        raise Refused(_REFUSALS[verdict])


def _code(manifest: Manifest, scheme: str, code: str) -> CodeHash:
    if scheme.lower() != "bearer":
        raise Refused(problems.MALFORMED_CODE)
    try:
        return hash_code(code, manifest.id_bytes)
    except MalformedCode:
        raise Refused(problems.MALFORMED_CODE) from None


def _blinded_message(manifest: Manifest, issuer: Issuer) -> bytes:
    """The message to sign, known to be signable before a code is spent on it."""
    try:
        if request.content_length != REQUEST_BYTES:
            raise MalformedToken
        asked = TokenRequest.from_bytes(request.get_data(cache=False))
        if asked.truncated_key_id != manifest.verifier.key_id[-1]:
            raise MalformedToken
        issuer.check(asked.blinded_message)
    except (MalformedToken, OutOfRange):
        raise Refused(problems.BAD_REQUEST_BODY) from None
    return asked.blinded_message
