"""`subrosa.toml`: the settings of one society, checked as a whole before anything is done with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from host.config_schema import BETTER, ConfigSchema
from host.support import read_support
from storage.address import AddressError, place_of, read_address
from survey.forms.toml import TomlError, read_toml
from survey.rounds.addresses import is_confidential, is_loopback
from survey.rounds.schema import load_strictly
from survey.sources import Network
from survey.support import SupportResource

if TYPE_CHECKING:
    from sqlalchemy import URL

    from survey.registrar.mailing import MailServer, Security


class ConfigError(ValueError):
    """A config that cannot be used; says which setting and what to write."""


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of what a config says as `address:port`."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True)
class Party:
    """Who runs a service, the address respondents reach it by, and where it listens."""

    operator: str
    url: str
    listen: str
    database: URL | None = None  # a PostgreSQL server; None: a SQLite file in the party's folder

    @property
    def address(self) -> tuple[str, int]:
        return address_of(self.listen)

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
    tally_database: URL | None
    site: Party
    term: TermConfig
    threads: int
    processes: int
    settle_seconds: int
    requests_per_minute: int  # of one source, at each process; 0: no limit
    stop_seconds: int
    trusted_proxy: Network | None  # a proxy on another machine, or outside this container, that says who asks
    metrics: Mapping[str, str]  # where a role tells its numbers, as `address:port`
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


def load_config(path: Path) -> Config:
    """Raises: ConfigError naming the setting."""
    try:
        document = read_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no config at {path}; run `subrosa init` there or name one with --config."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The config {path} cannot be read; check its permissions.") from None
    except TomlError as error:
        raise ConfigError(f"The config {path} is not valid TOML: {error}.") from None
    try:
        data = load_strictly(ConfigSchema(), document, ConfigError)
    except ConfigError as fault:
        what = str(fault)
        for said, better in BETTER.items():
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
    public = {data[role]["listen"] for role in ("registrar", "intake", "site")}
    for role, listen in data["metrics"].items():
        if listen in public:
            raise ConfigError(f"{path.name}, metrics.{role}: numbers need a place of their own, not a service's.")
    root, databases = path.resolve().parent, _databases(path, data)
    return Config(
        root=root,
        society=data["society"]["name"],
        contact=data["society"]["contact"],
        registrar=Party(**{**data["registrar"], "database": databases["registrar"]}),
        intake=Party(**{**data["intake"], "database": databases["intake"]}),
        tally_operator=data["tally"]["operator"],
        tally_folder=root / data["tally"]["folder"],
        tally_database=databases["tally"],
        site=Party(data["society"]["name"], **data["site"]),
        term=term,
        threads=data["serve"]["threads"],
        processes=data["serve"]["processes"],
        settle_seconds=data["serve"]["settle_seconds"],
        requests_per_minute=data["serve"]["requests_per_minute"],
        stop_seconds=data["serve"]["stop_seconds"],
        trusted_proxy=data["serve"]["trusted_proxy"],
        metrics=data["metrics"],
        support=read_support(data["support"]),
        mail_config=data["mail"] and _build_mail(path, data["mail"]),
        release=data["release"],
    )


def _databases(path: Path, data: Mapping[str, Any]) -> dict[str, URL | None]:
    """Where registrar, intake and tally have a database server: one each. Raises: ConfigError."""
    found: dict[str, URL | None] = {}
    for party in ("registrar", "intake", "tally"):
        text = data[party]["database"]
        try:
            found[party] = None if text is None else read_address(text)
        except AddressError as fault:
            raise ConfigError(f"{path.name}, {party}.database: {fault}.") from None
    places = [place_of(url) for url in found.values() if url is not None]
    if len(set(places)) < len(places):
        raise ConfigError(f"{path.name}: registrar, intake and tally need a database each; no two share one.")
    return found


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
