"""What tests of invitations by mail share: a mail server whose mails can be read, and a round to invite to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from invitations import members, use
from post_office import PostOffice, post_office
from societies import Society, founded, opened

from survey.rounds.manifest import Manifest


@pytest.fixture(scope="session")
def opened_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A society with an open round, `spring`: made once, because its promise and its keys take long."""
    society = founded(tmp_path_factory.mktemp("mailing") / "society")
    return society.folder, opened(society)


@pytest.fixture
def society(opened_once: tuple[Path, Manifest], tmp_path: Path) -> Society:
    """The same, for one test alone."""
    return Society(Path(shutil.copytree(opened_once[0], tmp_path / "society")))


@pytest.fixture
def manifest(opened_once: tuple[Path, Manifest]) -> Manifest:
    """The round that is open in every copy."""
    return opened_once[1]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as opened_office:
        yield opened_office


@pytest.fixture
def spring(society: Society, office: PostOffice, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """The open round, with a list of eight members and a mail server in the society's config."""
    monkeypatch.chdir(society.folder)
    society.write("members.csv", "\n".join(members(8)) + "\n")
    use(society, office)
    return manifest
