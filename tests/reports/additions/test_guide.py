"""Guides: those that are bundled are whole and sound, and what a host gives is refused where it names what is not."""

import json
import tomllib
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from release_rounds import Round

from reports.additions.bundled_guides import bundled_guide, guide_for, guide_names, guide_text
from reports.additions.guide import FILE, LARGEST, document_of, guide_bytes, guide_of, read_guide
from reports.additions.guide_checks import faults_of
from reports.errors import ReleaseError
from survey.forms.loading import bundled
from survey.forms.model import Choice, Choices, Ranking
from survey.forms.reshaping import without

WITHOUT_MOVE = {"other", "none", "prefer_not"}
PARTS = {
    "hr-benchmark": ("priority", "kpi", "no", "no_said", "no_behind", "moved", "move", "move_helped", "hazards"),
    "executive-view": ("priority", "kpi", "no", "no_said", "no_behind", "moved"),
    "hr-hazards": ("move", "move_helped", "hazards"),
}
WITH_ENTRIES = {
    "hr-benchmark": {"priorities", "own_kpi", "no_said", "no_behind", "hazards"},
    "executive-view": {"priorities", "own_kpi", "people_kpi", "blockers", "no_said", "no_behind"},
    "hr-hazards": {"work_organisation", "social_factors", "work_environment", "worst"},
}

TINY: dict[str, Any] = {
    "form": "tiny",
    "roles": {"hazards": "tools"},
    "sources": {"book": {"name": "A book", "year": 2020}},
    "entries": [
        {
            "question": "tools",
            "answer": "saw",
            "cares": "Wood is dear.",
            "move": "Measure twice.",
            "evidence": [{"source": "book", "at": "page 3", "says": "Cutting once is cheaper."}],
            "cost": "no money",
            "measure": "Boards spoiled.",
            "stop": "When nothing is spoiled.",
        }
    ],
}


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_bundled_guide_has_an_entry_for_every_answer_that_means_something(name: str) -> None:
    form, guide = bundled(name), guide_of(bundled(name), tomllib.loads(guide_text(name)))
    assert set(guide.roles) == set(PARTS[name])
    assert {entry.question for entry in guide.entries} == WITH_ENTRIES[name]
    for question in (form.question(asked) for asked in WITH_ENTRIES[name]):
        assert isinstance(question, Choice | Choices | Ranking)
        answers = {option.id for option in question.options} - WITHOUT_MOVE
        assert {entry.answer for entry in guide.entries if entry.question == question.id} == answers


def test_every_guide_is_of_a_bundled_form_and_cites_by_clause_or_section() -> None:
    assert set(guide_names()) == set(PARTS)
    for name in guide_names():
        for entry in guide_of(bundled(name), tomllib.loads(guide_text(name))).entries:
            for part in entry.evidence:
                begins = {
                    "iso45003": "clause ",
                    "who": ("Recommendation ",),
                    "surgeon_general": ("Essential ",),
                    "judgement": ("no direct evidence",),
                }
                assert part.at.startswith(begins[part.source]), (entry.question, entry.answer, part.at)


def test_what_the_who_recommends_is_never_told_without_its_certainty() -> None:
    for name in guide_names():
        for entry in guide_of(bundled(name), tomllib.loads(guide_text(name))).entries:
            for part in entry.evidence:
                assert (part.source != "who") or "certainty" in part.says
                assert "%" not in part.says  # effect sizes are nobody's to make up


def test_a_round_that_asks_less_has_what_of_the_guide_is_about_it() -> None:
    form = without(bundled("hr-benchmark"), ["hazards", "okrs"])
    fitting = bundled_guide(form)
    assert fitting is not None
    assert "hazards" not in {entry["question"] for entry in fitting["entries"]} | set(fitting["roles"])
    guide_of(form, fitting)  # sound for the round itself
    whole = tomllib.loads(guide_text("hr-benchmark"))
    assert guide_for(form, whole) == fitting  # a host's own, made from the whole, fits as well
    assert bundled_guide(bundled("team-pulse")) is None
    assert bundled_guide(replace(form, id="another")) is None


