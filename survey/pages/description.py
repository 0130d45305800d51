"""The site in words, for its OpenAPI description."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from marshmallow import Schema, fields, validate

from survey import problems
from survey.description.documents import HEALTH, SCHEMAS
from survey.description.operations import Answer, Content, Described, JsonSchema, Operation, refused, text
from survey.pages.media import kinds
from survey.rounds.withdrawal import FORMAT as WITHDRAWAL
from survey.rounds.withdrawal import SUFFIX

_HEX: Final = validate.Regexp(r"^[0-9a-f]{64}\Z")
_DAY: Final = validate.Regexp(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class FileSchema(Schema):
    """One file of a revision."""

    name = fields.String(required=True)
    bytes = fields.Integer(required=True, validate=validate.Range(0))
    sha256 = fields.String(required=True, validate=_HEX)
    url = fields.String(required=True)


class RevisionSchema(Schema):
    """One revision of a release."""

    number = fields.Integer(required=True, validate=validate.Range(1))
    day = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    url = fields.String(required=True)
    archive = fields.String(required=True)
    sha256sums = fields.String(required=True, validate=_HEX)
    files = fields.List(fields.Nested(FileSchema), required=True)


class FormSchema(Schema):
    """Which form was asked."""

    id = fields.String(required=True)
    digest = fields.String(required=True, validate=_HEX)


class TakenBackSchema(Schema):
    """That a release was withdrawn, and where the host's word for it is."""

    day = fields.String(required=True, validate=_DAY)
    reason = fields.String(required=True)
    url = fields.String(required=True)


class ReleaseSchema(Schema):
    """One release in the catalogue."""

    round = fields.String(required=True, validate=_HEX)
    name = fields.String(required=True)
    title = fields.String(required=True)
    society = fields.String(required=True)
    form = fields.Nested(FormSchema, required=True)
    opened = fields.String(required=True)
    closed = fields.String(required=True)
    url = fields.String(required=True)
    latest = fields.Integer(required=True, allow_none=True)
    withdrawn = fields.Nested(TakenBackSchema, required=True, allow_none=True)
    revisions = fields.List(fields.Nested(RevisionSchema), required=True)


class CatalogueSchema(Schema):
    """`/releases/index.json`."""

    format = fields.String(required=True, validate=validate.Equal("subrosa/releases/v1"))
    society = fields.String(required=True)
    url = fields.String(required=True)
    feed = fields.String(required=True)
    releases = fields.List(fields.Nested(ReleaseSchema), required=True)


class WithdrawalSchema(Schema):
    """The host's word that it stands by a release no longer."""

    format = fields.String(required=True, validate=validate.Equal(WITHDRAWAL))
    round = fields.String(required=True, validate=_HEX)
    reason = fields.String(required=True)
    day = fields.String(required=True, validate=_DAY)
    host_key = fields.String(required=True, validate=_HEX)


class SignedWithdrawalSchema(Schema):
    """Withdrawal and signature."""

    withdrawal = fields.Nested(WithdrawalSchema, required=True)
    signature = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{128}\Z"))


_HTML: Final = Content("text/html", {"type": "string"})
_PLAIN: Final = Content("text/plain", {"type": "string"})
_MISSING: Final = Answer(404, "There is nothing here.", (_HTML,))
_GONE: Final = Answer(410, "The host withdrew this release.", (_HTML,))
_CONDITIONAL: Final = (
    Answer(304, "It did not change."),
    Answer(416, "It is shorter than the part asked for.", (_PLAIN,)),
)
_READING: Final[dict[str, JsonSchema]] = {name: {"type": "string"} for name in ("If-None-Match", "If-Range", "Range")}
_FOLDER: Final = text(r"^[0-9a-f]{64}(\.[1-9][0-9]{0,3})?$")
_NAMED: Final[dict[str, JsonSchema]] = {"name": _FOLDER}
_ANY_KIND: Final = tuple(Content(kind) for kind in kinds())


def _page(summary: str) -> Operation:
    return Operation(summary, (Answer(200, "A page.", (_HTML,)),))


def _listed(summary: str, content: Content) -> Operation:
    """A list of all releases, also in part, or only if it changed."""
    whole = Answer(200, "The list.", (content,))
    part = replace(whole, status=206, says="A part of it.", content=(Content(content.media),))
    return Operation(summary, (whole, part, *_CONDITIONAL), optional=_READING)


_FILE: Final = (
    Answer(200, "The file.", _ANY_KIND),
    Answer(206, "A part of it.", _ANY_KIND),
    *_CONDITIONAL,
    _MISSING,
    _GONE,
)
SITE: Final = Described(
    "Subrosa site",
    "What a society asks and publishes, for people and for programs.",
    HEALTH
    | {
        "home": _page("Rounds and releases."),
        "answer_page": _page("Where a respondent answers; which round it is stands behind the # of its address."),
        "support_page": _page("Where to find support."),
        "static_file": Operation(
            "Script, style and icon of the pages.",
            (Answer(200, "The file.", tuple(map(Content, ("text/javascript", "text/css", "image/svg+xml")))), _MISSING),
            {"name": {"type": "string", "enum": ["client.js", "icon.svg", "style.css"]}},
        ),
        "list_for_people": _listed("All releases.", _HTML),
        "list_for_programs": _listed("All releases with their files.", Content("application/json", CatalogueSchema)),
        "list_for_readers": _listed("All releases as a feed.", Content("application/atom+xml", {"type": "string"})),
        "release_without_slash": Operation(
            "To the release, or the host's word that it is withdrawn.",
            (
                Answer(200, "The withdrawal.", (Content("application/json", SignedWithdrawalSchema),)),
                Answer(206, "A part of it.", (Content("application/json"),)),
                Answer(308, "The release lies at the same address with a slash.", headers={"Location": "That."}),
                *_CONDITIONAL,
                _MISSING,
                _GONE,
            ),
            {"name": text(rf"^[0-9a-f]{{64}}(\.[1-9][0-9]{{0,3}}|{SUFFIX.replace('.', '[.]')})?$")},
            optional=_READING,
        ),
        "release_page": Operation("The page of a release, or of one revision.", _FILE, _NAMED, optional=_READING),
        "release_file": Operation(
            "A file of a release, or release.zip with all of them.",
            _FILE,
            {**_NAMED, "file": {"type": "string"}},
            optional=_READING,
        ),
    },
    (*refused(problems.TOO_OFTEN), Answer(500, "A fault of the site.", (_PLAIN,))),
    {
        "NoSuchAddress": _MISSING,
        "NoSuchMethod": Answer(405, "Another method is asked for here.", (_PLAIN,), {"Allow": "Methods."}),
        "NotHttp": Answer(400, "What cannot be read as a request; the same with 414, 417, 431 and 501."),
    },
    SCHEMAS,
)
