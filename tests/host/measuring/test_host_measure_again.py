"""Measured once: a name, a term and the same answers, told apart from what was measured before."""

import json
import shutil

import pytest
from societies import opened, some_csv
from staff_answers import ROWS, files_of, folders, stored, words

from host.promising import Unpromisable


def test_the_term_is_charged_once_and_a_repeated_name_leads_to_the_stored_measurement(measured, ask, told):
    before = stored(measured)
    ran = ask(*words(out="elsewhere"))
    assert ran.code == 2
    assert "subrosa publish staff --out DIR" in ran.err
    assert stored(measured) == before
    assert ask("publish", "staff", "--out", "elsewhere").code == 0
    assert files_of(measured.folder / "elsewhere") == files_of(measured.folder / "out-staff")
    assert len(measured.house.ledger().entries()) == 1
    assert "staff" in ask("ledger").out
    begun = measured.house.ledger().entries()[0].round_id[:8]
    assert told(measured, "publish", begun, "--out", "again")["round"].startswith(begun)


def test_rounds_and_measurements_do_not_share_a_name(ready, ask):
    opened(ready, "spring", epsilon=0.5)
    ran = ask(*words("spring"))
    assert (ran.code, ran.out) == (2, "")
    assert "A round named 'spring' exists already" in ran.err
    assert ready.house.ledger().entries() == ()
    assert ask(*words("staff")).code == 0
    with pytest.raises(Unpromisable, match="as 'staff' already"):
        opened(ready, "staff", epsilon=0.5)


def test_a_term_that_a_measurement_promised_stays(measured, ask):
    measured.config.write_text(measured.config.read_text().replace("epsilon = 6.0", "epsilon = 9.0"))
    with pytest.raises(Unpromisable, match="The measurement 'staff' promised a term"):
        opened(measured, "spring", epsilon=0.5)


def test_the_same_answers_are_measured_twice_only_if_the_host_says_so(measured, ask, told):
    reordered = some_csv(ROWS).splitlines()
    measured.write(
        "other.csv", "\r\n".join([reordered[0], *reversed(reordered[1:])]).replace("north", "North") + "\r\n"
    )
    for answers in ("answers.csv", "other.csv"):
        before = stored(measured), folders(measured)
        ran = ask(*words("second", None, answers))
        assert (ran.code, ran.out) == (2, "")
        assert "measured before, as 'staff'" in ran.err
        assert "the charges add up" in ran.err
        assert "--again" in ran.err
        assert (stored(measured), folders(measured)) == before
    ran = ask(*words("second", None, "other.csv", "--again", "--json"))
    assert ran.code == 0
    assert "measured before, as 'staff'" in ran.err
    assert json.loads(ran.out)["measured_before_as"] == ["staff"]
    assert len(measured.house.ledger().entries()) == 2
    ran = ask(*words("third"))
    assert "as 'staff' and 'second'" in ran.err
    measured.write("answers.csv", some_csv(ROWS + 1))
    assert told(measured, *words("fourth"))["measured_before_as"] == []


def test_that_answers_are_the_same_is_said_before_that_the_term_cannot_pay(ready, ask):
    assert ask(*words("first"), "--epsilon", 5).code == 0
    for again, said, unsaid in (((), "--again", "the term has"), (("--again",), "the term has", "--again")):
        ran = ask(*words("second"), "--epsilon", 5, *again)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert unsaid not in ran.err
    assert len(ready.house.ledger().entries()) == 1


def test_where_marks_are_lost_it_charges_nothing_or_says_what_was_not_compared(measured, ask):
    marks = measured.folder / "tally" / "answers"
    (marks / "key").unlink()
    before = stored(measured), folders(measured)
    ran = ask(*words("second"))
    assert (ran.code, ran.out) == (2, "")
    assert "nothing was charged" in ran.err
    assert f"remove the folder {marks}" in ran.err
    assert (stored(measured), folders(measured)) == before
    shutil.rmtree(marks)
    ran = ask(*words("second", None, "answers.csv", "--json"))
    assert ran.code == 0
    assert "The marks of the answers measured as 'staff' are lost" in ran.err
    assert json.loads(ran.out)["not_compared_with"] == ["staff"]


def test_a_stray_or_damaged_manifest_blocks_nothing_but_itself(ready, ask, told):
    opened(ready, "spring", epsilon=0.5)
    for name in ("first", "second"):
        assert ask(*words(name, None, "answers.csv", "--again")).code == 0
    first, second = [entry.round_id for entry in ready.house.ledger().entries()]
    folder = ready.folder / "measured"
    shutil.copy(folder / f"{second}.json", folder / f"{second} (copy).json")
    (folder / "notes.json").write_text("{}")
    (folder / f"{first}.json").write_text("{}")
    assert "not measured yet" in ask("publish", "spring").err
    assert ask("publish", "second", "--out", "again").code == 0
    assert ask("ledger").code == 0
    opened(ready, "autumn", epsilon=0.5)
    for name in (first, first[:10], "first"):
        ran = ask("publish", name, "--out", "never")
        assert (ran.code, ran.out) == (2, "")
        assert f"{first}.json cannot be read" in ran.err
    assert f"measured before, as '{first[:8]}' and 'second'" in ask(*words("third")).err


def test_a_carried_measurement_is_refused_for_answers_that_were_measured_here(measured, ask):
    ran = ask("publish", "staff", "--out", "again", "--measurement", "carried.json")
    assert (ran.code, ran.out) == (2, "")
    assert "--measurement is for rounds" in ran.err
    assert not (measured.folder / "again").exists()
