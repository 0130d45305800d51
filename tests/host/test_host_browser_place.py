"""After sending, in a real browser: her place in an earlier round that was tallied and published, and whom to turn to.

Needs what test_host_browser.py needs.
"""

import csv
import json
from math import ceil, floor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import urllib3
from societies import CLOSE, PULSE, enter_directly, founded, opened, serving, some_rows
from visits import DESKTOP, SENT, faults, in_a_browser, link
from ways import PULSE_SAYS, SEND, THE_PULSE, TO_THE_PULSE

from host.keys import read_signing_key
from reports.signing import SIGNATURE, SUMS, sign_sums, sums

pytestmark = in_a_browser

PEOPLE = 120
NOW = PULSE.replace('label = "Mood"', 'label = "How are you?"').replace("at_most = 2", "at_most = 1")
SUPPORT = """
[[support]]
forms = ["pulse"]
title = "Somebody <b>to</b> call"
text = "Free of charge."
contact = "0800 000"
url = "tel:+800000"
"""
SEE = [["click", "See where you stand"], ["reads", "Of those who answered then"]]
TOLD = [["at", SENT], *SEE, ["text"]]


@pytest.fixture(scope="module")
def after(tmp_path_factory):
    """A society with a published round, and an open one of the same form in which one question changed."""
    society = founded(tmp_path_factory.mktemp("place") / "society")
    society.config.write_text(society.config.read_text() + SUPPORT)
    wishes = {"by": (("team",),), "usable_margin": 0.5, "respondents": PEOPLE}
    before = opened(society, "winter", **wishes)
    enter_directly(society, before, some_rows(PEOPLE))
    society.does("round", "close", "winter", "--early")
    society.does("tally", "winter")
    society.does("publish", "winter")
    spring = opened(society, "spring", form=NOW, epsilon=0.5, **wishes)
    with serving(society, "registrar", "intake", "site"):
        yield SimpleNamespace(
            society=society, before=before, spring=spring, folder=society.folder / "releases" / before.id
        )


def tables_address(after):
    return after.society.url("site", f"/releases/{after.before.id}/tables.csv")


def row_of(after, question, cohort, answer):
    with (after.folder / "tables.csv").open(encoding="utf-8", newline="") as file:
        by = "team" if cohort else ""
        (row,) = (
            r
            for r in csv.DictReader(file)
            if [r["question"], r["by"], r["cohort"], r["answer"]] == [question, by, cohort, answer]
        )
    return row


def in_words(row, said):
    share, low, high = (100 * float(row[name]) for name in ("share", "low", "high"))
    return f"{round(share)} of 100 said “{said}” ({floor(low)} to {ceil(high)})"


@pytest.fixture(scope="module")
def told(after, browser):
    """What somebody in the south who feels 4 is told, with everything that her browser sent."""
    steps = [*TO_THE_PULSE, *THE_PULSE, SEND, *TOLD, ["look", "place"], ["shot", "place"]]
    return browser.visit(link(after.society, after.spring), steps)


def test_she_is_told_what_the_release_says_of_her_answers_for_everyone_and_for_her_own_group(after, told):
    (text,) = told.texts
    assert PULSE_SAYS == {"team": "south", "mood": 4}
    assert f"How are you? (everyone): {in_words(row_of(after, 'mood', '', '4'), '4')}; your place is " in text
    assert f"How are you? (South): {in_words(row_of(after, 'mood', 'south', '4'), '4')}; your place is " in text
    assert f"Team (everyone): {in_words(size_of(after, 'south'), 'South')}" in text


def size_of(after, team):
    with (after.folder / "tables.csv").open(encoding="utf-8", newline="") as file:
        (row,) = (r for r in csv.DictReader(file) if [r["question"], r["by"], r["cohort"]] == ["", "team", team])
    return row


def test_the_labels_are_those_of_today(told):
    assert "How are you?" in told.texts[0]


def test_the_screen_is_whole_and_accessible_in_every_window_and_the_browser_finds_no_fault(told):
    assert len(told.looks) >= 4
    assert {one["view"]: one["found"] for one in told.looks} == {one["view"]: [] for one in told.looks}
    assert faults(told) == []


