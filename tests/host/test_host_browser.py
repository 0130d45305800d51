"""The whole way in a real browser against real servers: link, promise, pass, seven kinds, review, sent, opened.

Needs Debian's Chromium, node, and `npm ci` in survey/client; where one of them is missing, this says so and skips.
"""

import json
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from visits import DESKTOP, FOUND, PHONE, SENT, code_in, faults, in_a_browser, link, opened_ballots
from ways import ANSWERS, KEEP, LOOKING_AT_THE_FORM, LOOKING_TO_THE_FORM, SEND, THE_FORM, TO_THE_FORM

from survey.forms.codec import encode
from survey.sealing import Status

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def phone(browser, online):
    """The whole way on a small phone, once, with everything that the browser sent."""
    address = link(online.society, online.kinds)
    seen = browser.visit(
        address, [*LOOKING_TO_THE_FORM, *LOOKING_AT_THE_FORM, SEND, ["at", SENT], ["axe"], ["shot", "sent"]]
    )
    return SimpleNamespace(seen=seen, code=code_in(address))


def test_the_tally_opens_the_record_that_the_answers_make(online, phone):
    record = encode(online.kinds.form, ANSWERS)
    assert (record, Status.ANSWERS) in opened_ballots(online.society, online.kinds)


def test_no_request_goes_elsewhere_and_none_has_the_code_in_its_address(online, phone):
    places = {urlsplit(online.society.url(role)).netloc for role in ("registrar", "intake", "site")}
    assert {urlsplit(request["url"]).netloc for request in phone.seen.requests} == places
    for request in phone.seen.requests:
        address = urlsplit(request["url"])
        assert (address.query, phone.code in request["url"]) == ("", False)
        assert "cookie" not in request["headers"]
        assert request["headers"].get("referer", "") == ""


def text_of(request: dict) -> str:
    return bytes.fromhex(request["body"] or "").decode("latin-1")


def test_the_code_goes_to_the_registrar_alone_and_no_request_carries_an_answer(online, phone):
    registrar = urlsplit(online.society.url("registrar")).netloc
    carriers = [r for r in phone.seen.requests if phone.code in json.dumps([*r["headers"].values(), text_of(r)])]
    assert {(r["method"], urlsplit(r["url"]).netloc) for r in carriers} == {("POST", registrar)}
    record = encode(online.kinds.form, ANSWERS)
    assert not any(record in bytes.fromhex(request["body"] or "") for request in phone.seen.requests)


def test_the_address_bar_never_keeps_the_code(phone):
    assert all("#" not in address and phone.code not in address for address in phone.seen.addresses)


def test_nothing_is_wider_than_a_small_phone_and_the_browser_finds_no_fault(phone):
    assert phone.seen.widest <= PHONE["width"]
    assert faults(phone.seen) == []


def test_after_sending_no_secret_and_no_cookie_is_left(online, phone):
    assert phone.seen.cookies == []
    assert phone.seen.kept == [f"subrosa/sent/{online.kinds.id}"]


def test_on_a_dark_desktop_kept_answers_can_be_changed_after_a_reload_and_taken_back(browser, online):
    steps = [
        *TO_THE_FORM,
        *THE_FORM,
        KEEP,
        SEND,
        ["at", SENT],
        ["reload"],
        ["at", FOUND],
        ["click", "Go on"],
        ["at", SENT],
        ["click", "Take my answers back"],
        ["at", "Your answers are taken back"],
    ]
    society, manifest = online.society, online.kinds
    before = society.box.count(manifest.id_bytes)
    withdrawn = [status for _, status in opened_ballots(society, manifest)].count(Status.WITHDRAWN)
    seen = browser.visit(link(society, manifest), steps, DESKTOP, "dark")
    assert faults(seen) == []
    assert society.box.count(manifest.id_bytes) == before + 1
    assert [status for _, status in opened_ballots(society, manifest)].count(Status.WITHDRAWN) == withdrawn + 1


def test_the_browsers_own_back_and_forward_stay_within_the_form(browser, online):
    way = [
        *TO_THE_FORM,
        ["tick", "industry", "Technology"],
        ["click", "Next"],
        ["at", "What you are working on"],
        ["back"],
        ["at", "Where you work"],
        ["ticked", "industry", "Technology"],
        ["forward"],
        ["at", "What you are working on"],
    ]
    browser.visit(link(online.society, online.kinds), way)
