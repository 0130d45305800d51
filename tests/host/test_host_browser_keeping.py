"""In a real browser: what is kept, where, by whose wish, and what can be done with it later."""

import json

import pytest
from visits import FOUND, SENT, faults, in_a_browser, link, opened_ballots
from ways import FILE, KEEP, PULSE_SAYS, SEND, THE_FORM, THE_PULSE, TO_THE_FORM, TO_THE_PULSE

from survey.forms.codec import encode
from survey.sealing import Status

pytestmark = in_a_browser

SAVE = ["save", "Save my pass as a file"]
TAKEN_BACK = "Your answers are taken back"


def page_of(online) -> str:
    return f"{online.society.url('site')}/round#{online.pulse.id}"


def statuses(online) -> list[Status]:
    return [status for _, status in opened_ballots(online.society, online.pulse)]


def test_a_reload_after_the_pass_was_fetched_does_not_burn_the_code(browser, online):
    steps = [*TO_THE_PULSE, ["reload"], ["at", FOUND], ["click", "Go on"], ["at", "You"]]
    browser.visit(link(online.society, online.pulse), steps)


def test_a_draft_survives_a_reload_where_it_was_wished_for(browser, online):
    way = [
        *TO_THE_FORM[:-2],
        ["check", "Keep a draft in this tab while I answer"],
        ["click", "Use my code"],
        ["at", "Where you work"],
        ["tick", "industry", "Technology"],
        ["click", "Next"],
        ["at", "What you are working on"],
        ["reload"],
        ["at", FOUND],
        ["click", "Go on"],
        ["at", "Where you work"],
        ["ticked", "industry", "Technology"],
    ]
    browser.visit(link(online.society, online.kinds), way)


def test_a_pass_saved_as_a_file_takes_the_answers_back_from_another_browser(browser, online):
    before = statuses(online).count(Status.WITHDRAWN)
    way = [*TO_THE_PULSE, *THE_PULSE, FILE, SEND, ["at", SENT], ["axe"], ["shot", "file"], SAVE]
    seen = browser.visit(link(online.society, online.pulse), [*way, ["reads", "You have it as a file."]])
    assert faults(seen) == []
    assert [key for key in seen.kept if "kept" in key] == []
    (file,) = seen.saved
    assert file["name"] == f"pass-{online.pulse.id[:8]}.json"
    assert set(json.loads(file["text"])) == {"format", "round", "secret", "token", "revision"}
    later = [
        *TO_THE_PULSE[:3],
        ["unfold", "I have saved a pass file"],
        ["axe"],
        ["choose", file["text"]],
        ["at", "Your pass is open"],
        ["axe"],
        ["shot", "opened"],
        ["click", "Take my answers back"],
        ["at", TAKEN_BACK],
    ]
    seen = browser.visit(page_of(online), later)
    assert (seen.kept, faults(seen)) == ([], [])
    assert statuses(online).count(Status.WITHDRAWN) == before + 1


def test_a_pass_file_changes_answers_on_a_shared_computer_and_leaves_nothing_there(browser, online):
    record = (encode(online.pulse.form, PULSE_SAYS | {"team": "north"}), Status.ANSWERS)
    before = opened_ballots(online.society, online.pulse).count(record)
    seen = browser.visit(
        link(online.society, online.pulse), [*TO_THE_PULSE, *THE_PULSE, FILE, SEND, ["at", SENT], SAVE]
    )
    later = [
        *TO_THE_PULSE[:3],
        ["check", "This is a shared computer"],
        ["unfold", "I have saved a pass file"],
        ["choose", seen.saved[0]["text"]],
        ["at", "Your pass is open"],
        ["click", "Change my answers"],
        ["at", "You"],
        ["tick", "team", "North"],
        *THE_PULSE[1:],
        SEND,
        ["at", SENT],
    ]
    assert browser.visit(page_of(online), later).kept == []
    assert opened_ballots(online.society, online.pulse).count(record) == before + 1


def test_saving_the_pass_as_a_file_as_well_does_not_take_it_from_the_device(browser, online):
    way = [
        *TO_THE_PULSE,
        *THE_PULSE,
        KEEP,
        SEND,
        ["at", SENT],
        SAVE,
        ["click", "Change my answers"],
        ["at", "You"],
        *THE_PULSE,
        SEND,
        ["at", SENT],
        ["reads", "Your pass is kept on this device"],
    ]
    assert f"subrosa/kept/{online.pulse.id}" in browser.visit(link(online.society, online.pulse), way).kept


