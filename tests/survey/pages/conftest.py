"""A site with one published release: of a round that is over, or of one that is still open and beside things that are
no releases."""

from types import SimpleNamespace

import pytest
from a_release import released
from a_round import CLOSES, DURING

from survey.pages.app import create_app
from survey.pages.site import Site

SITE = "https://site.example"


@pytest.fixture
def published(rounds, tmp_path, clock, spring):
    """What the site reads, and a client of it: the release of `spring`, which is closed."""
    clock.time = CLOSES
    folder = tmp_path / "releases"
    place = released(folder, spring)
    client = create_app(Site("A <society>", "hello", SITE), rounds, folder, clock).test_client()
    return SimpleNamespace(
        folder=folder, place=place, id=spring.manifest.id, round=spring, get=client.get, open=client.open
    )


@pytest.fixture
def folder(tmp_path, spring):
    """A published release of one round, and things beside it that are none."""
    place = released(tmp_path / "releases", spring)
    (place / ".hidden").write_text("marked")
    (place / "inner").mkdir()
    (tmp_path / "secret.txt").write_text("marked")
    (place / "link.txt").symlink_to(tmp_path / "secret.txt")
    return tmp_path / "releases"


@pytest.fixture
def site(rounds, folder, clock):
    """A client of a site with that folder, while the rounds are open."""
    clock.time = DURING
    return create_app(Site("A <society>", "hello & more", SITE), rounds, folder, clock).test_client()
