"""What registrar and intake describe alike: the public documents of a round, and what any request may be told."""

from __future__ import annotations

from typing import Final

from survey import problems
from survey.description.operations import PROBLEM, Answer, Content, JsonSchema, Operation, refused, text
from survey.description.schemas import ProblemSchema, ServedManifest, SignedStatement

ROUND: Final[dict[str, JsonSchema]] = {"round_id": text("^[0-9a-f]{64}$")}
# An address with more in it than the id is another one, where nothing is.
UNKNOWN: Final = (problems.UNKNOWN_ROUND, problems.NOT_FOUND)
NOT_OPEN: Final = (*UNKNOWN, problems.NOT_YET_OPEN, problems.CLOSED, problems.CANCELLED)
ALWAYS: Final = refused(problems.TOO_LARGE, problems.TOO_OFTEN, problems.FAULT)
_FINE: Final = Answer(200, "It does.", (Content("text/plain", {"type": "string"}),))
HEALTH: Final = {
    "healthz": Operation("Whether the process answers.", (_FINE,)),
    "readyz": Operation("Whether it can do its work.", (_FINE, *refused(problems.NOT_READY))),
}
ELSEWHERE: Final = {
    "NoSuchAddress": refused(problems.NOT_FOUND)[0],
    "NoSuchMethod": Answer(
        405,
        refused(problems.WRONG_METHOD)[0].says,
        refused(problems.WRONG_METHOD)[0].content,
        {"Allow": "Methods of this address."},
    ),
    "NotHttp": Answer(
        400,
        "What cannot be read as a request; the same with 414, 417, 431 and 501.",
        (Content(PROBLEM, {"$ref": "#/components/schemas/Problem"}),),
    ),
}
SCHEMAS: Final = {"Problem": ProblemSchema}
DOCUMENTS: Final = HEALTH | {
    "manifest": Operation(
        "What the host promises of a round, signed.",
        (Answer(200, "The manifest.", (Content("application/json", ServedManifest),)), *refused(*UNKNOWN)),
        ROUND,
    ),
    "closing": Operation(
        "The host's last statement on when the round closes, signed.",
        (
            Answer(200, "The statement.", (Content("application/json", SignedStatement),)),
            *refused(*UNKNOWN, problems.NO_STATEMENT),
        ),
        ROUND,
    ),
}