def test_a_broken_pass_file_and_one_of_another_round_are_told_in_one_sentence(browser, online):
    seen = browser.visit(
        link(online.society, online.pulse), [*TO_THE_PULSE, *THE_PULSE, FILE, SEND, ["at", SENT], SAVE]
    )
    text = seen.saved[0]["text"]
    way = [
        *TO_THE_PULSE[:3],
        ["unfold", "I have saved a pass file"],
        ["choose", text[:-20]],
        ["reads", "This is not a whole pass file."],
        ["choose", "x" * 20_000],
        ["reads", "This is not a whole pass file."],
        ["choose", text.replace(online.pulse.id, online.kinds.id)],
        ["reads", "This pass file belongs to another round."],
        ["axe"],
        ["at", "Your code"],
    ]
    assert faults(browser.visit(page_of(online), way)) == []


def test_two_tabs_with_one_pass_take_turns_and_none_brings_back_what_the_other_deleted(browser, online):
    before = online.society.box.count(online.pulse.id_bytes)
    north = (encode(online.pulse.form, PULSE_SAYS | {"team": "north"}), Status.ANSWERS)
    norths = opened_ballots(online.society, online.pulse).count(north)
    to_the_form = [["at", FOUND], ["click", "Go on"], ["at", SENT], ["click", "Change my answers"], ["at", "You"]]
    way = [
        *TO_THE_PULSE,
        *THE_PULSE,
        KEEP,
        SEND,
        ["at", SENT],
        ["new_page", page_of(online)],
        *to_the_form,
        ["tick", "team", "North"],
        *THE_PULSE[1:],
        ["to_page", 0],
        ["click", "Take my answers back"],
        ["at", TAKEN_BACK],
        ["to_page", 1],
        SEND,
        ["at", SENT],
        ["click", "Change my answers"],
        ["at", "You"],
        ["click", "Next"],
        ["at", "Look it over"],
        ["to_page", 0],
        ["click", "Delete the pass here"],
        ["reads", "The pass was deleted here."],
        ["to_page", 1],
        SEND,
        ["reads", "Your pass is no longer in this browser"],
    ]
    seen = browser.visit(link(online.society, online.pulse), way)
    assert [key for key in seen.kept if "kept" in key] == []
    assert not [line for line in seen.console if "409" in line]  # nobody was outbid
    assert online.society.box.count(online.pulse.id_bytes) == before + 1
    assert opened_ballots(online.society, online.pulse).count(north) == norths + 1


def test_without_a_network_at_sending_nothing_is_lost_and_it_counts_once(browser, online):
    before = online.society.box.count(online.kinds.id_bytes)
    steps = [
        *TO_THE_FORM,
        *THE_FORM,
        ["offline", True],
        SEND,
        ["reads", "Check your connection and try again; nothing is lost."],
        ["offline", False],
        SEND,
        ["at", SENT],
    ]
    browser.visit(link(online.society, online.kinds), steps, before=[["hurry"]])
    assert online.society.box.count(online.kinds.id_bytes) == before + 1


@pytest.mark.parametrize("again", ["Go on", "It is not mine: delete it and begin anew"])
def test_a_withdrawal_that_was_on_its_way_is_told_as_one_after_a_reload(browser, online, again):
    way = [
        *TO_THE_PULSE,
        *THE_PULSE,
        KEEP,
        SEND,
        ["at", SENT],
        ["hurry"],
        ["reload"],
        ["at", FOUND],
        ["click", "Go on"],
        ["at", SENT],
        ["lose", "PUT", "/response", 0, ["out"] * 5],
        ["click", "Take my answers back"],
        ["reads", "nothing is lost."],
        ["reload"],
        ["at", FOUND],
        ["reads", "Your wish to take your answers back was on its way"],
        ["axe"],
        ["click", again],
        ["at", TAKEN_BACK if again == "Go on" else "Pulse"],
    ]
    assert not [line for line in browser.visit(link(online.society, online.pulse), way).console if "axe" in line]
