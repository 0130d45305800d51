"""The registrar in words, for its OpenAPI description."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from marshmallow import Schema, fields, validate

from survey import problems
from survey.description.documents import ALWAYS, DOCUMENTS, ELSEWHERE, NOT_OPEN, ROUND, SCHEMAS
from survey.description.operations import Answer, Content, Credentials, Described, Operation, exact_bytes, refused
from survey.registrar.mail_addresses import MAX_ADDRESS
from survey.tokens import MODULUS_BYTES, REQUEST_BYTES

CODE: Final = Credentials("code", "Bearer", "An eligibility code of this round, 26 letters and digits.")
MAIL_CODE: Final = Credentials("mailCode", "MailCode", "REQUEST:DIGITS, a code that was mailed for this request.")


class MailRequestSchema(Schema):
    """Who asks for a code by mail. Read by hand in `mail_requests`, which also reads what JSON has no words for."""

    request = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_-]{22}\Z"))
    address = fields.String(required=True, validate=validate.Length(3, MAX_ADDRESS))


_TOKEN_REFUSED: Final = refused(
    *NOT_OPEN,
    problems.UNREADABLE,
    problems.BAD_REQUEST_BODY,
    problems.MALFORMED_CODE,
    problems.WRONG_CODE,
    problems.REVOKED_CODE,
    problems.USED_CODE,
    problems.NO_CODES,
    problems.NO_MAIL,
    problems.WRONG_MAIL_CODE,
    problems.MAIL_CODE_OVER,
    problems.USED_ADDRESS,
    problems.DOMAIN_FULL,
    problems.STORAGE,
)
_CHALLENGE: Final = {"WWW-Authenticate": "The schemes of the credentials that the round takes."}
_TOKEN_REQUEST: Final = Operation(
    "One blind signature for one code; the same request again gets the same answer.",
    (
        Answer(
            200,
            "The blind signature.",
            (Content("application/private-token-response", exact_bytes(MODULUS_BYTES)),),
        ),
        *(replace(one, headers=_CHALLENGE) if one.status == 401 else one for one in _TOKEN_REFUSED),
    ),
    ROUND,
    credentials=(CODE, MAIL_CODE),
    body=Content("application/private-token-request", exact_bytes(REQUEST_BYTES)),
)
_MAIL_REQUEST: Final = Operation(
    "A code by mail; answered alike for every address that the promise takes.",
    (
        Answer(202, "Taken; whether a mail goes out is told to nobody."),
        *refused(
            *NOT_OPEN,
            problems.UNREADABLE,
            problems.NO_MAIL,
            problems.BAD_MAIL_REQUEST,
            problems.BAD_ADDRESS,
            problems.OTHER_DOMAIN,
            problems.FREE_MAIL,
            problems.OTHER_ADDRESS,
            problems.TOO_MANY,
            problems.TOO_OFTEN,
            problems.STORAGE,
        ),
    ),
    ROUND,
    body=Content("application/json", MailRequestSchema),
)
REGISTRAR: Final = Described(
    "Subrosa registrar",
    "Gives everyone who is eligible one blind signature.",
    DOCUMENTS | {"token_request": _TOKEN_REQUEST, "mail_request": _MAIL_REQUEST},
    ALWAYS,
    ELSEWHERE,
    SCHEMAS,
)
