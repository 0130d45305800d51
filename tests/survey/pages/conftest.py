"""A site with one published release."""

from types import SimpleNamespace

import pytest
from a_release import released
from a_round import CLOSES

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