def to_release(seen):
    return [request for request in seen.requests if "/releases/" in request["url"]]


def test_the_whole_table_is_fetched_once_and_only_when_she_asks(after, browser, told):
    (request,) = to_release(told)
    assert (request["method"], request["url"], request["body"]) == ("GET", tables_address(after), None)
    unasked = browser.visit(link(after.society, after.spring), [*TO_THE_PULSE, *THE_PULSE, SEND, ["at", SENT]])
    assert to_release(unasked) == []


def test_whatever_she_answered_the_request_is_the_same_and_nothing_else_is_sent(after, browser, told):
    other = [["tick", "team", "North"], ["tick", "mood", "1"], ["tick", "tools", "Pen"]]
    steps = [*TO_THE_PULSE, *other, ["click", "Next"], ["at", "Look it over"], SEND, *TOLD]
    differing = browser.visit(link(after.society, after.spring), steps)
    assert to_release(differing) == to_release(told)

    def kinds(seen):
        """Methods, places and lengths: all that differs between two people is codes and ciphertexts."""
        # Sorted: when the browser fetches the page's icon depends on nothing but how busy it is.
        return sorted((r["method"], r["url"], sorted(r["headers"]), len(r["body"] or "")) for r in seen.requests)

    assert kinds(differing) == kinds(told)
    assert "Tools" not in differing.texts[0]  # up to two could be chosen then: another question


def test_the_page_may_fetch_that_table_and_nothing_else_of_the_site(after, browser):
    places = [tables_address(after), f"{after.folder.name}/measurements.json", "/", "/support"]
    asks = [["asks", place if place.startswith(("http", "/")) else f"/releases/{place}", {}] for place in places]
    seen = browser.visit(link(after.society, after.spring), [["at", "Pulse"], *asks])
    allowed, *refused = seen.asked
    assert (allowed["status"], allowed["text"]) == (200, (after.folder / "tables.csv").read_text())
    assert all("status" not in one for one in refused), refused


def test_what_is_no_table_of_ours_is_said_so_and_can_be_tried_again(after, browser):
    broken = [["answer", "tables.csv", 0, "<p>something else</p>"]]
    steps = [
        *TO_THE_PULSE,
        *THE_PULSE,
        SEND,
        ["at", SENT],
        SEE[0],
        ["reads", "Something went wrong on this page."],
        SEE[0],
    ]
    seen = browser.visit(link(after.society, after.spring), steps, before=broken)
    assert len(to_release(seen)) == 2


def test_on_a_shared_computer_no_place_is_offered_to_whoever_comes_next(after, browser):
    steps = [*TO_THE_PULSE[:-2], ["check", "This is a shared computer"], *TO_THE_PULSE[-2:], *THE_PULSE, SEND]
    seen = browser.visit(link(after.society, after.spring), [*steps, ["at", SENT], ["shows", "Where you stand", False]])
    assert seen.kept == []
    assert to_release(seen) == []


def test_whoever_does_not_see_a_place_has_no_earlier_round_or_answered_nothing(after, browser):
    """Nothing is offered for an empty form."""
    steps = [*TO_THE_PULSE, ["click", "Next"], ["at", "Look it over"], SEND, ["at", SENT]]
    browser.visit(link(after.society, after.spring), [*steps, ["shows", "Where you stand", False]])


def test_support_is_a_link_away_on_every_page_of_the_form_and_named_after_sending(after, browser):
    form = [["follows", "Support"], *THE_PULSE[:2], ["follows", "Support"], ["ticked", "team", "South"]]
    end = [SEND, ["at", SENT], ["shows", "Somebody <b>to</b> call"], ["shows", "Free of charge. 0800 000 +800000"]]
    seen = browser.visit(
        link(after.society, after.spring), [*TO_THE_PULSE, *form, *THE_PULSE[2:], ["follows", "Support"], *end]
    )
    support = after.society.url("site", "/support")
    assert (
        seen.followed
        == [{"url": support, "title": "Where to find support", "stays": True, "opener": False, "referrer": ""}] * 3
    )
    assert [r["headers"].get("referer", "") for r in seen.requests if r["url"] == support] == ["", "", ""]


