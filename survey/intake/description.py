"""The intake in words, for its OpenAPI description."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from survey import problems
from survey.description.documents import ALWAYS, DOCUMENTS, ELSEWHERE, NOT_OPEN, ROUND, SCHEMAS
from survey.description.operations import Answer, Content, Credentials, Described, Operation, exact_bytes, refused, text
from survey.sealing import sealed_length

MAX_BODY: Final = 64 * 1024
REVISION_HEADER: Final = "Subrosa-Revision"
TOKEN: Final = Credentials("token", "PrivateToken", 'token="…": a token of this round, 354 bytes as base64url.')
_REVISION: Final = text("^(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$")
_REFUSED: Final = refused(
    *NOT_OPEN,
    problems.UNREADABLE,
    problems.BAD_TOKEN,
    problems.BAD_REVISION,
    problems.BAD_LENGTH,
    problems.OLDER_REVISION,
    problems.OTHER_BYTES,
    problems.STORAGE,
)
_CHALLENGE: Final = {"WWW-Authenticate": "PrivateToken, with the round's challenge and token key."}

INTAKE: Final = Described(
    "Subrosa intake",
    "Takes sealed responses from holders of a token. A round's form decides the one length that all of them have: "
    "1171 bytes and one for each slot of a record.",
    DOCUMENTS
    | {
        "put_response": Operation(
            "A sealed response under a token; the same again changes nothing, and the highest revision is kept.",
            (
                Answer(201, "Stored, the first under this token."),
                Answer(200, "Stored in place of an earlier revision, or there already."),
                *(replace(one, headers=_CHALLENGE) if one.status == 401 else one for one in _REFUSED),
            ),
            ROUND,
            {REVISION_HEADER: _REVISION},
            credentials=(TOKEN,),
            body=Content("application/octet-stream", exact_bytes(sealed_length(1), MAX_BODY)),
        )
    },
    ALWAYS,
    ELSEWHERE,
    SCHEMAS,
)
