"""The network is cut at every request of a whole run, in a real Chromium: one response counts, and no code is burnt.

A request is lost on its way out, or its answer on the way back, when the service has acted already; and this as
often as the page tries by itself, so that she has to do something: try again, or load the page anew.
"""

from types import SimpleNamespace

import pytest
from visits import FOUND, SENT, Browser, Steps, in_a_browser, link, opened_ballots

from survey.forms.codec import encode
from survey.sealing import Status

pytestmark = in_a_browser

ANSWERS = {"team": "south", "mood": 4, "tools": ("saw",)}
NO_ANSWER = "The service does not answer. Check your connection and try again; nothing is lost."
ATTEMPTS = 5  # that the page makes by itself
TO_THE_CODE: Steps = [["at", "Pulse"], ["click", "Go on"], ["at", "Your code"]]
USE: Steps = [["click", "Use my code"]]
ANSWER: Steps = [
    ["at", "You"],
    ["tick", "team", "South"],
    ["tick", "mood", "4"],
    ["tick", "tools", "Saw"],
    ["click", "Next"],
    ["at", "Look it over"],
]
SEND: Steps = [["click", "Send my answers"]]
ARRIVED: Steps = [["at", SENT], ["reads", "The intake has confirmed that it holds them, locked."]]
EVERY_WAY = pytest.mark.parametrize("way", ["again", "reload"])
EVERY_LOSS = pytest.mark.parametrize("lost", ["out", "reply"])


class Respondent:
    """One invitation to the short round, and what became of it."""

    def __init__(self, browser: Browser, online: SimpleNamespace) -> None:
        self._browser, self._society, self._round = browser, online.society, online.pulse
        self._before = self._counts()
        self.link = link(self._society, self._round)

    def goes(self, *steps: list, before: tuple[list, ...] = ()) -> SimpleNamespace:
        return self._browser.visit(self.link, list(steps), before=[["hurry"], *before])

    def place(self, service: str, path: str) -> str:
        return self._society.url(service, f"/v1/rounds/{self._round.id}/{path}")

    def _counts(self) -> tuple[int, int, int]:
        ballots = opened_ballots(self._society, self._round)
        ours = ballots.count((encode(self._round.form, ANSWERS), Status.ANSWERS))
        return self._society.register.counts(self._round.id_bytes).spent, len(ballots), ours

    def counts_once(self) -> bool:
        """One code used, one response in the box, and it says what she answered."""
        return self._counts() == tuple(before + 1 for before in self._before)


@pytest.fixture
def respondent(browser, online) -> Respondent:
    return Respondent(browser, online)


class TestLost:
    """Each request in turn, as often as the page makes it by itself."""

    # These change nothing at the services: each is lost both ways and gone on from both ways, by one respondent. What
    # spends a code, and what hands in answers, is tried in every combination.
    @pytest.mark.parametrize(
        ("service", "path", "spared", "before_reload", "before_again"),
        [
            ("registrar", "manifest", 1, "reply", "out"),
            ("intake", "manifest", 0, "out", "reply"),
            ("intake", "closing", 0, "reply", "out"),
        ],
    )
    def test_before_the_promise_is_shown(self, respondent, service, path, spared, before_reload, before_again):
        first, second = (
            ["lose", "GET", respondent.place(service, path), spared, [lost] * ATTEMPTS]
            for lost in (before_reload, before_again)
        )
        failed = [["at", "That did not work"], ["reads", NO_ANSWER]]
        # The link is out of the address bar by now, so a reload asks which round it was.
        reload = [["reload"], ["at", "Which round?"], second, ["goes", respondent.link]]
        again = [["click", "Try again"]]
        respondent.goes(
            *(failed + reload + failed + again), *(TO_THE_CODE + USE + ANSWER + SEND + ARRIVED), before=(first,)
        )
        assert respondent.counts_once()

    @EVERY_WAY
    @EVERY_LOSS
    def test_when_the_pass_is_fetched_and_when_the_answers_are_sent(self, respondent, lost, way):
        cuts = (
            ["lose", "POST", respondent.place("registrar", "token-request"), 0, [lost] * ATTEMPTS],
            ["lose", "PUT", respondent.place("intake", "response"), 0, [lost] * ATTEMPTS],
        )
        to_the_code = _found("Your code was on its way to the registrar when the page was left. Nothing is lost.")
        to_the_end = _found(
            "Your answers were on their way when the page was left. They can be sent again; they count once."
        )
        fetched = {"again": USE, "reload": [*to_the_code, ["at", "Your code"], *USE]}
        sent = {"again": SEND, "reload": to_the_end}
        respondent.goes(
            *(TO_THE_CODE + USE),
            ["reads", NO_ANSWER],
            *(fetched[way] + ANSWER + SEND),
            ["reads", NO_ANSWER],
            *(sent[way] + ARRIVED),
            before=cuts,
        )
        assert respondent.counts_once()


