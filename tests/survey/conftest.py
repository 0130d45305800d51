"""What the survey's tests share. The rounds are made once a run; folders and stores are new for every test."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent / "forms")]

from a_round import Round, SetClock, make_round  # noqa: E402

from survey.intake.box import BallotBox  # noqa: E402
from survey.registrar.register import Register  # noqa: E402
from survey.rounds.folder import RoundsFolder  # noqa: E402


@pytest.fixture(scope="session")
def spring() -> Round:
    return make_round("spring")


@pytest.fixture(scope="session")
def autumn() -> Round:
    """Another round of the same host, with keys of its own."""
    return make_round("autumn", issuer="other")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def both_rounds(tmp_path_factory: pytest.TempPathFactory, spring: Round, autumn: Round) -> Path:
    path = tmp_path_factory.mktemp("both") / "rounds"
    for round_ in (spring, autumn):
        RoundsFolder(path).add(round_.served)
    return path


@pytest.fixture
def rounds(tmp_path: Path, both_rounds: Path) -> RoundsFolder:
    return RoundsFolder(Path(shutil.copytree(both_rounds, tmp_path / "rounds")))


@pytest.fixture(scope="session")
def empty_stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a register and a box that hold nothing yet: a copy of a file is made faster than its tables."""
    folder = tmp_path_factory.mktemp("stores")
    Register.open(folder / "registrar.sqlite").release()
    BallotBox.open(folder / "intake.sqlite").release()
    return folder
