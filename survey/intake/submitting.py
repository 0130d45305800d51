"""Taking one submission: which round, which token, how long, and into the box.

It is the one request that everybody sends, most of them on the last evening, so it is answered before Flask, which
costs more than all of the work. Whatever is refused goes on to Flask, where errors become HTTP in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wsgi import ClosingIterator

from survey import problems
from survey.intake.box import BallotBox, Stored, Submission
from survey.intake.description import MAX_BODY
from survey.problems import Refused
from survey.rounds.folder import RoundsFolder, is_id
from survey.rounds.manifest import Manifest
from survey.rounds.times import Clock
from survey.sealing import MAX_REVISION
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
        return self.begin(round_id, environ)()

    def begin(self, round_id: str, environ: Mapping[str, Any]) -> Callable[[], bool]:
        """The same in two steps: what it returns must be called, stores, and says whether the token is new.

        Both raise: Refused, the first also TokenRefused.
        """
        manifest = find_open(self.rounds, round_id, self.clock).manifest
        token = manifest.verifier.admit(environ.get("HTTP_AUTHORIZATION"))
        if token is None:
            raise TokenRefused(manifest)
        revision = _revision(environ.get("HTTP_SUBROSA_REVISION"))
        sealed = _sealed(environ, manifest.sealed_length)
        submission = Submission(manifest.id_bytes, token.nonce, revision, token.authenticator, sealed)
        return partial(_is_new, self.box.putting(submission))


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
            stored = submitting.begin(round_id, environ)
        except Exception as refusal:  # only Flask knows what each kind is answered with
            environ[REFUSAL] = refusal
            return flask(environ, start_response)
        return answer(stored, environ, start_response)

    def answer(stored: Callable[[], bool], environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """Begun when it is asked for, so that a server can have begun other submissions before."""
        try:
            new = stored()
        except Exception as refusal:
            environ[REFUSAL] = refusal
            refused = ClosingIterator(flask(environ, start_response))
            try:
                yield from refused
            finally:
                refused.close()
            return
        start_response(_STATUS[new], list(headers))
        yield b""

    return wrapped


def _is_new(stored: Callable[[], Stored]) -> bool:
    outcome = stored()
    # The round may have been closed while the body was on its way; the box itself has the last word.
    if outcome in _REFUSALS:
        raise Refused(_REFUSALS[outcome])
    return outcome is Stored.NEW


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
    """The body, if it has the one length. Raises: Refused, before anything is read if another length is announced.

    A connection that breaks off in the middle sent too little, however it broke off: it is nobody's fault, and no line.
    """
    if environ.get("CONTENT_LENGTH") != str(expected) or "HTTP_TRANSFER_ENCODING" in environ:
        raise Refused(problems.BAD_LENGTH)
    try:
        sealed: bytes = environ["wsgi.input"].read(expected)
    except OSError:
        raise Refused(problems.BAD_LENGTH) from None
    if len(sealed) != expected:
        raise Refused(problems.BAD_LENGTH)
    return sealed


def _revision(header: str | None) -> int:
    text = header or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= MAX_REVISION):
        raise Refused(problems.BAD_REVISION)
    return int(text)
