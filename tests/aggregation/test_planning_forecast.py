from dataclasses import replace

import numpy as np
import pytest
from planned_rounds import WISHES

from aggregation.coarsening import coarser, merged_shares
from aggregation.earlier import earlier
from aggregation.fitting import fitting_splits, split_options
from aggregation.forecast import forecast, zipf
from aggregation.planning import expect, plan, too_imprecise, workload_for
from aggregation.promise import make_promise
from aggregation.what_if import outcome, what_ifs
from aggregation.wishes import PromiseError
from aggregation.year import term_for, year
from privacy.accounting import rho_for
from survey.forms.loading import bundled
from survey.rounds.promise import PromisedTerm

BENCHMARK = bundled("hr-benchmark")
PULSE = bundled("team-pulse")
TERM = PromisedTerm("2026-01-01", "2026-12-31", 6.0, 1e-6)
BY_SIZE = replace(WISHES, respondents=800, by=(("size",),), split_only=("own_kpi", "priorities"))


def told(form, wishes, popularity=None):
    return {line.table.name: line for line in forecast(form, wishes, expect(form, wishes), popularity or {})}


def test_what_is_expected_is_what_is_planned():
    quick, real = expect(BENCHMARK, BY_SIZE), plan(BENCHMARK, BY_SIZE)
    assert quick.workload == real.workload
    for name, found in real.precision.items():
        assert quick.precision[name].margin == pytest.approx(found.margin, rel=1e-6)


def test_who_is_asked_fewer_questions_is_forecast_from_public_figures():
    found = told(BENCHMARK, WISHES)
    assert found["agenda@"].answers == pytest.approx(300 * 4 / 5)  # advisors are not asked
    assert found["no_said@"].answers == pytest.approx(300 * 4 / 5 * 2 / 5)  # and then only after two answers of five
    assert found["move_helped@"].answers == pytest.approx(300 * 8 / 10)
    shares = replace(WISHES, cohort_shares={"role": (0.2, 0.1, 0.1, 0.6, 0.0)})
    assert told(BENCHMARK, shares)["agenda@"].answers == pytest.approx(300 * 0.4)


def test_each_group_has_its_own_chance():
    shares = {"size": (0.5, 0.3, 0.15, 0.04, 0.01)}
    groups = told(BENCHMARK, replace(BY_SIZE, cohort_shares=shares))["own_kpi@size"].groups
    assert [group.cohort for group in groups] == [("1-49",), ("50-249",), ("250-999",), ("1000-4999",), ("5000",)]
    assert [group.answers for group in groups] == pytest.approx([400, 240, 120, 32, 8])
    chances = [group.chance for group in groups]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.99
    assert chances[-1] < 0.01


def test_the_first_place_is_safer_with_more_people_and_in_a_clearer_lead():
    small, large = (told(BENCHMARK, replace(WISHES, respondents=n))["own_kpi@"].first for n in (60, 300))
    assert 0.3 < small.noise < large.noise
    assert large.sampling < large.noise
    assert large.lead < small.lead
    close = told(BENCHMARK, WISHES, {"own_kpi": [0.2, 0.19, *[0.61 / 13] * 13]})["own_kpi@"].first
    assert 0.4 < close.noise < 0.75


def test_a_first_place_is_only_spoken_of_where_answers_have_no_order():
    found = told(BENCHMARK, WISHES)
    assert {name for name, line in found.items() if line.first is None} >= {"heard@", "burnout@", "people_budget@"}
    assert found["priorities.1@"].first is not None
    assert found["priorities.2@"].first is None


def test_zipf_is_what_it_is_said_to_be():
    assert zipf(3) == pytest.approx([6 / 11, 3 / 11, 2 / 11])


def test_changes_are_named_and_told_apart():
    wishes = replace(BY_SIZE, by=(("size",), ("role",)), split_only=("own_kpi",))
    found = {change.words: outcome(change, {}) for change in what_ifs(BENCHMARK, wishes)}
    assert {"as planned (epsilon 3)", "epsilon 2", "epsilon 4", "no splits", "without the split by role"} <= set(found)
    assert found["epsilon 2"].single > found["as planned (epsilon 3)"].single > found["epsilon 4"].single
    assert found["no splits"].groups == 0
    assert found["split by size alone"] == found["without the split by role"]
    (larger,) = (told for words, told in found.items() if "in 3 groups" in words)
    assert larger.groups == found["as planned (epsilon 3)"].groups - 2
    assert not any("role in 3 groups" in words for words in found)  # who is asked what depends on it


def test_a_coarser_cohort_puts_the_smallest_neighbours_together():
    size = BENCHMARK.question("size")
    found = coarser(BENCHMARK, size, {"size": (0.05, 0.05, 0.3, 0.3, 0.3)})
    assert found.groups == (("1-49", "50-249", "250-999"),)
    assert found.shares["size"] == pytest.approx((0.4, 0.3, 0.3))
    assert coarser(BENCHMARK, size, {"size": (0.8, 0.05, 0.05, 0.05, 0.05)}) is None  # most are in one already
    assert merged_shares(BENCHMARK, {"size": (0.1, 0.2, 0.3, 0.2, 0.2)}, "size", (("1-49", "5000"),))[
        "size"
    ] == pytest.approx((0.3, 0.2, 0.3, 0.2))


