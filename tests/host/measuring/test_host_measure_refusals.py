"""What `subrosa measure` refuses: nothing is charged, nothing is left behind, and no answer is told."""

import re

import pytest
from societies import opened
from staff_answers import folders, stored, words


def test_an_out_that_exists_is_refused_before_anything_is_charged(ready, ask):
    (ready.folder / "taken").mkdir()
    (ready.folder / "link").symlink_to("nowhere")
    for out in ("taken", "answers.csv", "link", "answers.csv/below"):
        before = stored(ready), folders(ready)
        ran = ask(*words(out=out))
        assert ran.code == 2, ran
        assert "--out" in ran.err
        assert (stored(ready), folders(ready)) == before


BROKEN = "team,mood,tools\nnorth,3,saw\nsouth,canary-7391,pen\n"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (BROKEN, "row 3, column mood: is not a whole number"),
        ("team,mood,tools\n,,\n", "no row with an answer"),
        ("team,mood\nnorth,3\n", "row 1, column tools: is missing"),
        ("team,mood,tools\nnorth,3,saw,canary-7391\n", "row 2: has more cells"),
        ("", "row 1"),
    ],
)
def test_a_table_that_breaks_the_form_charges_nothing_and_its_values_are_not_told(ready, ask, table, said):
    ready.write("bad.csv", table)
    before = stored(ready), folders(ready)
    ran = ask(*words("staff", None, "bad.csv"))
    assert ran.code == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert said in ran.err
    assert "canary" not in ran.err
    assert (stored(ready), folders(ready)) == before


def test_up_to_twenty_faulty_rows_are_told_at_once_one_a_line(ready, ask):
    ready.write("bad.csv", "team,mood,tools\n" + "north,canary-7391,saw\nsouth,3,pen\n" * 23)
    ran = ask(*words("staff", None, "bad.csv"))
    lines = ran.err.splitlines()
    assert ran.code == 2
    assert [line.partition(": is not")[0] for line in lines[:-1]] == [
        f"subrosa: row {2 + 2 * i}, column mood" for i in range(20)
    ]
    assert lines[-1] == "subrosa: Further rows with faults: 3."
    assert "canary" not in ran.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--epsilon", 8), "the term has"),
        (("--minimum-responses", 151), "--minimum-responses is more than"),
        (("--by", "colour"), "not a cohort question"),
        (("--name", "Not A Name"), "name is made of"),
        (("--form", "no.toml"), ""),
    ],
)
def test_what_cannot_be_promised_leaves_nothing_behind(ready, ask, change, said):
    before = stored(ready), folders(ready)
    ran = ask(*words(), *change)
    assert ran.code == 2, ran
    assert said in ran.err
    assert (stored(ready), folders(ready)) == before


def test_a_society_without_its_key_or_its_tally_measures_nothing(ready, ask):
    for part, said in (("host/signing.pem", "signing key"), ("tally", "ledger is not on this machine")):
        (ready.folder / part).rename(ready.folder / "away")
        ran = ask(*words())
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
        assert not (ready.folder / "measured").exists()
        (ready.folder / "away").rename(ready.folder / part)
    assert ready.house.ledger().entries() == ()


def test_nothing_is_charged_to_a_term_that_is_over(ready, ask):
    text = ready.config.read_text()
    ready.config.write_text(re.sub(r"start = .*\nend = .*", "start = 2020-01-01\nend = 2020-12-31", text))
    ran = ask(*words())
    assert ran.code == 2
    assert "Today is not in the term" in ran.err


def test_what_open_rounds_were_promised_is_not_spent(ready, ask):
    opened(ready, "spring", epsilon=5.9)
    ran = ask(*words(), "--epsilon", 3)
    assert ran.code == 2
    assert "the term has" in ran.err
    assert ready.house.ledger().entries() == ()
