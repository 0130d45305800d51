"""The page of support resources: what a host fills in, and nothing that a browser would run."""

import pytest
from a_round import DURING

from survey.pages.app import create_app
from survey.pages.site import Site
from survey.support import SupportResource

LINE = SupportResource(("small", "hr-hazards"), "A <line> to call", "Day & night.", "0800 000", "tel:+800000")
PAGE = SupportResource(("hr-hazards",), "A page", "To read.", "", "https://help.example/?a=1&b=2")


@pytest.fixture
def site(rounds, tmp_path, clock):
    clock.time = DURING

    def made(*support):
        return create_app(Site("S", "call me", "https://site.example", support), rounds, tmp_path, clock).test_client()

    return made


def test_everybody_can_read_the_page_without_a_script(site):
    page = site(LINE, PAGE).get("/support")
    assert page.status_code == 200
    assert "<script" not in page.text
    for said in ("A &lt;line&gt; to call", "Day &amp; night.", "0800 000", 'href="tel:+800000"', ">+800000<"):
        assert said in page.text
    assert 'href="https://help.example/?a=1&amp;b=2" rel="noopener noreferrer"' in page.text


def test_every_page_links_to_it_where_there_is_anybody_and_none_does_otherwise(site):
    for path, address in (("/", "support"), ("/round", "support"), ("/nothing/here", "/support")):
        page = site(LINE).get(path).text
        assert f'href="{address}"' in page
        assert (f'href="{address}" target="_blank" rel="noopener noreferrer"' in page) == (path == "/round")
        assert "support" not in site().get(path).text.partition("<footer")[2]


def test_without_any_the_page_says_whom_to_ask(site):
    page = site().get("/support")
    assert page.status_code == 200
    assert "listed nobody here yet. To ask for it: call me" in page.text


def test_a_round_holds_those_of_its_own_form_ready_for_its_screens(site, spring):
    def held(client):
        start = f'<template id="support-{spring.manifest.id}">'
        return client.get("/round").text.partition(start)[2].partition("</template>")[0]

    card = held(site(LINE, PAGE))
    assert '<a class="button exit" href="support" target="_blank" rel="noopener noreferrer">' in card
    for said in ("A &lt;line&gt; to call", "Day &amp; night.", "0800 000", 'href="tel:+800000"'):
        assert said in card
    assert "A page" not in card
    assert held(site(PAGE)) == ""
