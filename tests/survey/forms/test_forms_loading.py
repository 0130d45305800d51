import hashlib
import json

import pytest
import rfc8785
from form_samples import EVERY_KIND, every_kind, forms
from hypothesis import given

from survey.forms.loading import (
    FormError,
    bundled,
    canonical_form,
    form_digest,
    form_from_canonical,
    form_from_toml,
    load_form,
)

FORM = every_kind()


def test_a_form_file_is_loaded(tmp_path):
    path = tmp_path / "form.toml"
    path.write_text(EVERY_KIND, encoding="utf-8")
    assert load_form(path) == FORM


def test_a_form_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(FormError, match="cannot be read"):
        load_form(tmp_path / "nothing.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes(EVERY_KIND.replace("Nothing", "ñada").encode("latin-1"))
    with pytest.raises(FormError, match="UTF-8"):
        load_form(path)


def test_a_file_that_is_not_toml_is_told_with_its_line():
    with pytest.raises(FormError, match=r"not valid TOML.*line 2"):
        form_from_toml('id = "x"\ntitle = =\n')


@given(forms())
def test_the_canonical_form_gives_the_form_back_through_json(form):
    canonical = canonical_form(form)
    assert form_from_canonical(canonical) == form
    assert form_from_canonical(json.loads(rfc8785.dumps(canonical))) == form


def test_the_canonical_form_spells_out_what_is_derived():
    questions = {entry["id"]: entry for page in canonical_form(FORM)["page"] for entry in page["question"]}
    assert questions["tired"]["starts"] == [2, 4, 6, 8]
    assert questions["pay"]["edges"] == [-50, -10, 0, 10, 50]
    assert questions["mood"]["from"] == -2
    assert "bins" not in questions["tired"]
    assert questions["tools"]["options"][0] == {"id": "none", "label": "None of these", "alone": True}


def test_a_form_in_another_than_the_canonical_way_is_refused():
    canonical = canonical_form(FORM)
    score = canonical["page"][1]["question"][2]
    score["bins"] = len(score.pop("starts"))
    with pytest.raises(FormError, match="canonical form"):
        form_from_canonical(canonical)


def test_an_unknown_key_in_a_canonical_form_is_refused():
    with pytest.raises(FormError, match="colour"):
        form_from_canonical(canonical_form(FORM) | {"colour": "red"})


def test_the_digest_is_over_canonical_json():
    data = json.dumps(canonical_form(FORM), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    data = data.replace('"EUR":1.0', '"EUR":1')  # RFC 8785 writes numbers as JavaScript does
    assert form_digest(FORM) == hashlib.sha256(data.encode()).hexdigest()


def test_two_ways_to_write_a_form_have_one_digest():
    other = EVERY_KIND.replace("{ USD = 1.08, EUR = 1 }", "{ EUR = 1.0, USD = 1.08 }")
    other = other.replace('{ en = "Team", es = "Equipo" }', '{ es = "Equipo", en = "Team" }')
    other = other.replace("bins = 4", "starts = [2, 4, 6, 8]")
    assert other != EVERY_KIND
    assert form_digest(form_from_toml(other)) == form_digest(FORM)


def test_a_change_of_one_label_changes_the_digest():
    assert form_digest(form_from_toml(EVERY_KIND.replace('"Saw"', '"Saws"'))) != form_digest(FORM)


def test_a_bundled_form_that_is_not_there_is_refused_with_those_that_are():
    for name in ("nothing", "../schema", "__init__"):
        with pytest.raises(
            FormError, match="executive-view, gss-spending, hr-benchmark, hr-hazards, stackoverflow, team-pulse"
        ):
            bundled(name)
