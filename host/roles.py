"""The app of each role with its own store. A role's process loads that role's code and no other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.config import Config
from host.folders import private_folder
from host.settling import settle_regularly
from survey.rounds.folder import RoundsFolder

if TYPE_CHECKING:
    from flask import Flask


def check_role(role: str) -> None:
    """What must work before the role serves. Raises: SigningUnavailable."""
    if role == "registrar":
        from survey.registrar.issuing import self_test  # noqa: PLC0415

        self_test()


def build_role(config: Config, role: str) -> Flask:
    """The WSGI app of a role, with its store open and kept free of arrival order."""
    return _registrar(config) if role == "registrar" else _intake(config)


def _registrar(config: Config) -> Flask:
    from survey.registrar.app import create_app  # noqa: PLC0415
    from survey.registrar.keyring import KeyRing  # noqa: PLC0415
    from survey.registrar.register import Register  # noqa: PLC0415

    folder = private_folder(config.root / "registrar")
    register = Register.open(folder / "registrar.sqlite")
    keys = KeyRing(folder / "keys")
    settle_regularly(register, folder / "registrar.sqlite-wal", config.settle_seconds, keys.forget_destroyed)
    return create_app(RoundsFolder(config.root / "rounds"), register, keys)


def _intake(config: Config) -> Flask:
    from survey.intake.app import create_app  # noqa: PLC0415
    from survey.intake.box import BallotBox  # noqa: PLC0415

    folder = private_folder(config.root / "intake")
    box = BallotBox.open(folder / "intake.sqlite")
    settle_regularly(box, folder / "intake.sqlite-wal", config.settle_seconds)
    return create_app(RoundsFolder(config.root / "rounds"), box)
