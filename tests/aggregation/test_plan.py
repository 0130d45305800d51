"""From a host's wishes to the tables of a round, and back from its promise."""

import json
from dataclasses import replace

import pytest
from form_samples import every_kind, forms
from hypothesis import HealthCheck, given, settings
from tallied_rounds import TERM, promised, wishes

from aggregation.planning import plan, workload_for
from aggregation.promise import make_promise, plan_of
from aggregation.wishes import PromiseError, cohort_shares
from privacy.accounting import rho_for
from privacy.allocation import allocate
from privacy.errors import PrivacyError
from survey.forms.axes import axes
from survey.forms.loading import bundled, form_from_toml
from survey.rounds.promise import Promise, PromisedAxis, PromisedTable

TWO_COHORTS = """
id = "two"
title = "Two cohorts"
intro = "For tests."
[[page]]
title = "You"
why = "Splits."
[[page.question]]
id = "industry"
kind = "choice"
label = "Industry"
cohort = true
options = [{ id = "tech", label = "T" }, { id = "care", label = "C" }]
[[page.question]]
id = "size"
kind = "choice"
label = "Size"
cohort = true
options = [{ id = "small", label = "S" }, { id = "large", label = "L" }, { id = "huge", label = "H" }]
[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
points = 5
[[page.question]]
id = "why"
kind = "choice"
label = "Why"
options = [{ id = "a", label = "A" }, { id = "b", label = "B" }]
show_if = { question = "industry", any_of = ["tech"] }
"""


@pytest.fixture(scope="module")
def form():
    return form_from_toml(TWO_COHORTS)


def _names(workload):
    return sorted(table.name for table in workload.tables)


def test_without_splits_there_are_the_tables_for_everyone(form):
    assert _names(workload_for(form, ())) == ["@", "industry@", "mood@", "size@", "why@"]


def test_a_cohort_set_has_its_sizes_and_splits_every_question(form):
    assert _names(workload_for(form, [("industry",), ("industry", "size")])) == sorted(
        [
            *("@", "@industry", "@industry,size"),
            *("size@", "mood@", "why@"),
            *("mood@industry", "why@industry", "mood@industry,size", "why@industry,size"),
        ]
    )


def test_only_the_named_questions_are_split(form):
    assert _names(workload_for(form, [("size",)], ("mood",))) == [
        "@",
        "@size",
        "industry@",
        "mood@",
        "mood@size",
        "why@",
    ]


def test_cohort_sets_are_in_form_order_and_once(form):
    workload = workload_for(form, [("size", "industry"), ("industry", "size")])
    assert [table.name for table in workload.tables if not table.of] == ["@", "@industry,size"]
    assert workload.table("@industry,size").by == ("industry", "size")


def test_axes_are_those_of_the_form(form):
    workload = workload_for(form, [("industry", "size")])
    known = {axis.id: axis for axis in axes(form)}
    for axis in workload.axes:
        assert (axis.size, axis.touches, axis.outside) == (
            len(known[axis.name].cells),
            known[axis.name].touches,
            known[axis.name].outside,
        )
    assert workload.shape("why@industry,size") == (3, 4, 4)


@pytest.mark.parametrize(
    ("by", "split", "words"),
    [
        ([("branch",)], (), "'branch' is not a cohort question"),
        ([("mood",)], (), "it has industry, size"),
        ([("industry", "industry")], (), "names a question twice"),
        ([("industry",)], ("moods",), "no question 'moods'"),
    ],
)
def test_a_wish_that_the_form_cannot_carry_is_named(form, by, split, words):
    with pytest.raises(PromiseError, match=words):
        workload_for(form, by, split)


def test_a_form_without_cohorts_says_so():
    text = TWO_COHORTS.replace("cohort = true\n", "")
    with pytest.raises(PromiseError, match="it has none"):
        workload_for(form_from_toml(text), [("industry",)])


def test_an_empty_cohort_set_is_refused_with_a_sentence(form):
    with pytest.raises((PromiseError, PrivacyError)):
        workload_for(form, [()])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(forms())
def test_what_was_promised_is_what_is_planned_for_any_form(form):
    by = tuple((cohort.id,) for cohort in form.cohorts[:1])
    promise = make_promise(form, wishes(by=by), TERM)
    read_back = Promise.from_json(json.loads(json.dumps(promise.to_json())))
    workload, allocation = plan_of(form, read_back)
    assert workload == workload_for(form, by)
    assert allocation == plan(form, wishes(by=by)).allocation
    assert plan_of(form, make_promise(form, wishes(by=by, weigh="equal"), TERM))[1] == allocate(
        workload, rho_for(2.0, 1e-6)
    )


def test_the_bundled_benchmark_can_be_promised():
    form = bundled("hr-benchmark")
    by = tuple((cohort.id,) for cohort in form.cohorts[:2])
    promise = make_promise(form, wishes(by=by, respondents=800, epsilon=3.0), TERM)
    workload, _ = plan_of(form, promise)
    assert {table.name for table in promise.tables} == {table.name for table in workload.tables}
    assert all(table.margin is None or table.margin > 0 for table in promise.tables if table.by or table.of)
    assert 0 < promise.question_epsilon <= promise.replacement_epsilon


def test_no_promise_costs_more_than_it_states():
    promise = promised()
    assert promise.rho <= rho_for(promise.epsilon, promise.delta)
    assert sum(noise.rho for noise in promise.noise) <= promise.rho
    assert promise.replacement_epsilon > promise.epsilon


