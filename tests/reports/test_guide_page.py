"""The guide beside the figures, and the human debt view: only of what is shown, escaped, and never multiplied."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from release_rounds import VERSIONS, WISHES, Round, make_round, publish, with_values

from reports.briefs import Briefs
from reports.debt import VIEWS, Debt, human_debt
from reports.errors import ReleaseError
from reports.findings import Findings
from reports.guide import FILE, guide_bytes, guide_of
from reports.labels import Labels
from reports.moves import Moves, moves
from reports.release import build_release
from reports.verify import verify_release
from survey.forms.loading import bundled, form_from_toml
from survey.forms.model import Form

FORM = """
id = "burdens"
title = "Burdens"
intro = "For tests."

[[page]]
title = "All"

[[page.question]]
id = "priorities"
kind = "ranking"
label = "Priorities"
top = 2
options = [{ id = "keep", label = "Keeping" }, { id = "hire", label = "Hiring" }, { id = "other", label = "Other" }]

[[page.question]]
id = "work_organisation"
kind = "choices"
label = "What burdens you"
at_most = 2
options = [
    { id = "roles", label = "Roles & aims" },
    { id = "control", label = "Little say" },
    { id = "hours", label = "Long hours" },
    { id = "none", label = "None of it", alone = true },
]

[[page.question]]
id = "worst"
kind = "choice"
label = "Where from"
options = [{ id = "organisation", label = "The work" }, { id = "social", label = "People" }]

[[page.question]]
id = "severity"
kind = "scale"
label = "How heavy"
points = 5

[[page.question]]
id = "tried"
kind = "choices"
label = "What was tried"
at_most = 2
options = [{ id = "less", label = "Less work" }, { id = "care", label = "Care" }]

[[page.question]]
id = "helped"
kind = "choices"
label = "What of it helped"
at_most = 2
options = [{ id = "less", label = "Less work" }, { id = "care", label = "Care" }, { id = "worse", label = "It got worse", alone = true }]
"""  # noqa: E501
HOSTILE = "<script>alert(1)</script> & \"'"


def entry(question: str, answer: str, move: str) -> dict[str, Any]:
    evidence = [{"source": "book", "at": f"page 3 {HOSTILE}", "says": f"It says {HOSTILE}"}]
    words = {key: f"{key} {HOSTILE}" for key in ("cares", "cost", "measure", "stop")}
    return {"question": question, "answer": answer, "move": move, "evidence": evidence, **words}


GUIDE: dict[str, Any] = {
    "form": "burdens",
    "roles": {"priority": "priorities"},
    "sources": {"book": {"name": f"A book {HOSTILE}", "year": 2020}},
    "entries": [
        entry("work_organisation", "hours", "Go home at five."),
        entry("work_organisation", "roles", "Write three lines."),
        entry("work_organisation", "control", "Decide alone."),
        entry("priorities", "hire", "Ask twice."),
        entry("priorities", "keep", "Write three lines."),
    ],
}


class Words(HTMLParser):
    """The text, the tags and the links of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.text, self.tags, self.ids = "", [], []
        self.links: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    wishes = replace(WISHES, by=())
    one = make_round(tmp_path_factory.mktemp("burdens"), form_from_toml(FORM), wishes)
    # Roles twice as common as hours; the cell of those who left it out comes last.
    return with_values(with_values(one, "@", 300), "work_organisation@", [160, 40, 80, 20, 10])


def page_of(made: Round, guide: dict[str, Any] | None = GUIDE) -> bytes:
    given = {} if guide is None else {FILE: guide_bytes(made.manifest, guide)}
    return build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given=given)["index.html"]


def limited(made: Round, **limits: Any) -> tuple[Form, Findings]:
    manifest = replace(made.manifest, promise=replace(made.manifest.promise, **limits))
    return manifest.form, Findings.of(manifest, made.measurement)


def beside(made: Round, **limits: Any) -> dict[str, Moves]:
    form, findings = limited(made, **limits)
    return dict(moves(form, findings, Labels.of(form, "en"), guide_of(form, GUIDE)))


def debt(made: Round, **limits: Any) -> Debt | None:
    form, findings = limited(made, **limits)
    labels = Labels.of(form, "en")
    found = moves(form, findings, labels, guide_of(form, GUIDE))
    return human_debt(form, findings, labels, Briefs(findings.summarised, labels), found)


def test_entries_stand_beside_their_question_the_commonest_answer_first(made: Round) -> None:
    found = beside(made)
    assert list(found) == ["priorities", "work_organisation"]
    burdens = found["work_organisation"]
    assert burdens.measured == "gave this answer"
    assert [move.answer.id for move in burdens.moves] == ["roles", "hours", "control"]
    shares = [move.answer.share for move in burdens.moves]
    assert shares == ["55%", "28%", "14%"]
    assert found["priorities"].measured == "ranked it among the first 2"


def test_what_is_hidden_or_uncertain_has_no_entry_and_no_part_in_the_debt(made: Round) -> None:
    assert beside(made, min_cohort=1000) == {}
    assert debt(made, min_cohort=1000) is None
    judged = limited(made)[1].judged["work_organisation@"]
    margins = dict(zip(("roles", "control", "hours"), judged.estimate.margin_noise, strict=False))
    assert margins["roles"] > margins["hours"] > margins["control"]
    between = float(margins["roles"] + margins["hours"]) / 2
    assert [move.answer.id for move in beside(made, usable_margin=between)["work_organisation"].moves] == [
        "hours",
        "control",
    ]
    view = debt(made, usable_margin=between)
    assert view is not None
    assert [line.label for line in view.common] == ["Long hours", "Little say"]


