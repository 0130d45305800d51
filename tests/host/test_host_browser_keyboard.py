"""The whole way with a keyboard alone, in a real Chromium: keys go in, and the tally opens what they said."""

import pytest
from visits import DESKTOP, PHONE, SENT, faults, in_a_browser, link, opened_ballots

from survey.forms.codec import encode
from survey.sealing import Status

pytestmark = in_a_browser

KEEP = "Keep my pass on this device, so that I can change or take back my answers until the round closes"
KEYS_SAY = {
    "industry": "care",
    "size": "50-249",
    "priorities": ("pay", "hiring"),
    "okrs": (("retain", "turnover", "behind"), ("hire", "time_to_fill", "done")),
    "blockers": ("cost", "belief"),
    "heard": 2,
    "people_budget": "1000-1778",
    "burnout": "12-14",
}


def pressing(name: str) -> list:
    """To a button and into it; a space does what a mouse does."""
    return [["tab_to", name], ["keys", "Space" if name == "Next" else "Enter"]]


def choosing(box: str, beginning: str) -> list:
    """In a select box, the entry that begins so."""
    return [["tab_to", box], ["writes", beginning]]


TO_THE_FORM = [
    ["at", "What moves the needle"],
    ["walk"],
    ["tab_to", "Skip to the content"],
    ["keys", "Enter"],
    *pressing("Go on"),
    ["at", "Your code"],
    ["walk"],
    ["tab_to", "Use my code"],
    ["tab_back_to", "Keep a draft in this tab while I answer"],
    ["keys", "Space", "Space"],
    *pressing("Use my code"),
]
THE_FORM = [
    ["at", "Where you work"],
    ["walk"],
    ["tab_to", "Technology"],
    ["keys", "ArrowDown"],
    ["tab_to", "None: I advise other companies"],
    ["keys", "ArrowDown", "ArrowDown"],
    *pressing("Next"),
    ["at", "What you are working on"],
    ["walk"],
    *choosing("Number 1", "Pay"),
    ["tab_to", "Number 2"],
    ["keys", "ArrowDown", "ArrowDown"],
    *choosing("Objective", "Keep"),
    *choosing("Measured by", "Regretted"),
    *choosing("Progress", "Behind"),
    *choosing("Objective", "Fill"),
    *choosing("Measured by", "Time"),
    *choosing("Progress", "Reached"),
    *pressing("Next"),
    ["at", "What stands in the way"],
    ["walk"],
    ["tab_to", "It costs too much"],
    ["keys", "Space"],
    ["tab_to", "They rarely say no"],
    ["keys", "Space"],  # stands alone, and is taken back again
    ["keys", "Space"],
    ["tab_back_to", "They do not believe in it"],
    ["keys", "Space"],
    ["tab_back_to", "It costs too much"],
    ["keys", "Space"],
    ["tab_to", "1 Never"],
    ["keys", "ArrowRight"],
    *pressing("Next"),
    ["at", "What you have"],
    ["walk"],
    ["tab_to", "EUR per employee and year"],
    ["writes", "1,234.56"],
    ["tab_to", "1 lowest"],
    ["keys", *["ArrowRight"] * 4],
    ["tab_to", "1 lowest"],
    ["keys", *["ArrowRight"] * 3],
    ["tab_to", "1 lowest"],
    ["keys", *["ArrowRight"] * 2],
    ["tab_to", "1 lowest"],
    ["keys", "Space"],
    *pressing("Next"),
    ["at", "Look it over"],
    ["walk"],
    *pressing("Change: What stands in the way"),
    ["at", "What stands in the way"],
    *pressing("Next"),
    ["at", "What you have"],
    *pressing("Next"),
    ["at", "Look it over"],
    *pressing("Send my answers"),
    ["at", SENT],
    ["walk"],
]


@pytest.fixture(scope="module")
def typed(browser, online):
    """The whole way on a phone with a keyboard, in the dark, once."""
    return browser.visit(link(online.society, online.kinds), [*TO_THE_FORM, *THE_FORM], PHONE, "dark")


def test_the_tally_opens_what_the_keys_said(online, typed):
    assert (encode(online.kinds.form, KEYS_SAY), Status.ANSWERS) in opened_ballots(online.society, online.kinds)
    assert faults(typed) == []


def unsuitable(stops: list[dict]) -> list[dict]:
    """Stops that have no name, are out of sight, or whose mark is thin or pale (WCAG 2.2: 1.4.11, 2.4.7, 2.4.11)."""
    return [s for s in stops if not (s["name"] and s["inView"] and s["outline"] >= 2 and s["contrast"] >= 3)]


def test_wherever_the_focus_stops_it_is_seen_and_has_a_name(typed):
    assert len(typed.stops) > 150
    print(unsuitable(typed.stops), typed.walks)
    assert unsuitable(typed.stops) == []


def test_every_control_of_a_screen_is_reached_and_nothing_holds_the_focus(typed):
    promise, code, work, working, way, have, review, sent = typed.walks
    frame = {"Skip to the content", "Our society", "The program on this page"}
    form = frame | {"Language", "Leave quickly", "Back", "Next"}
    assert set(promise) == form - {"Back", "Next"} | {
        "Go on",
        "All questions",
        "Which tables, and how exact they will be",
        "The same in numbers",
    }
    boxes = {"This is a shared computer", "Keep a draft in this tab while I answer"}
    assert set(code) == frame | boxes | {"Leave quickly", "Back", "Use my code", "I have saved a pass file"}
    assert set(work) == form | {"Technology", "None: I advise other companies"}  # one stop a group of radio buttons
    assert set(working) == form | {"Number 1", "Objective", "Measured by", "Progress"}
    assert {"It costs too much", "They rarely say no", "1 Never"} | form <= set(way)
    assert have.count("1 lowest") == 4
    assert {"Change: Where you work", KEEP, "Send my answers"} <= set(review)
    assert set(sent) == frame | {"Leave quickly", "on the society's page"}


def test_what_was_sent_is_taken_back_with_keys_alone(browser, online):
    society, pulse = online.society, online.pulse
    way = [
        ["at", "Pulse"],
        *pressing("Go on"),
        ["at", "Your code"],
        *pressing("Use my code"),
        ["at", "You"],
        ["tab_to", "North"],
        ["keys", "Space"],
        ["tab_to", "Leave this out"],  # only there once something is chosen
        ["keys", "Enter", "ArrowDown"],  # the focus is on the first option again, and South comes after North
        *pressing("Next"),
        ["at", "Look it over"],
        ["tab_to", KEEP],
        ["keys", "Space"],
        *pressing("Send my answers"),
        ["at", SENT],
        *pressing("Take my answers back"),
        ["at", "Your answers are taken back"],
    ]
    before = society.box.count(pulse.id_bytes)
    withdrawn = [status for _, status in opened_ballots(society, pulse)].count(Status.WITHDRAWN)
    seen = browser.visit(link(society, pulse), way, DESKTOP)
    assert unsuitable(seen.stops) == []
    assert society.box.count(pulse.id_bytes) == before + 1
    assert [status for _, status in opened_ballots(society, pulse)].count(Status.WITHDRAWN) == withdrawn + 1