def _with_axis(promise, axis, **changes):
    axes_ = tuple(replace(a, **changes) if a.name == axis else a for a in promise.axes)
    return replace(promise, axes=axes_)


def _with_table(promise, table, **changes):
    tables = tuple(replace(t, **changes) if t.name == table else t for t in promise.tables)
    return replace(promise, tables=tables)


def _with_noise(promise, *axes, **changes):
    noise = tuple(replace(n, **changes) if n.axes == axes else n for n in promise.noise)
    return replace(promise, noise=noise)


TAMPERED = {
    "an axis that one person moves more than it says": lambda p: _with_axis(p, "tools", touches=2),
    "an axis with another size": lambda p: _with_axis(p, "mood", size=6),
    "an axis whose outside is an answer": lambda p: _with_axis(p, "mood", outside=(0, 6)),
    "an axis that the form does not have": lambda p: replace(p, axes=(*p.axes, PromisedAxis("age", 3, 1, (2,)))),
    "an axis under another name": lambda p: _with_axis(p, "mood", name="moods"),
    "an axis twice": lambda p: replace(p, axes=(*p.axes, p.axes[0])),
    "a residual with too little noise": lambda p: _with_noise(p, "mood", scale=1.0),
    "a residual that states too little": lambda p: _with_noise(p, "mood", rho=1e-9),
    "a residual that states more than there is": lambda p: _with_noise(p, "mood", rho=p.rho),
    "a residual that is missing": lambda p: replace(p, noise=p.noise[:-1]),
    "a residual twice": lambda p: replace(p, noise=(*p.noise, p.noise[-1])),
    "residuals in another order": lambda p: replace(p, noise=p.noise[::-1]),
    "a table that states another noise": lambda p: _with_table(p, "mood@", sd=1.0),
    "a table of more cohorts than it has": lambda p: _with_table(p, "mood@team", cohorts=777),
    "a table with more cohorts shown than it has": lambda p: _with_table(p, "mood@team", shown=99.0),
    "a table with fewer cohorts shown than none": lambda p: _with_table(p, "mood@team", shown=-1.0),
    "a table with a margin below nothing": lambda p: _with_table(p, "mood@", margin=-5.0),
    "a table with sampling below nothing": lambda p: _with_table(p, "mood@", sampling=-3.0),
    "a table with a margin without end": lambda p: _with_table(p, "mood@", margin=float("inf")),
    "a table of an unknown axis": lambda p: _with_table(p, "mood@", of=("age",)),
    "a table by a question with several answers": lambda p: _with_table(p, "mood@team", by=("tools",)),
    "a table twice": lambda p: replace(p, tables=(*p.tables, p.tables[-1])),
    "a table under two names": lambda p: replace(p, tables=(*p.tables, replace(p.tables[-1], name="twin"))),
    "a further table without noise of its own": lambda p: replace(
        p, tables=(*p.tables, PromisedTable("lead|mood@", (), ("lead", "mood"), 1.0, None, 1, 1.0, 0.1))
    ),
    "no total": lambda p: replace(p, tables=p.tables[1:]),
    "no table of sizes": lambda p: replace(p, tables=tuple(t for t in p.tables if t.name != "@team")),
    "a rho above its epsilon": lambda p: replace(p, rho=p.rho * 1.001),
    "an epsilon below its rho": lambda p: replace(p, epsilon=p.epsilon * 0.99),
    "a delta below its rho": lambda p: replace(p, delta=p.delta / 2),
    "a rho below its tables": lambda p: replace(p, rho=p.rho * 0.99),
}


@pytest.fixture(scope="module")
def promise():
    """One that is carried out as it is."""
    made = promised()
    plan_of(every_kind(), made)
    return made


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_promise_that_was_tampered_with_is_not_carried_out(promise, change):
    with pytest.raises((PromiseError, PrivacyError)):
        plan_of(every_kind(), change(promise))


def test_a_promise_of_another_form_is_not_carried_out(form):
    with pytest.raises(PromiseError, match="its form does not have"):
        plan_of(form, promised())


def test_shares_of_cohorts_are_read_in_the_order_of_the_options(form):
    given_shares = {"size": {"huge": 0.5, "small": 0.2, "large": 0.3}}
    assert cohort_shares(form, given_shares) == {"size": [0.2, 0.3, 0.5]}
    assert cohort_shares(form, {}) == {}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"branch": {}}, "'branch' is not a cohort question"),
        ({"mood": {}}, "'mood' is not a cohort question"),
        ({"industry": {"tech": 1.0}}, "give a share for each of tech, care"),
        ({"industry": {"tech": 0.5, "care": 0.5, "more": 0}}, "give a share for each"),
        ({"industry": [0.5, 0.5]}, "give a share for each"),
        ({"industry": {"tech": 0.5, "care": 0.6}}, "add up to 1"),
        ({"industry": {"tech": 1.5, "care": -0.5}}, "add up to 1"),
        ({"industry": {"tech": "0.5", "care": 0.5}}, "add up to 1"),
        ({"industry": {"tech": float("nan"), "care": 0.5}}, "add up to 1"),
    ],
)
def test_shares_that_cannot_be_are_named(form, document, words):
    with pytest.raises(PromiseError, match=words):
        cohort_shares(form, document)
