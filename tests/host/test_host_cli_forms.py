"""`subrosa form`: how long a form takes, and the conversation sheet of one."""

import json
import math
from io import StringIO
from pathlib import Path

import pytest
from societies import PULSE as OWN_FORM
from societies import later

from host.form_words import ids_in_words
from survey.forms.answers_csv import read_answers
from survey.forms.codec import decode
from survey.forms.loading import bundled, bundled_sheet_text, bundled_text, form_from_toml
from survey.forms.model import Scale, Score, option_lists
from survey.forms.reading import minutes
from survey.rounds.manifest import read_manifest

OWN_SHEET = """
title = "To talk about"
intro = "Nothing is collected."
before = { title = "Before", lines = ["Be kind."] }
after = { title = "After", lines = ["Thank each other."] }
[[topic]]
question = "team"
ask = ["Who are we?"]
[[topic]]
question = "mood"
ask = ["What was good?"]
[[topic]]
question = "tools"
ask = ["What do we need?"]
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "my-form.toml").write_text(OWN_FORM)
    return tmp_path / "my-form.toml"


def test_form_check_says_how_long_a_form_takes_in_each_language(ask):
    told = json.loads(ask("form", "check", "hr-benchmark", "--json").out)["minutes"]
    assert [one["language"] for one in told] == ["en", "es"]
    for one in told:
        exact = minutes(bundled("hr-benchmark"), one["language"])
        assert one["minutes"] == math.ceil(exact * 10) / 10 < 7
    english, spanish = (one["minutes"] for one in told)
    said = ask("form", "check", "hr-benchmark").out
    assert f"It takes about {english} minutes in en, {spanish} minutes in es to read and answer all of it." in said


def test_a_form_that_names_no_language_takes_as_long_in_all(ask, own):
    (told,) = json.loads(ask("form", "check", own, "--json").out)["minutes"]
    assert told["language"] is None
    assert f"It takes about {told['minutes']} minutes to read" in ask("form", "check", own).out


def test_form_check_lists_the_texts_that_lack_a_language(ask, own):
    assert "lack" not in ask("form", "check", own).out
    assert json.loads(ask("form", "check", own, "--json").out)["untranslated"] == []
    own.write_text(OWN_FORM.replace('label = "Mood"', 'label = { en = "Mood", es = "Ánimo" }'))
    ran = ask("form", "check", own)
    assert ran.code == 0
    assert '  team: "North" lacks en, es' in ran.out
    assert "mood:" not in ran.out.partition("texts lack a language")[2]
    told = json.loads(ask("form", "check", own, "--json").out)["untranslated"]
    assert {"place": "team", "text": "North", "lacks": ["en", "es"]} in told
    own.write_text(OWN_FORM.replace('label = "Mood"', 'label = { en = "Mood" }'))
    assert '"North" lacks en' in ask("form", "check", own).out


def test_a_sheet_is_written_in_the_language_that_was_asked_for(ask, tmp_path):
    for language, said in (("en", "Before you begin"), ("es", "Antes de empezar")):
        ran = ask("form", "sheet", "team-pulse", "--language", language, "--out", tmp_path / f"{language}.html")
        assert ran.code == 0
        assert "nothing of it is collected" in ran.out
        assert said in (tmp_path / f"{language}.html").read_text(encoding="utf-8")


def test_a_sheet_is_english_where_no_language_was_asked_for(ask, tmp_path):
    assert ask("form", "sheet", "team-pulse", "--out", tmp_path / "sheet.html").code == 0
    assert '<html lang="en">' in (tmp_path / "sheet.html").read_text(encoding="utf-8")


def test_a_form_of_ones_own_may_have_a_sheet_beside_it(ask, own, tmp_path):
    own.with_name("my-form.sheet.toml").write_text(OWN_SHEET)
    assert ask("form", "sheet", own, "--out", tmp_path / "sheet.html").code == 0
    assert "What do we need?" in (tmp_path / "sheet.html").read_text(encoding="utf-8")


def refused(ran):
    assert ran.code == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    return ran.err


def test_a_form_without_a_sheet_says_so_in_one_sentence(ask, own, tmp_path):
    out = tmp_path / "sheet.html"
    bundled_has_none = "The form 'hr-benchmark' has no conversation sheet; team-pulse has one."
    assert bundled_has_none in refused(ask("form", "sheet", "hr-benchmark", "--out", out))
    assert bundled_has_none in refused(ask("form", "show", "hr-benchmark", "--sheet"))
    said = refused(ask("form", "sheet", own, "--out", out))
    assert f"write {own.with_name('my-form.sheet.toml')}, as docs/forms.md says" in said
    assert not out.exists()


@pytest.mark.parametrize(("form", "said"), [("team-pulse", "it has en, es"), ("own", "leave --language out")])
def test_a_language_that_the_form_does_not_have_is_refused(ask, own, tmp_path, form, said):
    own.with_name("my-form.sheet.toml").write_text(OWN_SHEET)
    file = own if form == "own" else form
    assert said in refused(ask("form", "sheet", file, "--language", "fr", "--out", tmp_path / "sheet.html"))
    assert not (tmp_path / "sheet.html").exists()


def test_a_file_that_is_there_is_not_written_over(ask, tmp_path):
    (tmp_path / "sheet.html").write_text("mine")
    assert "name a new file" in refused(ask("form", "sheet", "team-pulse", "--out", tmp_path / "sheet.html"))
    assert (tmp_path / "sheet.html").read_text() == "mine"


def test_a_sheet_that_does_not_fit_its_form_is_refused(ask, own, tmp_path):
    own.with_name("my-form.sheet.toml").write_text(OWN_SHEET.replace('"mood"', '"moods"'))
    assert "no question 'moods'" in refused(ask("form", "sheet", own, "--out", tmp_path / "sheet.html"))


def test_what_show_prints_is_a_form_and_a_sheet_to_begin_with(ask, tmp_path):
    for name, printed in (
        ("my-form.toml", ask("form", "show", "team-pulse")),
        ("my-form.sheet.toml", ask("form", "show", "team-pulse", "--sheet")),
    ):
        (tmp_path / name).write_text(printed.out, encoding="utf-8")
    assert (tmp_path / "my-form.toml").read_text(encoding="utf-8") == bundled_text("team-pulse")
    assert (tmp_path / "my-form.sheet.toml").read_text(encoding="utf-8") == bundled_sheet_text("team-pulse")
    assert ask("form", "sheet", tmp_path / "my-form.toml", "--out", tmp_path / "sheet.html").code == 0


@pytest.fixture
def smaller(ask, society, monkeypatch):
    """The manifest of a round that asks less than the form it was opened with."""
    monkeypatch.chdir(society.folder)
    opening = ("round", "open", "--form", "hr-benchmark", "--name", "spring", "--closes", later(days=1))
    shaping = ("--leave-out", "region,heard", "--merge", "size=1-49+50-249")
    told = ask(*opening, "--respondents", 300, *shaping, "--json")
    assert told.code == 0, told
    return society.folder / "rounds" / json.loads(told.out)["round"] / "manifest.json"


def test_the_template_of_a_manifest_is_of_what_its_round_asks(ask, smaller):
    asked = read_manifest(smaller.read_bytes()).form
    ran = ask("form", "template", smaller)
    assert ran.code == 0, ran
    columns = ran.out.strip().split(",")
    assert columns == [question.id for question in asked.questions]
    assert not {"region", "heard"} & set(columns)
    row = ",".join("1-49_or_50-249" if column == "size" else "" for column in columns)
    (record,) = read_answers(asked, StringIO(f"{ran.out}{row}\r\n"))
    assert decode(asked, record)["size"] == "1-49_or_50-249"


def test_the_template_of_a_form_can_be_made_smaller_as_a_round_is(ask, smaller):
    shaping = ("--leave-out", "region,heard", "--merge", "size=1-49+50-249")
    assert ask("form", "template", "hr-benchmark", *shaping).out == ask("form", "template", smaller).out
    assert "no question 'colour' to leave out" in refused(ask("form", "template", smaller, "--leave-out", "colour"))
    assert "no answer '1-9'" in refused(ask("form", "template", "hr-benchmark", "--merge", "size=1-9+50-249"))


def test_show_lists_the_ids_that_a_round_takes(ask, smaller):
    lines = ask("form", "show", smaller).out.splitlines()
    asked = read_manifest(smaller.read_bytes()).form
    for question in asked.questions:
        assert f"{question.id} ({question.kind}): {question.label.text()}" in lines
        for options in option_lists(question) if not isinstance(question, Score) else ():
            assert {option.id for option in options} <= {line.split()[0] for line in lines if line.startswith("  ")}
    assert any(line.split()[:1] == ["1-49_or_50-249"] for line in lines)
    assert "leave --sheet out" in refused(ask("form", "show", smaller, "--sheet"))


def test_what_is_no_manifest_is_refused_in_one_sentence(ask, smaller):
    for command in ("template", "show"):
        assert "cannot be read" in refused(ask("form", command, smaller.with_name("none.json")))
        smaller.with_name("bad.json").write_text("{}")
        refused(ask("form", command, smaller.with_name("bad.json")))


def test_show_says_what_a_cell_of_every_kind_may_hold():
    form = form_from_toml(Path(__file__).with_name("seven_kinds.toml").read_text(encoding="utf-8"))
    words = ids_in_words(form)
    for question in form.questions:
        below = words.partition(f"{question.id} ({question.kind}): ")[2].split("\n\n")[0].splitlines()[1:]
        assert below, question.id
        if isinstance(question, Scale):
            assert below == [f"  {question.first} to {question.last}"]
        for options in option_lists(question) if not isinstance(question, Score) else ():
            assert {option.id for option in options} <= {line.split()[0] for line in below}
