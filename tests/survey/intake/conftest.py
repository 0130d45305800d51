"""What tests of the intake share: an app with a box, a member with her token, and boxes of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from a_round import Member, Round, SetClock
from intake_desks import Desk
from sqlalchemy import URL

from survey.intake.app import create_app
from survey.intake.box import BallotBox
from survey.rounds.folder import RoundsFolder
from survey.tokens import authorization


@pytest.fixture
def desk(tmp_path: Path, rounds: RoundsFolder, clock: SetClock, empty_stores: Path) -> Desk:
    box = BallotBox.open(Path(shutil.copy(empty_stores / "intake.sqlite", tmp_path)))
    return Desk(create_app(rounds, box, clock), box)


@pytest.fixture(scope="module")
def member(spring: Round) -> Member:
    return spring.member()


@pytest.fixture(scope="module")
def header(member: Member) -> str:
    return authorization(member.token)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "intake.sqlite"


@pytest.fixture
def box(store_address: Path | URL) -> Iterator[BallotBox]:
    box = BallotBox.open(store_address)
    yield box
    box.release()


@pytest.fixture
def box_in_file(file: Path) -> BallotBox:
    return BallotBox.open(file)