def test_a_question_that_too_few_answered_is_no_part_of_the_debt(made: Round) -> None:
    view = debt(with_values(made, "severity@", [1, 1, 1, 1, 1, 295]))
    assert view is not None
    assert [part.id for part in view.bad] == ["worst"]


def test_rarer_burdens_unfold_and_are_not_left_out(made: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.debt._MOST", 2)
    view = debt(made)
    assert view is not None
    assert [line.label for line in view.common] == ["Roles & aims", "Long hours"]
    assert [line.label for line in view.rarer] == ["Little say"]
    assert "1 less common" in Words(page_of(made)).text


def test_a_table_that_counts_two_of_its_questions_together_is_named(made: Round) -> None:
    form, findings = limited(made)
    single = findings.judged["worst@"]
    pair = replace(single.estimate, table=replace(single.table, name="pair", of=("worst", "severity")))
    paired = replace(findings, judged={**findings.judged, "pair": replace(single, estimate=pair)})
    labels = Labels.of(form, "en")
    view = human_debt(form, paired, labels, Briefs(paired.summarised, labels), {})
    assert view is not None
    assert view.together == ("Where from × How heavy",)


def test_no_text_stands_on_a_page_twice(made: Round) -> None:
    told = {move.id: move.told for found in beside(made).values() for move in found.moves}
    assert told.pop("move-work_organisation-roles") == "move-priorities-keep"
    assert set(told.values()) == {""}


def test_the_debt_is_three_lists_of_shown_figures_that_lead_to_the_moves(made: Round) -> None:
    view = debt(made)
    assert view is not None
    assert [(line.label, line.value, line.move) for line in view.common] == [
        ("Roles & aims", "55%", "move-priorities-keep"),
        ("Long hours", "28%", "move-work_organisation-hours"),
        ("Little say", "14%", "move-work_organisation-control"),
    ]
    assert [part.id for part in view.bad] == ["worst", "severity"]
    assert [line.label for line in view.bad[0].lines] == ["The work", "People"]  # in the form's order
    assert view.both is not None
    assert {label for label, _, _ in view.both.rows} == {"Less work", "Care"}
    assert [line.label for line in view.both.after] == ["It got worse"]
    assert view.together == ()


def test_what_a_host_and_a_form_write_is_escaped(made: Round) -> None:
    page = page_of(made)
    words = Words(page)
    assert (
        words.tags.count("script") == page.count(b'<script type="application/ld+json">') == 1
    )  # data, which never runs
    assert f"page 3 {HOSTILE}" in words.text
    assert f"A book {HOSTILE} (2020)" in words.text
    assert "Roles & aims" in words.text
    assert all(re.fullmatch(r"--[a-z]:[0-9.]+(;--[a-z]:[0-9.]+)*", style) for style in _styles(page))


def _styles(page: bytes) -> list[str]:
    return re.findall(r' style="([^"]*)"', page.decode())


def test_every_link_within_the_page_leads_somewhere(made: Round) -> None:
    words = Words(page_of(made))
    inner = {link[1:] for link in words.links if link.startswith("#")}
    assert "move-priorities-keep" in inner
    assert inner <= set(words.ids)
    assert len(words.ids) == len(set(words.ids))


def test_the_page_says_whose_the_guide_is_and_that_nothing_was_multiplied(made: Round) -> None:
    text = " ".join(Words(page_of(made)).text.split())
    assert "This is Society of the Rose’s guide (guide.json) and no result of the survey." in text
    assert "From the figure to a small move" in text
    assert "Side by side, not multiplied." in text
    assert "No table of this round counts two of these questions together" in text


def test_without_a_guide_the_page_has_the_debt_and_no_moves(made: Round) -> None:
    words = Words(page_of(made, None))
    assert "small move" not in words.text
    assert "guide.json" not in words.links
    assert "debt" in words.ids


def test_a_form_without_burdens_has_neither(tiny_round: Round) -> None:
    words = Words(page_of(tiny_round, None))
    assert "debt" not in words.ids
    assert "Human debt" not in words.text


def test_a_release_with_a_guide_is_verified_to_the_last_word(made: Round, tmp_path: Path) -> None:
    given = {FILE: guide_bytes(made.manifest, GUIDE)}
    files = build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given=given)
    verdict = verify_release(publish(tmp_path / "release", files))
    assert verdict.whole
    assert any("they are the host's word, and no result" in said for said in verdict.not_established)
    another = GUIDE | {"entries": [GUIDE["entries"][0] | {"move": "Go home at six."}]}
    changed = files | {FILE: guide_bytes(made.manifest, another)}
    with pytest.raises(ReleaseError, match=r"case\.html|index\.html"):
        verify_release(publish(tmp_path / "changed", changed))


def test_the_questions_of_each_view_are_those_of_a_bundled_form() -> None:
    for view, name in zip(VIEWS, ("hr-hazards", "hr-benchmark"), strict=True):
        asked = {question.id for question in bundled(name).questions}
        assert {*view.common, *view.bad, *view.tried, *(view.both or ())} <= asked
