"""Everything a service says no with, in one place: RFC 9457 problem documents.

A problem has a fixed text. Nothing of a request is ever repeated in one, so that no answer, token, code or address
can come back in a message, a proxy's log or a screenshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import rfc8785

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """HTTP status, a short name for programs, and one sentence for people that says what to do."""

    status: int
    name: str
    detail: str

    def to_bytes(self) -> bytes:
        return rfc8785.dumps(document_of(self))


def document_of(problem: Problem) -> dict[str, Any]:
    """What is sent, as JSON types."""
    return {"type": f"urn:subrosa:problem:{problem.name}", "status": problem.status, "detail": problem.detail}


class Refused(Exception):
    """Raised by a service to answer with a problem; turned into HTTP by `survey.service`, with these headers."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(problem.name)
        self.problem = problem
        self.headers = headers


UNKNOWN_ROUND: Final = Problem(404, "unknown-round", "There is no such round here; check the invitation link.")
NOT_FOUND: Final = Problem(404, "not-found", "There is nothing at this address; check the invitation link.")
NO_STATEMENT: Final = Problem(
    404, "no-statement", "The host has not moved the closing date; the manifest's date holds."
)
WRONG_METHOD: Final = Problem(405, "wrong-method", "This address does not take requests of this kind.")
UNREADABLE: Final = Problem(400, "bad-request", "The service cannot read this request.")
NOT_YET_OPEN: Final = Problem(
    403, "not-yet-open", "This round has not opened yet; come back on the date in its manifest."
)
CLOSED: Final = Problem(403, "closed", "This round is closed and takes no more responses; nothing was changed.")
CANCELLED: Final = Problem(
    410, "cancelled", "The host has cancelled this round; its keys and responses were destroyed."
)
WRONG_CODE: Final = Problem(
    401, "wrong-code", "This code is not valid in this round; check it letter by letter, or ask the society."
)
MALFORMED_CODE: Final = Problem(401, "malformed-code", "A code has 26 letters and digits; check that none is missing.")
REVOKED_CODE: Final = Problem(403, "revoked-code", "This code was taken back; ask the society for a new one.")
USED_CODE: Final = Problem(
    409,
    "used-code",
    "This code was already used on another device or in another browser; go on there, or ask the society.",
)
NO_CODES: Final = Problem(
    403, "no-codes", "This round gives no passes for codes; ask for a code by mail on the round's page."
)
NO_MAIL: Final = Problem(403, "no-mail", "This round gives no passes by mail; use the code of your invitation.")
BAD_MAIL_REQUEST: Final = Problem(
    422, "bad-mail-request", "This is not a request for a code by mail; load the page again and retry."
)
BAD_ADDRESS: Final = Problem(
    422, "bad-address", "This is not a mail address we can write to; check it, it looks like name@society.example."
)
OTHER_DOMAIN: Final = Problem(
    403, "other-domain", "This round takes addresses of certain domains only; its promise names them."
)
FREE_MAIL: Final = Problem(
    403, "free-mail", "This round takes no addresses of free mail providers; use one of your work or society."
)
TOO_MANY: Final = Problem(
    429, "too-many", "Too many codes were asked for from here, or too many are waiting; try again in an hour."
)
OTHER_ADDRESS: Final = Problem(
    409, "other-address", "This request was made for another address; begin a new one for this address."
)
WRONG_MAIL_CODE: Final = Problem(
    401, "wrong-mail-code", "This is not the code that was mailed for this request; check its eight digits."
)
MAIL_CODE_OVER: Final = Problem(
    401, "mail-code-over", "This code has expired or was tried too often; ask for a new one."
)
USED_ADDRESS: Final = Problem(
    409,
    "used-address",
    "This address got its pass already, on another device or in another browser; go on there, or ask the society.",
)
DOMAIN_FULL: Final = Problem(
    403, "domain-full", "This domain has had all its passes in this round, as the promise says; ask the society."
)
BAD_REQUEST_BODY: Final = Problem(
    422, "bad-token-request", "This is not a token request for this round; load the round again and retry."
)
BAD_TOKEN: Final = Problem(
    401, "bad-token", "This is not a valid token of this round; fetch one with your code and try again."
)
BAD_REVISION: Final = Problem(
    400, "bad-revision", "The header Subrosa-Revision must be a whole number from 1 to 65535."
)
BAD_LENGTH: Final = Problem(
    400, "bad-length", "A sealed response of this round has one exact length; send it again, whole."
)
TOO_LARGE: Final = Problem(413, "too-large", "This is more than any request of this service holds.")
OLDER_REVISION: Final = Problem(
    409, "older-revision", "A newer revision of this response is stored; it was kept and nothing was changed."
)
OTHER_BYTES: Final = Problem(
    409,
    "revision-taken",
    "This revision is stored with other contents, which were kept; send a change with a higher revision.",
)
# An error in the middle of a commit does not say how that ended, so this may not say that nothing was stored.
STORAGE: Final = Problem(
    503,
    "storage",
    "The service could not do this at the moment, and it is not known whether it was stored; send the same again in a "
    "few minutes: it counts once.",
)
NOT_READY: Final = Problem(
    503, "not-ready", "The service cannot do its work at the moment; whoever runs it finds the reason in its log."
)
TOO_OFTEN: Final = Problem(
    429, "too-often", "Very many requests came from this place; wait a few seconds, and nothing is lost."
)
FAULT: Final = Problem(
    500, "fault", "The service failed, and nothing it had confirmed is lost; try again in a few minutes."
)
