"""What the survey's tests share. The rounds are made once a run; folders and stores are new for every test."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent / "forms")]

from a_round import Round, SetClock, make_round  # noqa: E402

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


@pytest.fixture
def rounds(tmp_path: Path, spring: Round, autumn: Round) -> RoundsFolder:
    folder = RoundsFolder(tmp_path / "rounds")
    folder.add(spring.served)
    folder.add(autumn.served)
    return folder
