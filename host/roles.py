"""The app of each role with its own store. A role's process loads that role's code and no other's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from host.coarse_counts import CoarseCounts
from host.config import Config, Party, address_of
from host.folders import private_folder
from host.fronting import front
from host.probes import check_readable, check_room, nearly_full
from host.server_words import point_out
from host.settling import Settles, Settling, keep_settled
from survey.readiness import Readiness
from survey.rounds.closing import Phase, StatementError, phase
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import ManifestError
from survey.rounds.times import now

if TYPE_CHECKING:
    from flask import Flask

    from survey.registrar.keyring import MailKeyRing
    from survey.registrar.lost_keys import ExpectedKeys
    from survey.registrar.mail_counter import MailCounter
    from survey.registrar.register import Register


log: Final = logging.getLogger("subrosa")


class MailMissing(RuntimeError):
    """A round offers codes by mail, and the registrar has no mail server to send them with."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The round '{name}' offers codes by mail, but subrosa.toml has no [mail]: fill it in, or cancel the round."
        )


@dataclass(frozen=True, slots=True)
class Role:
    """A role in one of its processes.

    checks: what it needs in order to work. settling: its store, if that is rewritten here. forget: drops from memory
    what is over. disk: the folder that it writes to.
    """

    app: Flask
    checks: Mapping[str, Callable[[], object]]
    settling: Settling | None = None
    forget: Callable[[], None] = lambda: None
    disk: Path | None = None


def check_role(config: Config, role: str) -> Settling | None:
    """What must work before the role serves: its database, and blind signing at the registrar.

    Said here, before the server forks, because a worker that fails can only be seen to fail. Returns the store, with
    no connection open, for when all workers have ended.
    Raises: SigningUnavailable, MailMissing, or what the database says.
    """
    if role == "site":
        return None  # it has no store
    folder = private_folder(config.root / role)
    if role == "intake":
        from survey.intake.box import DATABASE, BallotBox  # noqa: PLC0415

        box = BallotBox.open(config.intake.database or folder / DATABASE)
        point_out(box, role)
        box.release()
        return _settling(box, config.intake, folder / DATABASE)
    from survey.registrar.issuing import self_test  # noqa: PLC0415
    from survey.registrar.register import DATABASE as REGISTER  # noqa: PLC0415
    from survey.registrar.register import Register  # noqa: PLC0415

    self_test()
    _check_mail(config)
    register = Register.open(config.registrar.database or folder / REGISTER)
    point_out(register, role)
    for fault in _expected_keys(config, register).faults((Phase.OPEN, Phase.NOT_YET_OPEN)):
        log.warning("%s", fault)
    register.release()
    return _settling(register, config.registrar, folder / REGISTER)


def build_role(config: Config, role: str, counts: CoarseCounts) -> Flask:
    """The WSGI app of a role, with its store open and kept free of arrival order, and all that stands before it."""
    built = {"registrar": _registrar, "intake": _intake, "site": _site}[role](config)
    readiness = Readiness(built.checks)
    forget_sources = front(built.app, config, role, readiness, counts)

    def forget() -> None:
        forget_sources()
        built.forget()

    keep_settled(built.settling, config.settle_seconds, forget, counts.tell_settled)
    if role in config.metrics and counts.place == 0:
        _tell_numbers(config.metrics[role], role, built, readiness, counts)
    return built.app


def _tell_numbers(listen: str, role: str, built: Role, readiness: Readiness, counts: CoarseCounts) -> None:
    """For as long as this process lives. Who takes part must not suffer where it cannot be done: then it is said."""
    from host.metrics import RoleCollector, metrics_app, serve_metrics  # noqa: PLC0415

    full = None if built.disk is None else partial(nearly_full, built.disk)
    collector = RoleCollector(role, readiness, counts, full, built.settling is not None)
    try:
        serve_metrics(address_of(listen), metrics_app(collector))
    except OSError as error:
        log.error("The numbers of the %s cannot be told: %s", role, type(error).__name__)


def _settling(store: Settles, party: Party, file: Path) -> Settling | None:
    """What is rewritten regularly: a store in a file, not one on a database server."""
    return Settling(store, file.with_name(f"{file.name}-wal")) if party.database is None else None


