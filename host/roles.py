"""The app of each role with its own store. A role's process loads that role's code and no other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.config import Config
from host.folders import private_folder
from host.server_words import point_out
from host.settling import settle_regularly
from survey.rounds.closing import Phase, StatementError, phase
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import ManifestError
from survey.rounds.times import now

if TYPE_CHECKING:
    from flask import Flask

    from survey.registrar.keyring import MailKeyRing
    from survey.registrar.mail_counter import MailCounter
    from survey.registrar.register import Register


class MailMissing(RuntimeError):
    """A round offers codes by mail, and the registrar has no mail server to send them with."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The round '{name}' offers codes by mail, but subrosa.toml has no [mail]: fill it in, or cancel the round."
        )


def check_role(config: Config, role: str) -> None:
    """What must work before the role serves: its database, and blind signing at the registrar.

    Said here, before the server forks, because a worker that fails can only be seen to fail.
    Raises: SigningUnavailable, MailMissing, or what the database says.
    """
    if role == "site":
        return  # it has no store
    folder = private_folder(config.root / role)
    if role == "intake":
        from survey.intake.box import DATABASE, BallotBox  # noqa: PLC0415

        box = BallotBox.open(config.intake.database or folder / DATABASE)
        point_out(box, role)
        box.release()
        return
    from survey.registrar.issuing import self_test  # noqa: PLC0415
    from survey.registrar.register import DATABASE as REGISTER  # noqa: PLC0415
    from survey.registrar.register import Register  # noqa: PLC0415

    self_test()
    _check_mail(config)
    register = Register.open(config.registrar.database or folder / REGISTER)
    point_out(register, role)
    register.release()


def build_role(config: Config, role: str) -> Flask:
    """The WSGI app of a role, with its store open and kept free of arrival order."""
    return {"registrar": _registrar, "intake": _intake, "site": _site}[role](config)


def _registrar(config: Config) -> Flask:
    from survey.registrar.app import create_app  # noqa: PLC0415
    from survey.registrar.keyring import KeyRing, MailKeyRing  # noqa: PLC0415
    from survey.registrar.register import DATABASE, Register  # noqa: PLC0415

    folder = private_folder(config.root / "registrar")
    register = Register.open(config.registrar.database or folder / DATABASE)
    keys = KeyRing(folder / "keys")
    mail_keys = MailKeyRing(folder / "keys")
    mail = _mail(config, register, mail_keys)

    def forget() -> None:
        keys.forget_destroyed()
        mail_keys.forget_destroyed()
        if mail is not None:
            mail.forget_old()

    settle_regularly(register, folder / f"{DATABASE}-wal", config.settle_seconds, forget)
    return create_app(RoundsFolder(config.root / "rounds"), register, keys, origin=config.site.origin, mail=mail)


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


def _intake(config: Config) -> Flask:
    from survey.intake.app import create_app  # noqa: PLC0415
    from survey.intake.box import DATABASE, BallotBox  # noqa: PLC0415

    folder = private_folder(config.root / "intake")
    box = BallotBox.open(config.intake.database or folder / DATABASE)
    settle_regularly(box, folder / f"{DATABASE}-wal", config.settle_seconds)
    return create_app(RoundsFolder(config.root / "rounds"), box, origin=config.site.origin)


def _site(config: Config) -> Flask:
    from survey.pages.app import create_app  # noqa: PLC0415
    from survey.pages.site import Site  # noqa: PLC0415

    site = Site(config.society, config.contact, config.site.url, config.support)
    return create_app(site, RoundsFolder(config.root / "rounds"), config.root / "releases")
