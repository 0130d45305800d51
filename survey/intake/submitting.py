"""Taking one submission: which round, which token, how long, and into the box.

It is the one request that everybody sends, most of them on the last evening, so it is answered before Flask, which
costs more than all of the work. Whatever is refused goes on to Flask, where errors become HTTP in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from survey import problems
from survey.forms.codec import record_length
from survey.intake.box import BallotBox, Stored
from survey.intake.description import MAX_BODY
from survey.problems import Refused
from survey.rounds.folder import RoundsFolder, is_id
from survey.rounds.manifest import Manifest
from survey.rounds.times import Clock
from survey.sealing import MAX_REVISION, sealed_length
from survey.service import Browsers, find_open, headers_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Where Flask finds why a submission was refused.
REFUSAL: Final = "subrosa.refusal"
_BEFORE, _AFTER = "/v1/rounds/", "/response"
_REFUSALS: Final = {
    Stored.OLDER: problems.OLDER_REVISION,
    Stored.OTHER_BYTES: problems.OTHER_BYTES,
    Stored.BOX_CLOSED: problems.CLOSED,
}
_STATUS: Final = {True: "201 CREATED", False: "200 OK"}


class TokenRefused(Exception):
    """A token that is not of this round, whatever is wrong with it."""

    def __init__(self, manifest: Manifest) -> None:
        super().__init__("The token is not of this round.")
        self.manifest = manifest


@dataclass(frozen=True, slots=True)
class Submitting:
    """What takes submissions into a box."""

    rounds: RoundsFolder
    box: BallotBox
    clock: Clock

    def take(self, round_id: str, environ: Mapping[str, Any]) -> bool:
        """Whether the token is new here; either way the response is stored. Raises: Refused, TokenRefused."""
        manifest = find_open(self.rounds, round_id, self.clock).manifest
        token = manifest.verifier.admit(environ.get("HTTP_AUTHORIZATION"))
        if token is None:
            raise TokenRefused(manifest)
        revision = _revision(environ.get("HTTP_SUBROSA_REVISION"))
        sealed = _sealed(environ, sealed_length(record_length(manifest.form)))
        stored = self.box.put(manifest.id_bytes, token.nonce, revision, token.authenticator, sealed)
        # The round may have been closed while the body was on its way; the box itself has the last word.
        if stored in _REFUSALS:
            raise Refused(_REFUSALS[stored])
        return stored is Stored.NEW


def before_flask(
    flask: WSGIApplication, submitting: Submitting, browsers: Browsers | None
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The same app, in which a submission that is stored never reaches Flask; the answer is the same, byte by byte."""
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "0"), *headers_of(browsers)]

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        round_id = _round_of(environ)
        if round_id is None:
            return flask(environ, start_response)
        try:
            new = submitting.take(round_id, environ)
        except Exception as refusal:  # only Flask knows what each kind is answered with
            environ[REFUSAL] = refusal
            return flask(environ, start_response)
        start_response(_STATUS[new], list(headers))
        return (b"",)

    return wrapped


def _round_of(environ: WSGIEnvironment) -> str | None:
    """The round that something is submitted to, if this is a submission of a plausible size."""
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "PUT" or not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return None
    length = environ.get("CONTENT_LENGTH", "")
    if not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY):
        return None
    round_id = path[len(_BEFORE) : -len(_AFTER)]
    return round_id if is_id(round_id) else None


def _sealed(environ: Mapping[str, Any], expected: int) -> bytes:
    """The body, if it has the one length. Raises: Refused, before anything is read if another length is announced."""
    if environ.get("CONTENT_LENGTH") != str(expected) or "HTTP_TRANSFER_ENCODING" in environ:
        raise Refused(problems.BAD_LENGTH)
    sealed: bytes = environ["wsgi.input"].read(expected)
    if len(sealed) != expected:
        raise Refused(problems.BAD_LENGTH)
    return sealed


def _revision(header: str | None) -> int:
    text = header or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= MAX_REVISION):
        raise Refused(problems.BAD_REVISION)
    return int(text)