def _registrar(config: Config) -> Role:
    from survey.registrar.app import create_app  # noqa: PLC0415
    from survey.registrar.issuing import signing_check  # noqa: PLC0415
    from survey.registrar.keyring import KeyRing, MailKeyRing  # noqa: PLC0415
    from survey.registrar.lost_keys import of_its_round  # noqa: PLC0415
    from survey.registrar.register import DATABASE, Register  # noqa: PLC0415

    folder = private_folder(config.root / "registrar")
    register = Register.open(config.registrar.database or folder / DATABASE)
    register.tell_outages()
    rounds, settling = config.root / "rounds", _settling(register, config.registrar, folder / DATABASE)
    keys = KeyRing(folder / "keys", of_its_round(RoundsFolder(rounds)))
    mail_keys = MailKeyRing(folder / "keys")
    mail = _mail(config, register, mail_keys)

    def forget() -> None:
        keys.forget_destroyed()
        mail_keys.forget_destroyed()
        if mail is not None:
            mail.forget_old()

    origin, proxy = config.site.origin, config.trusted_proxy
    app = create_app(RoundsFolder(rounds), register, keys, origin=origin, mail=mail, proxy=proxy)
    checks = {
        **_checks(rounds, register.check, settling, folder),
        "signing": signing_check(),
        "keys": _expected_keys(config, register).check,
    }
    return Role(app, checks, settling, forget, folder if settling else None)


def _expected_keys(config: Config, register: Register) -> ExpectedKeys:
    from survey.registrar.lost_keys import ExpectedKeys  # noqa: PLC0415

    rounds = RoundsFolder(config.root / "rounds")
    return ExpectedKeys.below(config.root / "registrar" / "keys", rounds, register, now)


def _checks(
    rounds: Path, store: Callable[[], None], settling: Settling | None, folder: Path
) -> dict[str, Callable[[], object]]:
    """What registrar and intake both need; a disk only where it holds their database."""
    checks: dict[str, Callable[[], object]] = {"rounds": partial(check_readable, rounds), "store": store}
    return checks | ({"disk": partial(check_room, folder)} if settling else {})


def _mail(config: Config, register: Register, keys: MailKeyRing) -> MailCounter | None:
    """The desk for codes by mail, at work, if there is a mail server."""
    from survey.registrar.mail_counter import MailCounter  # noqa: PLC0415
    from survey.registrar.mail_desk import MailDesk  # noqa: PLC0415

    server = config.mail
    if server is None:
        return None
    desk = MailDesk(register.passes, server)
    desk.start()
    return MailCounter(desk, register.passes, keys)


def _check_mail(config: Config) -> None:
    """Raises: MailMissing if a round that takes respondents, now or later, offers what cannot be kept."""
    if config.mail is not None:
        return
    rounds = RoundsFolder(config.root / "rounds")
    for round_id in rounds.ids():
        try:
            published = rounds.load(round_id)
        except (ManifestError, StatementError):
            continue  # tampered with: whoever asks for it is refused, and the other rounds are served
        over = phase(published.manifest, published.statement, now()) in (Phase.CLOSED, Phase.CANCELLED)
        if published.manifest.eligibility.mail is not None and not over:
            raise MailMissing(published.manifest.name)


def _intake(config: Config) -> Role:
    from survey.intake.app import create_app  # noqa: PLC0415
    from survey.intake.box import DATABASE, BallotBox  # noqa: PLC0415

    folder, rounds = private_folder(config.root / "intake"), config.root / "rounds"
    box = BallotBox.open(config.intake.database or folder / DATABASE)
    box.tell_outages()
    settling = _settling(box, config.intake, folder / DATABASE)
    app = create_app(RoundsFolder(rounds), box, origin=config.site.origin)
    disk = folder if settling else None
    return Role(app, _checks(rounds, box.check, settling, folder), settling, disk=disk)


def _site(config: Config) -> Role:
    from survey.pages.app import create_app  # noqa: PLC0415
    from survey.pages.site import Site  # noqa: PLC0415

    site, rounds = Site(config.society, config.contact, config.site.url, config.support), config.root / "rounds"
    app = create_app(site, RoundsFolder(rounds), config.root / "releases")
    return Role(app, {"rounds": partial(check_readable, rounds)})