@pytest.mark.parametrize(
    ("respondents", "by"), [(300, (("size",),)), (800, (("role",), ("size",))), (800, (("size", "industry"),))]
)
def test_splits_that_would_do_are_offered_and_then_taken(respondents, by):
    wishes = replace(WISHES, respondents=respondents, by=by)
    assert too_imprecise(expect(BENCHMARK, wishes), wishes.usable_margin)
    fitting = fitting_splits(BENCHMARK, wishes)
    options = split_options(fitting)
    with pytest.raises(PromiseError) as refused:
        make_promise(BENCHMARK, wishes, TERM)
    assert all(option in str(refused.value) for option in options)
    assert bool(options) or "No split would do: leave out --by" in str(refused.value)
    promise = make_promise(BENCHMARK, replace(wishes, by=(), splits=fitting), TERM)
    split = [table for table in promise.tables if table.by and table.of]
    assert {(table.of[0], table.by) for table in split} == set(fitting)
    assert all(table.margin <= wishes.usable_margin for table in split)


def test_single_splits_are_tabled_and_no_others():
    names = [
        t.name for t in workload_for(BENCHMARK, (), (), [("priorities.1", ("size",)), ("moved", ("role",))]).tables
    ]
    assert [name for name in names if not name.endswith("@")] == ["@size", "@role", "priorities.1@size", "moved@role"]
    with pytest.raises(PromiseError, match="no question 'role' to split; check --split"):
        workload_for(BENCHMARK, (), (), [("role", ("size",))])


def rows(*cells):
    names = ("question", "by", "cohort", "rank", "answer", "share", "count", "status")
    return [dict(zip(names, cell, strict=True)) for cell in cells]


def test_an_earlier_release_tells_who_answers_and_what_is_common():
    known = earlier(
        PULSE,
        rows(
            ("", "", "", "", "", "1", "200", "shown"),
            ("load", "", "", "", "1", "0.5", "80", "shown"),
            ("load", "", "", "", "2", "0.3", "48", "shown"),
            ("load", "", "", "", "(no answer)", "", "40", "shown"),
            ("stay", "", "", "", "other", "0.4", "80", "hidden"),
            ("nothing", "", "", "", "x", "0.4", "80", "shown"),
        ),
    )
    assert known.answering == {"load": pytest.approx(0.8)}
    assert list(known.popularity) == ["load"]
    assert known.popularity["load"] == [0.0, 0.0, 0.0, 0.5, 0.3]  # from two below to two above; hidden ones as none


def test_what_an_earlier_release_weighted_to_known_margins_does_not_say_who_answered():
    (measured,) = rows(("load", "", "", "", "1", "0.5", "40", "shown"))
    given = {**measured, "share": "0.9", "count": "", "estimate": "weighted"}
    assert earlier(PULSE, [{**measured, "estimate": "display"}, given]) == earlier(PULSE, [measured])


def test_cohort_shares_come_from_the_sizes_of_an_earlier_release():
    sizes = [("", "size", option.id, "", "", "0.1", "20", "shown") for option in BENCHMARK.question("size").options[:4]]
    known = earlier(BENCHMARK, rows(*sizes, ("", "size", "5000", "", "", "0.4", "80", "shown")))
    assert known.shares["size"] == pytest.approx([0.125] * 4 + [0.5])
    found = told(BENCHMARK, replace(BY_SIZE, cohort_shares=known.shares))
    assert found["own_kpi@size"].groups[-1].answers == pytest.approx(400)


@pytest.mark.parametrize("row", [{"question": "load"}, *rows(("load", "", "", "", "1", "many", "", "shown"))])
def test_what_is_no_release_is_refused(row):
    with pytest.raises(PromiseError, match="--earlier"):
        earlier(PULSE, [row])


@pytest.mark.parametrize("number", ["nan", "inf", "-Infinity", "1e999"])
@pytest.mark.parametrize("place", ["share", "count"])
def test_an_earlier_number_that_is_none_is_refused_wherever_it_stands(place, number):
    whole = ("", "", "", "", "", "1", "200", "shown")
    broken = rows(whole, ("load", "", "", "", "1", "0.5", "80", "shown"))
    earlier(PULSE, broken)
    broken[1][place] = number
    with pytest.raises(PromiseError, match="a number in this release"):
        earlier(PULSE, broken)


@pytest.mark.parametrize("epsilon", [1.0, 3.0, 6.0])
def test_a_year_fits_its_term(epsilon):
    for found in (year(epsilon, 1e-6), term_for(epsilon, 1e-6)):
        spent = rho_for(found.benchmark, 1e-6) + found.pulses * rho_for(found.pulse, 1e-6)
        assert spent <= rho_for(found.epsilon, 1e-6)
        assert spent >= 0.9 * rho_for(found.epsilon, 1e-6)
        assert found.pulse < found.benchmark
    assert np.isclose(term_for(epsilon, 1e-6).benchmark, epsilon)