def _found(words: str) -> Steps:
    """The page is loaded anew, says this, and goes on."""
    return [["reload"], ["at", FOUND], ["reads", words], ["click", "Go on"]]


@EVERY_LOSS
def test_where_one_service_gives_no_manifest_the_other_is_asked_first(respondent, lost):
    cut = ["lose", "GET", respondent.place("registrar", "manifest"), 0, [lost] * ATTEMPTS]
    respondent.goes(*(TO_THE_CODE + USE + ANSWER + SEND + ARRIVED), before=(cut,))
    assert respondent.counts_once()


def test_what_is_lost_once_is_asked_for_again_without_a_word(respondent):
    every = [
        ("GET", "registrar", "manifest"),
        ("GET", "intake", "manifest"),
        ("GET", "intake", "closing"),
        ("POST", "registrar", "token-request"),
        ("PUT", "intake", "response"),
    ]
    cuts = tuple(["lose", how, respondent.place(service, path), 0, ["out", "reply"]] for how, service, path in every)
    seen = respondent.goes(*(TO_THE_CODE + USE + ANSWER + SEND + ARRIVED), before=cuts)
    for how, service, path in every:
        wanted = (how, respondent.place(service, path))
        assert [(r["method"], r["url"]) for r in seen.requests].count(wanted) >= 3
    assert respondent.counts_once()


def test_a_reload_between_click_and_answer_loses_nothing(respondent):
    """The page is left while the registrar's signature, and later the intake's confirmation, is on its way."""
    cuts = (
        ["lose", "POST", respondent.place("registrar", "token-request"), 0, ["hang"]],
        ["lose", "PUT", respondent.place("intake", "response"), 0, ["hang"]],
    )
    again = [["hangs"], ["reload"], ["at", FOUND], ["click", "Go on"]]
    way = [*TO_THE_CODE, *USE, *again, ["at", "Your code"], *USE, *ANSWER, *SEND, *again, *ARRIVED]
    respondent.goes(*way, before=cuts)
    assert respondent.counts_once()


def test_a_double_click_sends_once(respondent):
    seen = respondent.goes(
        *TO_THE_CODE, ["click_twice", "Use my code"], *ANSWER, ["click_twice", "Send my answers"], *ARRIVED
    )
    assert [request["method"] for request in seen.requests if request["method"] != "GET"] == ["POST", "PUT"]
    assert respondent.counts_once()


def test_a_phone_that_is_offline_for_a_while_goes_on_where_it_was(respondent):
    away = [["offline", True], *USE, ["reads", NO_ANSWER], ["offline", False]]
    later = [["offline", True], *SEND, ["reads", NO_ANSWER], ["offline", False]]
    respondent.goes(*TO_THE_CODE, *away, *USE, *ANSWER, *later, *SEND, *ARRIVED)
    assert respondent.counts_once()


def test_a_reload_before_anything_was_sent_says_that_the_answers_are_gone(respondent):
    found = "Your pass is in this browser, but no answers."
    respondent.goes(
        *(TO_THE_CODE + USE + ANSWER),
        ["reload"],
        ["at", FOUND],
        ["reads", found],
        ["click", "Go on"],
        *(ANSWER + SEND + ARRIVED),
    )
    assert respondent.counts_once()
