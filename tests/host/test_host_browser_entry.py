"""In a real browser: how a code, or what it must not leave behind, leads into a round."""

import pytest
from societies import PULSE, opened
from visits import SENT, faults, in_a_browser, link
from ways import SEND, THE_PULSE, TO_THE_PULSE

from host.inviting import revoke_code
from host.lifecycle import close
from survey.registrar.codes import new_code
from survey.rounds.times import now

pytestmark = in_a_browser

TO_THE_CODE = TO_THE_PULSE[:3]


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        ("used", "This code was used already"),
        ("revoked", "This code was taken back"),
        ("wrong", "This round does not know the code"),
    ],
)
def test_a_code_that_does_not_work_has_a_page_that_says_why(browser, online, problem, title):
    house, address = online.society.house, link(online.society, online.pulse)
    if problem == "used":
        browser.visit(address, TO_THE_PULSE)
    elif problem == "revoked":
        revoke_code(house, house.rounds.find(online.pulse.id), address)
    else:
        address = f"{address.rpartition('.')[0]}.{new_code()}"
    way = [
        *TO_THE_PULSE[:-1],
        ["at", title],
        ["shot", problem],
        ["click", "Enter another code"],
        ["at", "Your code"],
    ]
    assert faults(browser.visit(address, way)) == []


def test_a_code_that_lacks_a_letter_is_said_in_place(browser, online):
    way = [
        *TO_THE_CODE,
        ["fill", "Code", "abcde-fghij"],
        ["click", "Use my code"],
        ["reads", "A code has 26 letters and digits."],
    ]
    browser.visit(link(online.society, online.pulse).rpartition(".")[0], way)


def test_a_code_with_a_letter_mistyped_is_told_as_that_and_a_1_is_not_guessed_at(browser, online):
    code = "abcde-fghij-klmno-pqrst-uvwxy-a"
    way = [
        *TO_THE_CODE,
        ["fill", "Code", code[:-1] + "9"],
        ["click", "Use my code"],
        ["reads", "A letter or digit may be mistyped."],
        ["fill", "Code", code.replace("l", "1")],
        ["click", "Use my code"],
        ["reads", "A code has no digit 1. Type the letter I or L instead"],
    ]
    seen = browser.visit(link(online.society, online.pulse).rpartition(".")[0], way)
    assert not any(request["method"] == "POST" for request in seen.requests)


def test_from_the_home_page_a_code_on_paper_leads_into_its_round(browser, online):
    code = link(online.society, online.pulse).rpartition(".")[2]
    way = [
        ["leads", f"round#{online.pulse.id}"],
        ["at", "Pulse"],
        ["reads", "Registrar, intake and tally are run by Our society: while the round is open, you trust them"],
        *TO_THE_CODE,
        ["fill", "Code", code],
        ["click", "Use my code"],
        ["at", "You"],
    ]
    browser.visit(online.society.url("site", "/"), way)


def test_rounds_of_one_title_are_told_apart_by_date_and_number(browser, online):
    twin = opened(online.society, name="twin", epsilon=0.01)
    other = opened(
        online.society, name="other", form=PULSE.replace('title = "Pulse"', 'title = "A heartbeat"'), epsilon=0.01
    )
    day = twin.closes.strftime("%-d %B %Y")
    numbers = [f"Pulse (open until {day}, number {one.id[:8]}…)" for one in (online.pulse, twin)]
    alone = f"A heartbeat (open until {day})"
    way = [["at", "Which round?"], *[["reads", words] for words in (*numbers, alone)], ["axe"]]
    seen = browser.visit(online.society.url("site", "/round"), way)
    for extra in (twin, other):
        close(online.society.house, online.society.house.rounds.find(extra.id), now(), early=True)
    assert faults(seen) == []


def test_a_code_can_be_typed_and_a_shared_computer_keeps_nothing(browser, online):
    address, _, code = link(online.society, online.pulse).rpartition(".")
    before = online.society.box.count(online.pulse.id_bytes)
    way = [
        *TO_THE_CODE,
        ["fill", "Code", code.upper().replace("-", " ")],
        ["check", "This is a shared computer"],
        ["click", "Use my code"],
        ["at", "You"],
        *THE_PULSE,
        SEND,
        ["at", SENT],
    ]
    assert browser.visit(address, way).kept == []
    assert online.society.box.count(online.pulse.id_bytes) == before + 1


def test_whoever_leaves_a_shared_computer_leaves_nothing_there_not_even_for_the_way_back(browser, online):
    way = [
        *TO_THE_CODE,
        ["check", "This is a shared computer"],
        ["click", "Use my code"],
        ["at", "You"],
        ["tick", "team", "South"],
        ["hide_page"],
        ["shows", "South", False],
    ]
    assert browser.visit(link(online.society, online.pulse), way).kept == []


@pytest.mark.parametrize("steps", [[], [["check", "This is a shared computer"]]])
def test_leaving_quickly_is_offered_at_once_and_leads_to_an_empty_page(browser, online, steps):
    way = [*TO_THE_CODE, *steps, ["click", "Leave quickly"], ["is_blank"]]
    browser.visit(link(online.society, online.pulse), way)


def test_the_way_back_after_leaving_quickly_shows_no_draft(browser, online):
    way = [
        *TO_THE_CODE,
        ["check", "Keep a draft in this tab while I answer"],
        ["click", "Use my code"],
        ["at", "You"],
        ["tick", "team", "South"],
        ["click", "Next"],
        ["click", "Leave quickly"],
        ["is_blank"],
        ["back"],
        ["at", "You have been here before"],
        ["reads", "Your pass is in this browser, but no answers."],
    ]
    browser.visit(link(online.society, online.pulse), way)