def test_the_support_page_is_whole_without_a_script(after, browser):
    seen = browser.visit(
        after.society.url("site", "/support"), [["at", "Where to find support"], ["text"]], script=False
    )
    assert "0800 000" in seen.texts[0]


def test_the_support_page_is_accessible_and_whole_in_every_window(after, browser):
    seen = browser.visit(after.society.url("site", "/support"), [["look", "support"], ["shot", "support"]])
    assert [one for one in seen.looks if one["found"]] == []


def test_the_list_of_releases_is_accessible_and_whole_in_every_window(after, browser):
    seen = browser.visit(after.society.url("site", "/releases/"), [["at", "Results"], ["look", "releases"]])
    assert [one for one in seen.looks if one["found"]] == []
    assert faults(seen) == []


@pytest.fixture
def evil(after):
    """A script among the files of a release, listed and signed like the others: any other is not served at all."""
    path, listed, signature = (after.folder / name for name in ("evil.js", SUMS, SIGNATURE))
    before = listed.read_bytes(), signature.read_bytes()
    path.write_text("globalThis.evil = 'ran';")
    files = {one.name: one.read_bytes() for one in after.folder.iterdir() if one not in (listed, signature)}
    listed.write_bytes(sums(files))
    signature.write_bytes(sign_sums(listed.read_bytes(), read_signing_key(after.society.house.signing_key)))
    yield f"/releases/{after.before.id}/evil.js"
    path.unlink()
    listed.write_bytes(before[0])
    signature.write_bytes(before[1])


LAX = [["under_policy", "**/support", "script-src 'self' data:"]]


def test_a_script_among_the_files_of_a_release_never_runs(after, browser, evil):
    """Not under the answering page's policy, and because of its type not under a laxer one either."""
    tries = [["runs", evil], ["runs", evil, "module"], ["runs", urlsplit(tables_address(after)).path]]
    served = urllib3.request("GET", after.society.url("site", evil), headers=CLOSE)
    assert (served.status, served.headers["Content-Type"]) == (200, "application/octet-stream")
    address = f"{after.society.url('site')}/round#{after.spring.id}"
    strict = browser.visit(address, [["at", "Pulse"], *tries])
    assert strict.ran == ["refused"] * 3
    assert sum("Content Security Policy" in line for line in strict.console) >= 3
    lax = browser.visit(after.society.url("site", "/support"), tries, before=LAX)
    assert lax.ran == ["refused"] * 3
    assert not any("Content Security Policy" in line for line in lax.console)


def test_another_script_would_run_under_the_laxer_policy(after, browser):
    """So that the test above can fail."""
    script = ["runs", "data:text/javascript,globalThis.evil='ran'"]
    assert browser.visit(after.society.url("site", "/support"), [script], before=LAX).ran == ["ran"]


def test_the_link_of_a_round_that_is_closed_leads_to_its_results_once_they_are_published(after, browser):
    results = f"releases/{after.before.id}/index.html"
    way = [["at", "This round is closed"], ["axe"], ["leads", results], ["at", "Pulse"]]
    seen = browser.visit(after.society.url("site", f"/round#{after.before.id}"), way)
    assert seen.addresses[-1] == after.society.url("site", f"/{results}")
    assert faults(seen) == []


def test_a_release_opens_in_a_browser_with_and_without_the_final_slash(after, browser):
    release = after.society.url("site", f"/releases/{after.before.id}")
    steps = [["opens", release], ["opens", f"{release}/"], ["opens", f"{release}/measurements.json"]]
    seen = browser.visit(after.society.url("site", "/"), steps, DESKTOP)
    (status, address, title), with_slash, plain = seen.opened
    assert (status, address, title) == (200, f"{release}/", "Pulse")
    assert with_slash == [200, f"{release}/", "Pulse"]
    assert plain[0] == 200
    assert json.loads(Path(after.folder / "measurements.json").read_text())
