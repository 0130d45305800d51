"""In a real browser: where it does not go on, a page says why, and what that means for her."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from societies import opened
from visits import SENT, faults, in_a_browser, link
from ways import KEEP, SEND, THE_PULSE, TO_THE_PULSE

from host.lifecycle import cancel, close, extend
from host.opening import Dates
from survey.rounds.times import now

pytestmark = in_a_browser

CLOSED, CANCELLED = "This round is closed", "This round was cancelled"


@pytest.fixture
def brief(online, request):
    """A round of its own for one test, which that test may end."""
    society = online.society
    dates = Dates(now().replace(microsecond=0), now() + timedelta(days=1), now() + timedelta(days=3))
    manifest = opened(society, name=f"brief-{abs(hash(request.node.name))}", dates=dates, epsilon=0.01)
    house = society.house
    helps = {
        "close": lambda: close(house, house.rounds.find(manifest.id), now(), early=True) and None,
        "cancel": lambda: cancel(house, house.rounds.find(manifest.id), now()) and None,
        "extend": lambda: extend(house, house.rounds.find(manifest.id), now() + timedelta(days=2), now()) and None,
    }
    return SimpleNamespace(society=society, manifest=manifest, helps=helps, link=link(society, manifest))


def test_a_link_to_no_round_and_a_round_that_has_not_opened_have_their_pages(browser, online):
    later = now() + timedelta(days=2)
    dates = Dates(later, later + timedelta(days=1), later + timedelta(days=1))
    early = opened(online.society, name="not-yet", dates=dates, epsilon=0.1)
    site = online.society.url("site")
    browser.visit(f"{site}/round#{'0' * 64}", [["at", "There is no such round here"], ["shot", "unknown"]])
    not_yet = [["at", "This round has not opened yet"], ["reads", "It opens on"], ["shot", "early"]]
    browser.visit(f"{site}/round#{early.id}", not_yet)


def test_a_browser_without_what_is_needed_is_told_so_before_anything_is_sent(browser, online):
    way = [["lack", "Ed25519"], ["reload_with_link"], ["at", "This browser lacks what is needed"]]
    address = link(online.society, online.pulse)
    code = address.rpartition(".")[2]
    seen = browser.visit(address, way)
    assert not any(request["method"] != "GET" or code in json.dumps(request) for request in seen.requests)


def test_a_round_that_was_closed_has_its_page(browser, brief):
    brief.helps["close"]()
    browser.visit(brief.link, [["at", CLOSED], ["shot", "closed"]])


def test_a_manifest_that_differs_at_one_service_stops_everything(browser, online):
    """The intake gives another round's manifest: nobody is asked for a code."""
    other = online.society.house.rounds.find(online.kinds.id).served.decode()
    swap = ["swap", f"{online.society.url('intake')}/", other]
    title = "Stop: this is not the round you were invited to"
    way = [swap, ["reload_with_link"], ["at", title], ["shot", "mismatch"]]
    seen = browser.visit(link(online.society, online.pulse), way)
    assert not any(request["method"] == "POST" for request in seen.requests)


@pytest.mark.parametrize(("ends", "title"), [("close", CLOSED), ("cancel", CANCELLED)])
def test_a_round_that_ends_while_someone_fills_it_in_says_so_and_leaves_nothing(browser, brief, ends, title):
    way = [*TO_THE_PULSE, *THE_PULSE, ["help", ends], SEND, ["at", title], ["axe"], ["reads", "was not confirmed."]]
    seen = browser.visit(brief.link, way, helps=brief.helps)
    assert (seen.kept, faults(seen)) == ([], [])


def test_a_round_that_closed_before_the_review_is_told_there(browser, brief):
    way = [*TO_THE_PULSE, *THE_PULSE[:2], ["help", "close"], ["click", "Next"], ["at", CLOSED]]
    assert browser.visit(brief.link, way, helps=brief.helps).kept == []


def test_a_pass_kept_on_the_device_is_deleted_once_the_round_has_ended(browser, brief, online):
    sent = [*TO_THE_PULSE, *THE_PULSE, KEEP, SEND, ["at", SENT]]
    again = ["goes", f"{brief.society.url('site')}/round#{online.pulse.id}"]
    seen = browser.visit(brief.link, [*sent, ["goes", "about:blank"], again, ["at", "Pulse"]])
    assert f"subrosa/kept/{brief.manifest.id}" in seen.kept  # the round is open
    seen = browser.visit(
        link(brief.society, brief.manifest),
        [*sent, ["help", "close"], ["goes", "about:blank"], again, ["at", "Pulse"]],
        helps=brief.helps,
    )
    assert not [key for key in seen.kept if "kept" in key]


def test_whoever_comes_back_after_the_round_is_told_what_became_of_her_answers(browser, brief):
    way = [*TO_THE_PULSE, *THE_PULSE, KEEP, SEND, ["at", SENT], ["help", "close"], ["reload"], ["at", CLOSED]]
    more = [["reads", "What you had sent before was confirmed, and stays."], ["axe"]]
    seen = browser.visit(brief.link, [*way, *more], helps=brief.helps)
    assert not [key for key in seen.kept if "kept" in key]
    assert faults(seen) == []


def test_a_closing_date_that_was_put_off_is_read_anew_before_sending(browser, brief):
    closes = (now() + timedelta(days=2)).strftime("%-d %B %Y")
    way = [*TO_THE_PULSE, ["help", "extend"], *THE_PULSE, SEND, ["at", SENT], ["reads", f"open until {closes}"]]
    browser.visit(brief.link, way, helps=brief.helps)
