"""`subrosa guide`, and which guide a release carries: the form's own, the host's, or none."""

import json
import re
import tomllib

import pytest

from host.additions import added_files
from reports.additions.bundled_guides import guide_text
from reports.additions.guide import FILE
from reports.errors import ReleaseError
from survey.forms.loading import bundled, bundled_text
from survey.forms.reshaping import without


class Promised:
    """Of a round's manifest only the form is read here."""

    def __init__(self, form):
        self.form = form


def test_the_template_is_the_bundled_guide_and_is_sound(ask, tmp_path):
    printed = ask("guide", "template", "hr-benchmark")
    assert (printed.code, printed.out) == (0, guide_text("hr-benchmark"))
    (tmp_path / "my-guide.toml").write_text(printed.out, encoding="utf-8")
    checked = ask("guide", "check", tmp_path / "my-guide.toml", "--form", "hr-benchmark", "--json")
    assert checked.code == 0
    entries = len(tomllib.loads(printed.out)["entries"])
    assert json.loads(checked.out)["entries"] == entries
    assert (
        f"The guide is sound: {entries} entries about priorities"
        in ask("guide", "check", tmp_path / "my-guide.toml", "--form", "hr-benchmark").out
    )


def test_a_form_without_a_guide_says_which_forms_have_one(ask):
    refused = ask("guide", "template", "team-pulse")
    assert refused.code == 2
    assert "executive-view, hr-benchmark, hr-hazards" in refused.err
    assert "begin with `subrosa guide template hr-benchmark`, and put your form's id behind `form =`" in refused.err


def test_one_entry_is_called_one(ask, tmp_path):
    file = tmp_path / "my-guide.toml"
    first, *_ = re.split(r"(?m)^(?=\[\[entries\]\])", guide_text("hr-hazards"))[1:]
    whole = guide_text("hr-hazards")
    file.write_text(whole[: whole.index("[[entries]]")] + first, encoding="utf-8")
    checked = ask("guide", "check", file, "--form", "hr-hazards")
    assert checked.code == 0, checked
    assert "The guide is sound: 1 entry about " in checked.out


def test_all_that_is_wrong_is_said_at_once(ask, tmp_path):
    file = tmp_path / "my-guide.toml"
    wrong = guide_text("hr-hazards").replace('answer = "roles"', 'answer = "rolls"')
    file.write_text(wrong.replace('hazards = "worst"', 'hazards = "worse"'), encoding="utf-8")
    refused = ask("guide", "check", file, "--form", "hr-hazards")
    assert refused.code == 2
    assert "'work_organisation' has no answer 'rolls'" in refused.out
    assert "the form has no question 'worse'" in refused.out
    assert refused.err.startswith("subrosa: The guide, ")
    file.write_text("[[", encoding="utf-8")
    assert "The guide cannot be read" in ask("guide", "check", file, "--form", "hr-hazards").err


def test_a_guide_for_a_form_that_asks_less_says_what_is_left_out(ask, tmp_path):
    (tmp_path / "form.toml").write_text(bundled_text("hr-hazards").split('[[page]]\ntitle = { en = "How bad')[0])
    (tmp_path / "guide.toml").write_text(guide_text("hr-hazards"))
    checked = ask("guide", "check", tmp_path / "guide.toml", "--form", tmp_path / "form.toml")
    assert checked.code == 0
    assert "3 more are about questions that this form does not ask" in checked.out


def test_a_release_carries_the_guide_of_its_form_unless_the_host_says_otherwise():
    asked = Promised(without(bundled("hr-benchmark"), ["hazards", "okrs"]))
    own = json.loads(added_files(asked, {})[FILE])
    assert "hazards" not in {entry["question"] for entry in own["entries"]}
    given = tomllib.loads(guide_text("hr-benchmark").replace('cost = "no money', 'cost = "nada'))
    assert json.loads(added_files(asked, {FILE: given})[FILE])["entries"][1]["cost"].startswith("nada")
    assert added_files(asked, {FILE: None}) == {}
    assert added_files(Promised(bundled("team-pulse")), {}) == {}
    with pytest.raises(ReleaseError, match=r"The guide, form: it is for 'hr-hazards'"):
        added_files(asked, {FILE: tomllib.loads(guide_text("hr-hazards"))})


def test_a_guide_and_none_cannot_both_be_wanted(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    refused = ask("publish", "spring", "--guide", "my-guide.toml", "--no-guide")
    assert refused.code == 2
    assert "leave one of them out" in refused.err
    unread = ask("publish", "spring", "--guide", "my-guide.toml")
    assert "--guide cannot be read" in unread.err
