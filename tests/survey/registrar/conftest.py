"""Rounds that offer codes by mail, in every way a host can limit them; and who signs a mail server's certificate."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from a_round import Round, changed
from mail_worlds import MailWorld
from post_office import Authority, new_authority

from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.folder import RoundsFolder


@pytest.fixture(scope="session")
def by_mail(spring: Round) -> Any:
    """A round like spring that is open to holders of mail addresses, under the given limits."""

    def made(codes: bool = False, **limits: Any) -> Round:
        eligibility = Eligibility(codes, replace(MailEligibility(), **limits))
        return changed(spring, name="mail", eligibility=eligibility)

    return made


@pytest.fixture
def world(tmp_path, clock, rounds: RoundsFolder, spring, by_mail, empty_stores) -> Any:
    """A registrar that serves spring and one round by mail."""

    def served(codes: bool = False, **limits: Any) -> tuple[MailWorld, Round]:
        round_ = by_mail(codes, **limits)
        rounds.add(round_.served)
        issuers = {r.manifest.id: r.issuer for r in (spring, round_)}
        database = Path(shutil.copy(empty_stores / "registrar.sqlite", tmp_path))
        return MailWorld(database, rounds, clock, issuers), round_

    return served


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trusted in this process."""
    made = new_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made
