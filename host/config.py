"""`subrosa.toml`: the settings of one society, checked as a whole before anything is done with them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from host.support import SupportSchema, read_support
from survey.rounds.addresses import is_confidential, is_loopback
from survey.rounds.schema import load_strictly
from survey.support import SupportResource

if TYPE_CHECKING:
    from survey.registrar.mailing import MailServer, Security


class ConfigError(ValueError):
    """A config that cannot be used; says which setting and what to write."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who runs a service, the address respondents reach it by, and where it listens."""

    operator: str
    url: str
    listen: str

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def origin(self) -> str:
        """What a browser calls the pages of this address: no path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}".lower()


@dataclass(frozen=True, slots=True)
class TermConfig:
    """The privacy budget of a term."""

    start: date
    end: date
    epsilon: float
    delta: float


@dataclass(frozen=True, slots=True)
class MailConfig:
    """The mail server as the config names it, and where its password lies."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None
    password_file: Path | None

    def with_password(self) -> MailServer:
        """Raises: ConfigError; what it says never holds anything of the file."""
        # Here, because a config is read by every party, and of the registrar's rooms the others load nothing.
        from survey.registrar.mailing import MailServer  # noqa: PLC0415

        password = None if self.password_file is None else _read_password(self.password_file)
        try:
            return MailServer(self.host, self.port, self.security, self.sender, self.user, password)
        except ValueError as fault:
            raise ConfigError(f"The config, mail: {fault}") from None


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; `root` is the folder of the config file, which paths are relative to."""

    root: Path
    society: str
    contact: str
    registrar: Party
    intake: Party
    tally_operator: str
    tally_folder: Path
    site: Party
    term: TermConfig
    threads: int
    settle_seconds: int
    support: tuple[SupportResource, ...]
    mail_config: MailConfig | None
    release: Mapping[str, Any]  # what is said of every release as a data set; checked when one is published

    @property
    def mail(self) -> MailServer | None:
        """The society's mail server, or None if it has none.

        The password is read at each call, because only what sends mails needs it: it must not be on the other
        machines that share this config. Raises: ConfigError.
        """
        return None if self.mail_config is None else self.mail_config.with_password()


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

_BETTER = {
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


class _SocietySchema(Schema):
    name = fields.String(required=True, validate=_TEXT)
    contact = fields.String(required=True, validate=_TEXT)


class _PartySchema(Schema):
    operator = fields.String(required=True, validate=_TEXT)
    url = fields.String(required=True, validate=_URL)
    listen = fields.String(required=True, validate=_LISTEN)


class _TallySchema(Schema):
    operator = fields.String(required=True, validate=_TEXT)
    folder = fields.String(required=True, validate=_TEXT)


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
    settle_seconds = fields.Integer(required=True, strict=True, validate=validate.Range(1, 86400))


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


class _ConfigSchema(Schema):
    society = fields.Nested(_SocietySchema, required=True)
    registrar = fields.Nested(_PartySchema, required=True)
    intake = fields.Nested(_PartySchema, required=True)
    tally = fields.Nested(_TallySchema, required=True)
    site = fields.Nested(_SiteSchema, required=True)
    term = fields.Nested(_TermSchema, required=True)
    mail = fields.Nested(_MailSchema, load_default=None)
    serve = fields.Nested(_ServeSchema, required=True)
    support = fields.List(fields.Nested(SupportSchema), load_default=[])
    release = fields.Nested(_ReleaseSchema, load_default={})


def load_config(path: Path) -> Config:
    """Raises: ConfigError naming the setting."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no config at {path}; run `subrosa init` there or name one with --config."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The config {path} cannot be read; check its permissions.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The config {path} is not valid TOML: {error}.") from None
    try:
        data = load_strictly(_ConfigSchema(), document, ConfigError)
    except ConfigError as fault:
        what = str(fault)
        for said, better in _BETTER.items():
            what = what.replace(said, better)
        raise ConfigError(f"{path.name}, {what}") from None
    return _build(path, data)


def _build(path: Path, data: Mapping[str, Any]) -> Config:
    term = TermConfig(**data["term"])
    if term.start > term.end:
        raise ConfigError(f"{path.name}, term: it must end after it starts.")
    for party in ("registrar", "intake", "site"):
        if not is_confidential(data[party]["url"]):
            raise ConfigError(
                f"{path.name}, {party}.url: codes must not cross a network in the clear; use an https address "
                "(plain http is for this machine and for onion services)."
            )
    if data["registrar"]["listen"] == data["intake"]["listen"]:
        raise ConfigError(f"{path.name}, intake.listen: registrar and intake cannot listen at the same place.")
    root = path.resolve().parent
    return Config(
        root=root,
        society=data["society"]["name"],
        contact=data["society"]["contact"],
        registrar=Party(**data["registrar"]),
        intake=Party(**data["intake"]),
        tally_operator=data["tally"]["operator"],
        tally_folder=root / data["tally"]["folder"],
        site=Party(data["society"]["name"], **data["site"]),
        term=term,
        threads=data["serve"]["threads"],
        settle_seconds=data["serve"]["settle_seconds"],
        support=read_support(data["support"]),
        mail_config=data["mail"] and _build_mail(path, data["mail"]),
        release=data["release"],
    )


def _build_mail(path: Path, data: Mapping[str, Any]) -> MailConfig:
    name = data["password_file"]
    if (data["user"] is None) != (name is None):
        raise ConfigError(f"{path.name}, mail: user and password_file go together; give both or neither.")
    if data["security"] == "none" and not is_loopback(data["host"]):
        raise ConfigError(
            f"{path.name}, mail.security: none is for a mail server on this machine only; use tls or starttls."
        )
    return MailConfig(**{**data, "password_file": None if name is None else path.resolve().parent / name})


def _read_password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            shared = os.fstat(file.fileno()).st_mode & 0o077
            content = file.read(1025)
    except OSError:
        raise ConfigError(
            f"The password of the mail server cannot be read from {path}; write it into that file, as one line."
        ) from None
    if shared:
        raise ConfigError(f"Others on this machine may open {path}; run `chmod 600` on it, and change the password.")
    password = content.decode("latin-1").removesuffix("\n").removesuffix("\r")
    if not 1 <= len(password) <= 1000 or not (password.isascii() and password.isprintable()):
        raise ConfigError(f"{path} must hold the password as its one line, in letters, digits and signs of ASCII.")
    return password
