"""Releases that tests may change: of a small round, and of one that stayed below its minimum."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from release_rounds import HOST_KEY, Round, make_round, publish, tiny_form

from reports.release import write_release


@pytest.fixture(scope="session")
def tiny_round(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return make_round(tmp_path_factory.mktemp("tiny"), tiny_form())


@pytest.fixture(scope="session")
def below_round(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Four people, where thirty were asked for."""
    return make_round(tmp_path_factory.mktemp("below"), tiny_form(), people=4)


@pytest.fixture(scope="session")
def tiny_files(tiny_round: Round) -> Mapping[str, bytes]:
    """Its files, made once; whoever wants to know whether they come out the same asks the round for them."""
    return MappingProxyType(tiny_round.files())


@pytest.fixture(scope="session")
def below_files(below_round: Round) -> Mapping[str, bytes]:
    return MappingProxyType(below_round.files())


@pytest.fixture
def release(tmp_path: Path, tiny_files: Mapping[str, bytes]) -> Path:
    return publish(tmp_path / "release", tiny_files)


@pytest.fixture
def below_release(tmp_path: Path, below_files: Mapping[str, bytes]) -> Path:
    folder = tmp_path / "below"
    write_release(folder, below_files, HOST_KEY)
    return folder
