import pytest
from form_samples import every_kind, forms
from hypothesis import given

from survey.forms.loading import bundled, bundled_names, form_from_toml
from survey.forms.model import form_labels
from survey.forms.reading import SECONDS_PER_CONTROL, WORDS_PER_MINUTE, controls, minutes, words

MOST_MINUTES = 7
LANGUAGES = [(name, language) for name in bundled_names() for language in bundled(name).languages or ("",)]
SMALL = """
id = "small"
title = { en = "One two", es = "Uno y dos" }
intro = "Three – four …"

[[page]]
title = "Five"
why = "Six, seven."

[[page.question]]
id = "mood"
kind = "scale"
label = "Eight nine?"
points = 5
low = "Ten"
high = "Eleven"
show_if = { question = "team", any_of = ["a"] }
"""
TEAM = """
[[page.question]]
id = "team"
kind = "choice"
label = "Twelve"
options = [{ id = "a", label = "13 fourteen" }, { id = "b", label = "15" }]
"""
LONG = SMALL.split("[[page.question]]", maxsplit=1)[0] + "".join(
    TEAM.replace('"team"', f'"team{number}"') for number in range(80)
)


def small():
    page, mood = SMALL.split("[[page.question]]")
    return form_from_toml(f"{page}{TEAM}[[page.question]]{mood}")


@pytest.mark.parametrize(("name", "language"), LANGUAGES)
def test_every_bundled_form_takes_less_than_seven_minutes(name, language):
    assert 0.5 < minutes(bundled(name), language) < MOST_MINUTES


def test_a_form_that_is_too_long_does_not_pass():
    assert minutes(form_from_toml(LONG)) > MOST_MINUTES


def test_words_are_all_there_is_to_read_and_lone_marks_are_none():
    assert words(small()) == 15


def test_words_are_those_of_one_language():
    assert words(small(), "es") == 16


def test_controls_are_one_for_each_answer_page_and_review():
    assert controls(small()) == 2 + 1 + 1


def test_every_kind_has_its_controls():
    form = every_kind()
    assert {question.kind for question in form.questions} == {
        *("choice", "choices", "ranking", "scale"),
        *("score", "amount", "okr"),
    }
    by_hand = {"team": 1, "lead": 1, "tools": 3, "first_things": 3, "mood": 1, "tired": 2, "pay": 2}
    by_hand["okrs"] = 3 * form.question("okrs").rows
    assert controls(form) == sum(by_hand.values()) + len(form.pages) + 1


def test_minutes_are_reading_and_setting():
    assert minutes(small()) == pytest.approx(15 / WORDS_PER_MINUTE + 4 * SECONDS_PER_CONTROL / 60)


@given(forms())
def test_any_form_has_words_and_more_controls_than_questions(form):
    assert words(form) >= len(list(form_labels(form)))
    assert controls(form) > len(form.questions)
    assert minutes(form) > 0
