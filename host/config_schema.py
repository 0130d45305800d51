"""What `subrosa.toml` may hold, field by field, and what is said of a fault in words a host can follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from host.stopping import STOP_SECONDS
from host.support import SupportSchema
from survey.sources import Network, read_proxy

_TEXT = validate.Length(min=1, max=2000)
_URL = validate.Regexp(
    r"^https?://[^\s/?#@]+(/[^\s?#]*)?(?<!/)\Z", error="must be an http(s) address without a final /"
)
_LISTEN = validate.Regexp(r"^\S+:\d{1,5}\Z", error="must be address:port, for example 127.0.0.1:8001")
_HOST = validate.Regexp(r"^[A-Za-z0-9.:-]+\Z", error="must be a name or an address, for example mail.society.example")
_SECURITY = validate.OneOf(("tls", "starttls", "none"), error="must be tls, starttls or none")
_SENDER = validate.Regexp(
    r"^[!-~]+@[A-Za-z0-9.-]+\Z", error="must be a mail address and nothing else, for example post@society.example"
)

BETTER: Final = {
    "Unknown field.": "there is no such setting; remove it or check its spelling.",
    "Missing data for required field.": "is missing; add it, or check its spelling.",
    "Not a valid integer.": "must be a whole number.",
    "Not a valid number.": "must be a number.",
    "Not a valid string.": "must be text in quotes.",
}


class _Date(fields.Field[date]):
    """TOML has dates of its own; a quoted one is read too."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        del attr, data, kwargs
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                value = None
        if type(value) is not date:
            raise ValidationError("must be a date, for example 2026-01-01")
        return value


class _Proxy(fields.Field[Network]):
    """One address or a network."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Network:
        del attr, data, kwargs
        try:
            if isinstance(value, str):
                return read_proxy(value)
        except ValueError:
            pass
        raise ValidationError(
            "must be the address of the proxy, for example 172.18.0.1, or the network it asks from (/16 or narrower; "
            "/64 of IPv6), for example 172.18.0.0/24"
        )


class _SocietySchema(Schema):
    name = fields.String(required=True, validate=_TEXT)
    contact = fields.String(required=True, validate=_TEXT)


class _PartySchema(Schema):
    operator = fields.String(required=True, validate=_TEXT)
    url = fields.String(required=True, validate=_URL)
    listen = fields.String(required=True, validate=_LISTEN)
    database = fields.String(load_default=None, validate=_TEXT)


class _TallySchema(Schema):
    operator = fields.String(required=True, validate=_TEXT)
    folder = fields.String(required=True, validate=_TEXT)
    database = fields.String(load_default=None, validate=_TEXT)


class _SiteSchema(Schema):
    url = fields.String(required=True, validate=_URL)
    listen = fields.String(required=True, validate=_LISTEN)


class _TermSchema(Schema):
    start = _Date(required=True)
    end = _Date(required=True)
    epsilon = fields.Float(required=True, validate=validate.Range(0, 20, min_inclusive=False))
    delta = fields.Float(required=True, validate=validate.Range(1e-30, 1e-3))


class _ServeSchema(Schema):
    threads = fields.Integer(required=True, strict=True, validate=validate.Range(1, 64))
    processes = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 64))
    settle_seconds = fields.Integer(required=True, strict=True, validate=validate.Range(1, 86400))
    requests_per_minute = fields.Integer(load_default=3000, strict=True, validate=validate.Range(0, 1_000_000))
    stop_seconds = fields.Integer(load_default=STOP_SECONDS, strict=True, validate=validate.Range(1, 600))
    trusted_proxy = _Proxy(load_default=None)


class _MetricsSchema(Schema):
    registrar = fields.String(validate=_LISTEN)
    intake = fields.String(validate=_LISTEN)
    site = fields.String(validate=_LISTEN)


class _MailSchema(Schema):
    host = fields.String(required=True, validate=_HOST)
    port = fields.Integer(required=True, strict=True, validate=validate.Range(1, 65535))
    security = fields.String(required=True, validate=_SECURITY)
    sender = fields.String(required=True, validate=_SENDER)
    user = fields.String(load_default=None, validate=_TEXT)
    password_file = fields.String(load_default=None, validate=_TEXT)


class _ReleaseSchema(Schema):
    """What is the same for every release; reports.additions.about, which no service loads, says what it may hold."""

    licence = fields.String()
    licence_url = fields.String()
    publisher = fields.String()
    contact = fields.String()
    keywords = fields.List(fields.String())
    creator = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


class ConfigSchema(Schema):
    society = fields.Nested(_SocietySchema, required=True)
    registrar = fields.Nested(_PartySchema, required=True)
    intake = fields.Nested(_PartySchema, required=True)
    tally = fields.Nested(_TallySchema, required=True)
    site = fields.Nested(_SiteSchema, required=True)
    term = fields.Nested(_TermSchema, required=True)
    mail = fields.Nested(_MailSchema, load_default=None)
    serve = fields.Nested(_ServeSchema, required=True)
    metrics = fields.Nested(_MetricsSchema, load_default={})
    support = fields.List(fields.Nested(SupportSchema), load_default=[])
    release = fields.Nested(_ReleaseSchema, load_default={})