def test_the_file_is_read_back_as_it_was_given(tiny_round: Round) -> None:
    data = guide_bytes(tiny_round.manifest, TINY)
    guide = read_guide(tiny_round.manifest, data)
    assert guide is not None
    assert document_of(guide) == TINY == json.loads(data)
    assert read_guide(tiny_round.manifest, None) is None


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = deepcopy(TINY)
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("form",), "other", "it is for 'other', and this form is 'tiny'"),
        (("roles", "hazards"), "nails", "the form has no question 'nails'"),
        (("roles", "hero"), "tools", "the roles are priority"),
        (("entries", 0, "question"), "nails", "the question 'nails' is not in the form"),
        (("entries", 0, "question"), "mood", "'mood' has answers that no entry can name"),
        (("entries", 0, "answer"), "hammer", "'tools' has no answer 'hammer'"),
        (("entries", 0, "evidence", 0, "source"), "film", "no source is called 'film'"),
        (("entries", 0, "evidence"), [], "needs 1 to 8 entries"),
        (("entries", 0, "move"), "a\nb", "a line break or an invisible character"),
        (("entries", 0, "move"), "a\u202eb", "a line break or an invisible character"),
        (("entries", 0, "move"), "a" * 601, "is longer than 600 characters"),
        (("entries", 0, "move"), " ", "not empty"),
        (("entries", 0, "move"), 7, "must be a text"),
        (("entries", 0, "more"), "x", "is not a key that belongs here"),
        (("entries",), {}, "must be a list"),
        (("sources", "book", "year"), "2020 or so", "must be a whole number"),
        (("sources", "book"), 3, "must be a table"),
        (("entries",), TINY["entries"] * 2, "'tools', 'saw' has 2 entries"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    tiny_round: Round, path: tuple[Any, ...], value: Any, said: str
) -> None:
    with pytest.raises(ReleaseError, match=r"^The guide, ") as refused:
        guide_bytes(tiny_round.manifest, changed(path, value))
    assert said in str(refused.value)
    with pytest.raises(ReleaseError, match=rf"^{FILE} cannot be read"):
        read_guide(tiny_round.manifest, json.dumps(changed(path, value)).encode())


def test_all_faults_are_told_at_once_and_the_first_one_in_the_error(tiny_round: Round) -> None:
    document = changed(("entries", 0, "answer"), "hammer")
    document["roles"] = {"hazards": "nails"}
    assert len(faults_of(tiny_round.manifest.form, document)) == 2
    with pytest.raises(ReleaseError, match="and 1 more"):
        guide_bytes(tiny_round.manifest, document)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"null", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_guide_is_refused(tiny_round: Round, data: bytes) -> None:
    with pytest.raises(ReleaseError, match=rf"^{FILE} cannot be read"):
        read_guide(tiny_round.manifest, data)


def test_a_guide_that_is_written_in_another_way_is_refused(tiny_round: Round) -> None:
    with pytest.raises(ReleaseError, match="not written as"):
        read_guide(tiny_round.manifest, json.dumps(TINY, indent=1).encode())


def test_a_guide_too_large_for_a_page_is_refused() -> None:
    document = deepcopy(tomllib.loads(guide_text("hr-benchmark")))
    for entry in document["entries"]:
        entry["evidence"] = [{"source": "who", "at": "x", "says": "é" * 400}] * 8
        entry["move"] = "é" * 600
    with pytest.raises(ReleaseError, match=f"larger than {LARGEST:,} bytes"):
        guide_of(bundled("hr-benchmark"), document)


def test_an_entry_about_a_question_the_round_left_out_is_no_fault_and_a_misspelt_one_is() -> None:
    form, whole = without(bundled("hr-hazards"), ["work_environment"]), tomllib.loads(guide_text("hr-hazards"))
    assert "work_environment" not in {entry["question"] for entry in guide_for(form, whole)["entries"]}
    whole["entries"][0]["answer"] = "rolls"
    with pytest.raises(ReleaseError, match="'work_organisation' has no answer 'rolls'"):
        guide_for(form, whole)
