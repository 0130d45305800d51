"""The sentences a release opens with: which are told, in what order, and what they say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from opening_rounds import nothing, something
from release_rounds import Round

from reports import figures
from reports.findings import Findings
from reports.labels import Labels
from reports.opening.commonest import commonest
from reports.opening.headlines import DIFFERENCE, LEADER, MIDDLE, MOST, Headline, Headlines, chosen, headlines


def told(made: Round, language: str = "en") -> Headlines:
    form = made.manifest.form
    return headlines(form, Labels.of(form, language), Findings.of(made.manifest, made.measurement), language)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return something(tmp_path_factory.mktemp("something"))


def test_a_leader_is_told_with_its_margin_and_the_runner_up(found: Round) -> None:
    (leader,) = [one for one in told(found).found if one.kind == LEADER]
    assert (leader.question, leader.answer) == ("first", "keep")
    assert leader.text.startswith("“Keeping people” is ranked first most often under “Your priorities”: 59% (±")
    assert "), ahead of “Hiring” with 28% (±" in leader.text


def test_a_group_that_differs_is_told_with_the_interval_of_the_difference(found: Round) -> None:
    (group,) = [one for one in told(found).found if one.kind == DIFFERENCE]
    assert group.question == "why"
    assert group.text.startswith("In the group “")
    assert "gave the answer “No " in group.text
    assert " points " in group.text
    assert 0 < group.at_least < 0.5


def test_a_difference_that_the_displayed_figures_contradict_is_not_told(found: Round) -> None:
    of = Findings.of(found.manifest, found.measurement)
    form = found.manifest.form
    labels = Labels.of(form, "en")
    said = headlines(form, labels, of, "en").found
    (group,) = [one for one in said if one.kind == DIFFERENCE]
    everyone = of.judged["why@"]
    alike = {
        name: replace(
            table, estimate=replace(table.estimate, share=np.broadcast_to(everyone.estimate.share, table.status.shape))
        )
        for name, table in of.judged.items()
        if name.startswith("why@")
    }
    others = headlines(form, labels, replace(of, judged={**of.judged, **alike}), "en").found
    assert group.kind not in {one.kind for one in others}


def test_a_middle_amount_is_told_with_its_interval(found: Round) -> None:
    (middle,) = [one for one in told(found).found if one.kind == MIDDLE]
    assert middle.text.startswith("Half of those who answered “Your budget” have less than 300 EUR a head (2")
    assert middle.text.endswith(").")


def test_labels_are_those_of_the_language(found: Round) -> None:
    text = " ".join(one.text for one in told(found, "es").found)
    assert "“Retener” is ranked first" in text
    assert "(Equipo)" in text


def test_where_groups_differ_nothing_is_said_of_their_being_alike(found: Round) -> None:
    assert told(found).groups == ""


def test_where_nothing_stands_out_it_is_said_that_nothing_distinguishes_the_groups(tmp_path: Path) -> None:
    said = told(nothing(tmp_path))
    assert not [one for one in said.found if one.kind != MIDDLE]
    assert said.groups.startswith("Nothing distinguishes the groups: of ")


def test_an_answer_that_says_nothing_makes_no_headline(found: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.opening.headlines.SAY_NOTHING", {"keep", "money", "time"})
    assert {one.kind for one in told(found).found} == {MIDDLE}


@pytest.mark.parametrize("status", ["hidden", "uncertain"])
def test_what_is_not_shown_is_in_no_sentence(found: Round, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    monkeypatch.setattr("reports.figures.status", lambda one, *_: np.full(one.share.shape, status))
    said = told(found)
    assert not [one for one in said.found if one.kind != MIDDLE]
    assert said.groups == "Whether groups differ cannot be said: none could be compared with everyone."
    labels = Labels.of(found.manifest.form, "en")
    findings = Findings.of(found.manifest, found.measurement)
    assert commonest(found.manifest.form, labels, findings, "why") == ""


def test_one_answer_that_is_too_uncertain_to_show_leaves_its_question_without_a_leader(
    found: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = figures.status
    rare = lambda one, *rest: np.where(one.share == np.nanmin(one.share), "uncertain", real(one, *rest))  # noqa: E731
    monkeypatch.setattr("reports.figures.status", rare)
    assert LEADER not in {one.kind for one in told(found).found}


def one(kind: str, question: str, at_least: float) -> Headline:
    return Headline(kind, question, "a", f"{kind} {question}", at_least)


def test_the_clearest_of_each_kind_come_first_and_no_more_than_five_in_all() -> None:
    kinds = [
        [one(LEADER, f"q{n}", 0.1 * n) for n in range(1, 5)],
        [one(DIFFERENCE, "q1", 0.05), one(DIFFERENCE, "q1", 0.2), one(DIFFERENCE, "q2", 0.35)],
        [one(MIDDLE, "q9", 0.0), one(MIDDLE, "q8", 0.0)],
    ]
    said = chosen(kinds)
    assert len(said) == MOST
    assert [o.text for o in said] == ["leader q4", "difference q2", "middle q9", "leader q3", "leader q2"]
    assert [o.at_least for o in chosen([[], kinds[1], []])] == [0.35, 0.2]  # once a question, the largest
    assert chosen([[], [], []]) == ()
