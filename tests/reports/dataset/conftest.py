"""Releases with everything for researchers in them, in memory and as folders."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from release_rounds import VERSIONS, Round
from said import SAID

from reports.additions.about import FILE, about_bytes
from reports.release import build_release


def with_about(made: Round, said: object = SAID) -> dict[str, bytes]:
    """All files of a release of which the host says this."""
    given = {FILE: about_bytes(made.manifest, said)}
    return build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given=given)


def in_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def said_files(tiny_round: Round) -> dict[str, bytes]:
    return with_about(tiny_round)


@pytest.fixture(scope="session")
def plain_files(tiny_files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Of a release of which the host says nothing."""
    return tiny_files


@pytest.fixture(scope="session")
def said_folder(tmp_path_factory: pytest.TempPathFactory, said_files: dict[str, bytes]) -> Path:
    return in_folder(tmp_path_factory.mktemp("said") / "release", said_files)
