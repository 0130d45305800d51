"""The site where no JavaScript runs, in a real Chromium: it reads well, and says how to take part all the same."""

import pytest
from visits import DESKTOP, PHONE, in_a_browser

pytestmark = in_a_browser


@pytest.fixture(scope="module", params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def read(request, browser, rounds):
    """What can be read on the society's page, in a release, and on the page of an invitation."""
    look = [["text"], ["fits"]]
    steps = [*look, ["goes", rounds.release], *look, ["goes", rounds.to(rounds.pulse, "abcde-fghij")], *look]
    return browser.visit(rounds.url("/"), steps, request.param, script=False)


def test_the_societys_page_and_a_release_can_be_read_to_the_end(read):
    home, release, _ = read.texts
    assert "To take part, open the link in your invitation" in home
    assert "closed" in home[home.index("Results") :]
    assert "Mood" in release
    assert "±" in release or "%" in release


def test_the_page_of_an_invitation_names_the_command_line_instead(read):
    _, _, invitation = read.texts
    assert "This page needs JavaScript" in invitation
    assert "subrosa respond" in invitation
    assert "is loading" not in invitation
    assert not any("/v1/" in request["url"] or "client.js" in request["url"] for request in read.requests)


def test_nothing_is_wider_than_the_window(read):
    assert read.unfit == []
