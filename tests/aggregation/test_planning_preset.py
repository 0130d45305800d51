"""What a preset proposes for the bundled benchmark, and that it is what such a round then gets."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from planned_rounds import WISHES, shown_parts

from aggregation.coarsening import shaped
from aggregation.forecast import forecast
from aggregation.planning import expect, plan
from aggregation.preset import Proposal, propose
from survey.forms.loading import bundled

BENCHMARK = bundled("hr-benchmark")
SIZES = (150, 300, 800, 5_000)


@cache
def proposed(respondents: int, epsilon: float = 3.0) -> Proposal:
    return propose(BENCHMARK, replace(WISHES, respondents=respondents, epsilon=epsilon))


@cache
def lines(respondents: int):
    found = proposed(respondents)
    return forecast(found.form, found.wishes, expect(found.form, found.wishes), {})


def splits(proposal):
    by = {}
    for name, group in proposal.wishes.splits:
        by.setdefault(group, []).append(name)
    return by


def test_150_carry_the_first_question_and_some_of_one_answer_for_everyone():
    found = proposed(150)
    assert next(question.id for question in found.form.questions) == "priorities"
    assert 7 <= len(lines(150)) <= 9  # about eight single-choice questions' worth of tables
    assert not found.wishes.splits
    assert not found.wishes.by


def test_300_carry_the_whole_form_and_one_three_way_split_of_five_questions():
    found = proposed(300)
    cohorts = {cohort.id for cohort in BENCHMARK.cohorts}
    assert set(found.left_out) <= cohorts
    ((group, names),) = splits(found).items()
    assert len(names) == 5
    assert len(found.form.question(group[0]).options) == 3
    assert [name for name, _ in found.merged] == list(group)


def test_800_carry_two_such_splits_as_the_form_has_them():
    found = proposed(800)
    assert found.left_out == ()
    assert found.merged == ()
    assert [len(names) >= 5 for names in splits(found).values()] == [True, True]


def test_5000_carry_everything():
    found = proposed(5_000)
    assert found.left_out == ()
    assert found.merged == ()
    assert found.wishes.splits == ()
    assert found.wishes.by == tuple((cohort.id,) for cohort in BENCHMARK.cohorts)


@pytest.mark.parametrize("respondents", SIZES)
def test_figures_for_everyone_are_as_precise_as_they_should_be(respondents):
    asked = [line for line in lines(respondents) if line.everyone and line.answers >= respondents / 2]
    assert max(line.margin for line in asked if not line.several) <= 0.0601
    assert max((line.margin for line in asked if line.several), default=0) <= 0.0801
    assert proposed(respondents).load <= 1


@pytest.mark.parametrize("respondents", SIZES)
def test_every_split_of_a_preset_is_usable_in_a_group_of_mean_size(respondents):
    assert all(line.margin <= WISHES.usable_margin for line in lines(respondents) if line.table.by)


def test_less_budget_carries_less():
    assert set(proposed(300, 2.0).left_out) > set(proposed(300).left_out)


def test_a_question_stays_with_those_that_decide_whether_it_is_asked():
    kept = {question.id for question in proposed(200).form.questions}
    assert "agenda" in kept
    assert "role" in kept


def test_what_is_proposed_can_be_asked_for_by_its_options():
    found = proposed(300)
    form, wishes = shaped(BENCHMARK, replace(WISHES, splits=found.wishes.splits), found.left_out, found.merged)
    assert form == found.form
    assert expect(form, wishes).precision.keys() == expect(found.form, found.wishes).precision.keys()


def test_a_round_of_300_shows_what_the_forecast_says():
    """Invented people answer the proposed form, and are counted, measured, estimated and judged."""
    found = proposed(300)
    planned = plan(found.form, found.wishes)
    shown = shown_parts(found.form, found.wishes, planned, rounds=12)
    told = {line.table.name: line for line in forecast(found.form, found.wishes, planned, {})}
    for name, line in told.items():
        if not line.table.by:
            assert shown[name] >= 0.99 or line.shown < 0.9
    split = [name for name, line in told.items() if line.table.by and line.table.of]
    forecast_part = np.mean([told[name].shown / len(told[name].groups) for name in split])
    assert np.mean([shown[name] for name in split]) == pytest.approx(forecast_part, abs=0.12)
    assert 0.4 < forecast_part < 0.9  # neither all nor none, or it would prove little
