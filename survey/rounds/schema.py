"""The shape of manifests and statements on the wire, checked before anything else looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

_HEX32 = validate.Regexp(r"^[0-9a-f]{64}\Z", error="must be 64 hex digits")


_EPSILON = validate.Range(0, 20, min_inclusive=False)
_DELTA = validate.Range(1e-30, 1e-3)  # beyond these no sentence about it means anything
_MOST = 2**53 - 1  # the largest whole number that canonical JSON holds exactly


def _printable(text: str) -> None:
    # It is shown in terminals, where control characters could forge further lines.
    if not 1 <= len(text) <= 2000 or not text.isprintable():
        raise ValidationError("must be one line of at most 2000 printable characters")


_DOMAIN = validate.Regexp(
    r"^(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z",
    error="must be a domain in lower case, for example society.example",
)
_URL = validate.Regexp(r"^https?://[^\s/?#@]+(/[^\s?#]*)?\Z", error="must be an http or https address without query")


def _day(text: str) -> None:
    """Written one way, so that days compare as their texts do."""
    try:
        same = date.fromisoformat(text).isoformat() == text
    except ValueError:
        same = False
    if not same:
        raise ValidationError("must be a day as ISO 8601, for example 2026-12-31")


def _hex(length: int) -> validate.Regexp:
    return validate.Regexp(rf"^[0-9a-f]{{{2 * length}}}\Z", error=f"must be {length} bytes as hex digits")


def _number(low: float | None = None) -> fields.Float:
    return fields.Float(required=True, allow_nan=False, validate=validate.Range(min=low, min_inclusive=False))


def _count(low: int = 0) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(low, _MOST))


class Truth(fields.Field[bool]):
    """true or false. 1 is true to Python, but not in JSON, and would be another document under another id."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class _MailSchema(Schema):
    domains = fields.List(fields.String(validate=_DOMAIN), required=True)
    members_only = Truth(required=True)
    free_mail = Truth(required=True)
    per_domain = fields.Integer(required=True, strict=True, allow_none=True, validate=validate.Range(1, _MOST))


class _EligibilitySchema(Schema):
    codes = Truth(required=True)
    mail = fields.Nested(_MailSchema, required=True, allow_none=True)


class _ServiceSchema(Schema):
    operator = fields.String(required=True, validate=_printable)
    url = fields.String(required=True, validate=_URL)


class _TallySchema(_ServiceSchema):
    url = fields.String(required=True, validate=validate.Equal("", error="must be empty: the tally is offline"))


class _ServicesSchema(Schema):
    registrar = fields.Nested(_ServiceSchema, required=True)
    intake = fields.Nested(_ServiceSchema, required=True)
    tally = fields.Nested(_TallySchema, required=True)


class _AxisSchema(Schema):
    name = fields.String(required=True, validate=_printable)
    size = _count(1)
    touches = _count(1)
    outside = fields.List(_count(), required=True)


class _NoiseSchema(Schema):
    axes = fields.List(fields.String(), required=True)
    rho = _number(0)
    scale = _number(0)


class _TableSchema(Schema):
    name = fields.String(required=True, validate=_printable)
    by = fields.List(fields.String(), required=True)
    of = fields.List(fields.String(), required=True)
    sd = _number(0)
    margin = fields.Float(required=True, allow_none=True, allow_nan=False, validate=validate.Range(0))
    cohorts = _count(1)
    shown = fields.Float(required=True, allow_nan=False, validate=validate.Range(0))
    sampling = fields.Float(required=True, allow_nan=False, validate=validate.Range(0))


class _TermSchema(Schema):
    start = fields.String(required=True, validate=_day)
    end = fields.String(required=True, validate=_day)
    epsilon = fields.Float(required=True, validate=_EPSILON)
    delta = fields.Float(required=True, validate=_DELTA)

    @validates_schema
    def _check_order(self, data: dict[str, Any], **kwargs: Any) -> None:
        del kwargs
        if data["end"] < data["start"]:
            raise ValidationError("must not be before start", "end")


class _PromiseSchema(Schema):
    epsilon = fields.Float(required=True, validate=_EPSILON)
    delta = fields.Float(required=True, validate=_DELTA)
    rho = _number(0)
    replacement_epsilon = _number(0)
    question_epsilon = _number(0)
    respondents = _count(1)
    minimum_responses = _count()
    min_cohort = _count(1)
    beta = fields.Float(required=True, validate=validate.Range(0, 0.5, min_inclusive=False))
    usable_margin = _number(0)
    weigh = fields.String(required=True, validate=validate.OneOf(["usable", "equal"]))
    term = fields.Nested(_TermSchema, required=True)
    axes = fields.List(fields.Nested(_AxisSchema), required=True)
    noise = fields.List(fields.Nested(_NoiseSchema), required=True)
    tables = fields.List(fields.Nested(_TableSchema), required=True)


class SharedSchema(Schema):
    """What every manifest holds, wherever the answers come from."""

    name = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9_-]{1,64}\Z"))
    society = fields.String(required=True, validate=_printable)
    contact = fields.String(required=True, validate=_printable)
    form = fields.Dict(required=True)
    form_digest = fields.String(required=True, validate=_HEX32)
    host_key = fields.String(required=True, validate=_HEX32)
    promise = fields.Nested(_PromiseSchema, required=True)


class ManifestSchema(SharedSchema):
    """The unsigned manifest of a round."""

    format = fields.String(required=True, validate=validate.Equal("subrosa/round/v1"))
    opens = fields.String(required=True)
    closes = fields.String(required=True)
    closes_latest = fields.String(required=True)
    services = fields.Nested(_ServicesSchema, required=True)
    issuer_name = fields.String(required=True, validate=_printable)
    origin_info = fields.String(required=True, validate=_printable)
    token_key = fields.String(required=True, validate=_hex(342))
    sealing_key = fields.String(required=True, validate=_hex(1216))
    eligibility = fields.Nested(_EligibilitySchema, required=True)


class ServedSchema(Schema):
    """Manifest and signature, as services hand them out."""

    manifest = fields.Dict(required=True)
    signature = fields.String(required=True, validate=_hex(64))


class StatementSchema(Schema):
    """A host's statement on when a round closes."""

    format = fields.String(required=True, validate=validate.Equal("subrosa/closing/v1"))
    round = fields.String(required=True, validate=_HEX32)
    state = fields.String(required=True, validate=validate.OneOf(["open", "closed", "cancelled"]))
    closes = fields.String(required=True)
    serial = _count(1)


class SignedStatementSchema(Schema):
    """Statement and signature, as services hand them out."""

    statement = fields.Dict(required=True)
    signature = fields.String(required=True, validate=_hex(64))


def load_strictly(schema: Schema, document: Any, error: type[ValueError]) -> dict[str, Any]:
    """Load a document; unknown keys are refused and the first fault is named with its place."""
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as fault:
        place, message = next(_faults(fault.messages))
        raise error(f"{_shown(place.replace('_schema', 'the document'))}: {message}") from None
    return loaded


def _shown(place: str) -> str:
    """A place may hold a key of the document, and a terminal would obey control characters in it."""
    return "".join(c if c.isprintable() else "?" for c in place)[:120]


def _faults(messages: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _faults(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _faults(inner, place)
    else:
        yield place, str(messages)
