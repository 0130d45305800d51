"""Where the words of the brief come from: the findings, the guide's entry for what leads, or the host."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from opening_rounds import nothing, something
from release_rounds import Round

from reports.additions.added import Added
from reports.additions.ask import Ask
from reports.additions.guide import Guide
from reports.findings import Findings
from reports.opening.executive_brief import Suggested, brief_pages, suggested, why_no_ask
from reports.opening.opening import Opening

ENTRY = SimpleNamespace(
    question="first",
    answer="keep",
    move="Ask five who stayed why they did.",
    cost="Two hours",
    measure="Leavers",
    stop="Nobody comes",
    evidence=(SimpleNamespace(source="who", at="3.2", says="managers are trained"),),
)
GUIDE = SimpleNamespace(
    roles={"priority": "first", "no_behind": "why", "moved": "gone"},
    sources={"who": SimpleNamespace(name="WHO guidelines", year=2022)},
    entries=(ENTRY,),
)


def opening(made: Round) -> Opening:
    return Opening.of(made.manifest, Findings.of(made.manifest, made.measurement), "en", Added())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    return opening(something(tmp_path_factory.mktemp("something")))


def text(of: Opening, ask: Ask, guide: object = GUIDE) -> str:
    pages = brief_pages(of, "in March", ask, suggested(guide, of))
    return "\n".join(line for sheet in pages.sheets for block in sheet.blocks for line in (*block.lead, *block.listed))


def test_without_words_of_the_host_the_ask_is_the_guides_for_the_priority_that_leads(found: Opening) -> None:
    told = text(found, Ask())
    for said in (
        ENTRY.move,
        ENTRY.cost,
        f"What we measure: {ENTRY.measure}",
        "WHO guidelines (2022), 3.2: managers are",
    ):
        assert said in told


def test_where_no_priority_leads_no_move_is_suggested(tmp_path: Path) -> None:
    told = text(opening(nothing(tmp_path)), Ask())
    assert ENTRY.move not in told
    assert "No decision was written" in told


def test_why_a_brief_asks_for_nothing_is_told_apart(found: Opening, tmp_path: Path) -> None:
    def why(of: Opening, guide: object, brief: Ask | None = None) -> str:
        return why_no_ask(replace(of, added=replace(of.added, guide=cast(Guide, guide), brief=brief)))

    other = SimpleNamespace(roles=GUIDE.roles, sources={}, entries=())
    assert why(found, GUIDE) == why(found, None, Ask(decision="Do it.")) == ""
    assert "no guide" in why(found, None, Ask())
    assert "no entry for the priority that is ahead" in why(found, other)
    assert "no priority is ahead" in why(opening(nothing(tmp_path)), GUIDE)


def test_words_of_the_host_stand_alone_and_are_not_mixed_with_the_guides(found: Opening) -> None:
    told = text(found, Ask(decision="Do it."))
    assert "Do it." in told
    assert "When to stop, this brief does not say." in told
    assert ENTRY.measure not in told
    assert "WHO" not in told


def test_the_no_is_told_where_the_guide_says_which_question_it_is(found: Opening) -> None:
    no = "“Why the last <b>no</b>?”: “No budget” 49% ("
    assert no in text(found, Ask())
    assert no not in text(found, Ask(), guide=None)
    assert suggested(None, found) == Suggested()


def test_a_form_without_the_question_of_a_role_says_nothing_of_it(found: Opening) -> None:
    pages = brief_pages(found, "", Ask(), suggested(GUIDE, found))
    assert "What moved others" not in [block.heading for block in pages.sheets[0].blocks]
