"""Which earlier release the answering page is told of, and for which questions."""

import html
import json
import re
from datetime import timedelta

import pytest
from a_release import HEAD, released
from a_round import CLOSES, DURING, OPENS, SMALL_FORM, changed, make_round

from survey.forms.loading import form_from_toml
from survey.pages.app import create_app
from survey.pages.site import Site
from survey.rounds.folder import RoundsFolder

SITE = "https://site.example"


@pytest.fixture
def earlier(spring):
    """A round of the same form that closed before the others opened."""
    month = timedelta(days=60)
    return changed(spring, name="earlier", opens=OPENS - month, closes=CLOSES - month, closes_latest=CLOSES - month)


@pytest.fixture
def shelf(tmp_path, spring, earlier, clock):
    """A site with an open round of a form and an earlier one, and its folder of releases."""
    folder, rounds = tmp_path / "releases", RoundsFolder(tmp_path / "rounds")
    clock.time = DURING
    for round_ in (spring, earlier):
        rounds.add(round_.served)
    return rounds, folder, create_app(Site("S", "c", SITE), rounds, folder, clock).test_client()


def told(client, of):
    answer = client.get("/round")
    shown = json.loads(html.unescape(re.search(r'data-rounds="([^"]*)"', answer.text)[1]))
    connect = re.search(r"connect-src ([^;]*);", answer.headers["Content-Security-Policy"])[1].split()
    return shown[of.manifest.id].get("earlier"), [place for place in connect if place.startswith(SITE)]


def test_the_page_is_told_of_an_earlier_release_and_may_fetch_its_tables_and_no_other_file(shelf, spring, earlier):
    _, folder, client = shelf
    assert told(client, spring) == (None, [])
    released(folder, earlier)
    found, places = told(client, spring)
    assert places == [f"{SITE}/releases/{earlier.manifest.id}/tables.csv"]
    assert found == {
        "round": earlier.manifest.id,
        "questions": ["team", "mood"],
        "usable": earlier.manifest.promise.usable_margin,
    }
    assert told(client, earlier)[0] is None
    card = (
        client.get("/round")
        .text.partition(f'<template id="place-{spring.manifest.id}">')[2]
        .partition("</template>")[0]
    )
    assert "An earlier round of this form closed on 30 January 2026." in card
    assert f'href="releases/{earlier.manifest.id}/"' in card


def test_nothing_is_offered_once_the_round_is_closed(shelf, spring, earlier, clock):
    released(shelf[1], earlier)
    clock.time = CLOSES
    assert told(shelf[2], spring) == (None, [])


def test_a_release_that_says_nothing_because_too_few_answered_is_passed_over(shelf, spring, earlier):
    released(shelf[1], earlier, tables=HEAD + ",,,,,1.0000,1.0000,1.0000,4.0,4.0,7.0000,display,shown\n")
    assert told(shelf[2], spring) == (None, [])


def test_the_latest_release_is_the_one_and_another_form_is_none(shelf, spring, earlier):
    rounds, folder, client = shelf
    later = changed(earlier, name="later", closes=earlier.manifest.closes + timedelta(days=1), closes_latest=CLOSES)
    other_form = form_from_toml(SMALL_FORM.replace('id = "small"', 'id = "other"'))
    other = make_round("other", form=other_form)
    other = changed(other, opens=earlier.manifest.opens, closes=later.manifest.closes + timedelta(days=1))
    for round_ in (later, other):
        rounds.add(round_.served)
        released(folder, round_)
    released(folder, earlier)
    assert told(client, spring)[0]["round"] == later.manifest.id


def test_a_release_in_which_every_question_was_another_is_none(shelf, spring, earlier):
    rounds, folder, client = shelf
    form = form_from_toml(SMALL_FORM.replace('id = "mood"', 'id = "moods"').replace('"blue"', '"green"'))
    strange = make_round("strange", form=form)
    strange = changed(strange, opens=earlier.manifest.opens, closes=earlier.manifest.closes)
    rounds.add(strange.served)
    released(folder, strange)
    assert told(client, spring) == (None, [])
