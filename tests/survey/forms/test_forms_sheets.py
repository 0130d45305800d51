"""Conversation sheets: what they may hold, and that each fits its form."""

import re

import pytest

from survey.forms.loading import FormError, bundled, bundled_names, bundled_sheet_text, form_from_toml
from survey.forms.sheets import bundled_sheet, load_sheet, sheet_beside, sheet_from_toml

PULSE = bundled("team-pulse")
FORM = """
id = "small"
title = "Small"
intro = "Two questions."
[[page]]
title = "Both"
[[page.question]]
id = "mood"
kind = "scale"
label = "How was it?"
points = 3
[[page.question]]
id = "rest"
kind = "scale"
label = "Did you rest?"
points = 3
"""
SHEET = """
title = "To talk about"
intro = "Nothing is collected."
before = { title = "Before", lines = ["Be kind."] }
after = { title = "After", lines = ["Thank each other."] }
[[topic]]
question = "mood"
ask = ["What was good?", "What was not?"]
[[topic]]
question = "rest"
care = "Nobody has to say."
ask = ["What helps?"]
"""


def read(sheet=SHEET):
    return sheet_from_toml(sheet, form_from_toml(FORM))


def texts(sheet):
    parts = [label for part in (sheet.before, sheet.after) for label in (part.title, *part.lines)]
    topics = [label for topic in sheet.topics for label in (*topic.ask, topic.care) if label is not None]
    return [sheet.title, sheet.intro, *parts, *topics]


def test_a_sheet_holds_what_its_file_says():
    sheet = read()
    assert [label.text() for label in texts(sheet)] == [
        *("To talk about", "Nothing is collected.", "Before", "Be kind.", "After", "Thank each other."),
        *("What was good?", "What was not?", "What helps?", "Nobody has to say."),
    ]
    assert [topic.question for topic in sheet.topics] == ["mood", "rest"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('question = "rest"', 'question = "sleep"', "the form has no question 'sleep'; remove its topic"),
        ('question = "rest"', 'question = "sleep"', "the question 'rest' has no topic; add one"),
        ('question = "rest"', 'question = "mood"', "'mood' has two topics; keep one"),
        ('ask = ["What helps?"]', "ask = []", "sheet, topic 2, ask: needs 1 to 255 entries"),
        ('ask = ["What helps?"]', "", "sheet, topic 2, ask: is missing; add it"),
        ('title = "To talk about"', "", "sheet, title: is missing; add it"),
        ('lines = ["Be kind."]', 'lines = [""]', "sheet, before, lines"),
        ("care =", "cares =", "sheet, topic 2, cares: is not a key that belongs here"),
        ("before = {", "before = 3 #", "sheet, before: must be a table"),
        ('title = "To talk about"', "title = ", "the sheet is not valid TOML"),
    ],
)
def test_a_faulty_sheet_is_refused_with_the_place_of_the_fault(old, new, said):
    with pytest.raises(FormError) as error:
        read(SHEET.replace(old, new))
    assert any(said in fault for fault in error.value.faults), error.value.faults


def test_a_sheet_lies_beside_its_form(tmp_path):
    form = form_from_toml(FORM)
    path = tmp_path / "my-form.toml"
    assert load_sheet(path, form) is None
    assert sheet_beside(path) == tmp_path / "my-form.sheet.toml"
    sheet_beside(path).write_text(SHEET)
    assert load_sheet(path, form) == read()


def test_a_sheet_that_is_not_utf8_is_refused_with_what_to_do(tmp_path):
    sheet_beside(tmp_path / "f.toml").write_bytes(SHEET.encode() + b"# \xff")
    with pytest.raises(FormError, match="not UTF-8 text; save the sheet as UTF-8"):
        load_sheet(tmp_path / "f.toml", form_from_toml(FORM))


def test_the_pulse_has_a_sheet_and_the_other_forms_have_none():
    assert {name for name in bundled_names() if bundled_sheet(name, bundled(name))} == {"team-pulse"}
    assert bundled_sheet_text("../definitions/team-pulse") is None


def test_the_sheet_of_the_pulse_is_whole_in_english_and_spanish():
    for label in texts(bundled_sheet("team-pulse", PULSE)):
        assert label.languages == {"en", "es"}, label
        assert label.text("en") != label.text("es")


def test_the_sheet_says_that_nothing_is_collected_and_that_nobody_has_to_answer():
    said = " ".join(label.text("en") for label in texts(bundled_sheet("team-pulse", PULSE)))
    assert re.search(r"Nothing is written down, collected or passed on", said)
    assert re.search(r"Whoever says nothing is not asked why", said)


def test_staying_is_not_asked_of_anybody_aloud():
    topics = {topic.question: topic for topic in bundled_sheet("team-pulse", PULSE).topics}
    assert topics["stay"].care is not None
