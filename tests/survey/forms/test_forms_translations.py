"""Texts that lack one of the languages of their form."""

import pytest

from survey.forms.loading import bundled, bundled_names, form_from_toml
from survey.forms.model import form_labels
from survey.forms.translations import Untranslated, _placed, untranslated

HALF = """
id = "half"
title = { en = "Half", es = "Medio" }
intro = "In English alone."
[[page]]
title = { en = "You", es = "Usted" }
why = { es = "Porque sí." }
[[page.question]]
id = "team"
kind = "choice"
label = { en = "Team", es = "Equipo" }
options = [{ id = "red", label = { en = "Red" } }, { id = "some", label = "12–50" }, { id = "other", label = "Other" }]
[[page.question]]
id = "mood"
kind = "scale"
points = 5
label = { de = "Stimmung", en = "Mood", es = "Ánimo" }
low = { en = "Bad", es = "Mal", de = "Schlecht" }
"""


def test_each_text_is_named_by_its_place_with_the_languages_it_lacks():
    found = untranslated(form_from_toml(HALF))
    assert [one for one in found if one.lacks != ("de",)] == [
        Untranslated("intro", "In English alone.", ("de", "en", "es")),
        Untranslated("page 1, why", "Porque sí.", ("de", "en")),
        Untranslated("team", "Red", ("de", "es")),
        Untranslated("team", "Other", ("de", "en", "es")),
    ]
    assert [one.place for one in found if one.lacks == ("de",)] == ["title", "page 1, title", "team"]


def test_a_form_without_languages_lacks_none():
    bare = HALF.replace('{ en = "Half", es = "Medio" }', '"Half"').partition("[[page]]")[0]
    bare += '[[page]]\ntitle = "You"\n[[page.question]]\nid = "mood"\nkind = "scale"\npoints = 5\nlabel = "Mood"\n'
    assert untranslated(form_from_toml(bare)) == ()


@pytest.mark.parametrize("name", bundled_names())
def test_the_bundled_forms_lack_nothing(name):
    assert untranslated(bundled(name)) == ()


@pytest.mark.parametrize("name", bundled_names())
def test_every_text_of_a_form_has_a_place(name):
    assert [label for _, label in _placed(bundled(name))] == list(form_labels(bundled(name)))
