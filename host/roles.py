"""The app of each role with its own store. A role's process loads that role's code and no other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.config import Config
from host.folders import private_folder
from host.settling import settle_regularly
from survey.rounds.folder import RoundsFolder

if TYPE_CHECKING:
    from flask import Flask


def check_role(config: Config, role: str) -> None:
    """What must work before the role serves: its database, and blind signing at the registrar.

    Said here, before the server forks, because a worker that fails can only be seen to fail.
    Raises: SigningUnavailable, or what the database says.
    """
    if role == "site":
        return  # it has no store
    folder = private_folder(config.root / role)
    if role == "intake":
        from survey.intake.box import DATABASE, BallotBox  # noqa: PLC0415

        BallotBox.open(folder / DATABASE).release()
        return
    from survey.registrar.issuing import self_test  # noqa: PLC0415
    from survey.registrar.register import DATABASE as REGISTER  # noqa: PLC0415
    from survey.registrar.register import Register  # noqa: PLC0415

    self_test()
    Register.open(folder / REGISTER).release()


def build_role(config: Config, role: str) -> Flask:
    """The WSGI app of a role, with its store open and kept free of arrival order."""
    return {"registrar": _registrar, "intake": _intake, "site": _site}[role](config)


def _registrar(config: Config) -> Flask:
    from survey.registrar.app import create_app  # noqa: PLC0415
    from survey.registrar.keyring import KeyRing  # noqa: PLC0415
    from survey.registrar.register import DATABASE, Register  # noqa: PLC0415

    folder = private_folder(config.root / "registrar")
    register = Register.open(folder / DATABASE)
    keys = KeyRing(folder / "keys")
    settle_regularly(register, folder / f"{DATABASE}-wal", config.settle_seconds, keys.forget_destroyed)
    return create_app(RoundsFolder(config.root / "rounds"), register, keys, origin=config.site.origin)


def _intake(config: Config) -> Flask:
    from survey.intake.app import create_app  # noqa: PLC0415
    from survey.intake.box import DATABASE, BallotBox  # noqa: PLC0415

    folder = private_folder(config.root / "intake")
    box = BallotBox.open(folder / DATABASE)
    settle_regularly(box, folder / f"{DATABASE}-wal", config.settle_seconds)
    return create_app(RoundsFolder(config.root / "rounds"), box, origin=config.site.origin)


def _site(config: Config) -> Flask:
    from survey.pages.app import create_app  # noqa: PLC0415

    return create_app(config.society, config.contact, RoundsFolder(config.root / "rounds"), config.root / "releases")
