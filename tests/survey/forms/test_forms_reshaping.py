import pytest
from form_samples import every_kind
from hypothesis import given
from hypothesis import strategies as st

from survey.forms.axes import axes
from survey.forms.faults import FormError
from survey.forms.loading import bundled, form_digest
from survey.forms.reshaping import decided_by, merged, without

BENCHMARK = bundled("hr-benchmark")
NAMES = [question.id for question in BENCHMARK.questions]


@given(st.sets(st.sampled_from(NAMES)))
def test_what_is_left_is_as_it_was_in_the_forms_order(out):
    kept = [name for name in NAMES if name not in out]
    whole = kept and all(not out & set(decided_by(BENCHMARK, BENCHMARK.question(name))) for name in kept)
    if not whole:
        with pytest.raises(FormError):
            without(BENCHMARK, out)
        return
    left = without(BENCHMARK, out)
    assert [question.id for question in left.questions] == kept
    assert all(left.question(name) == BENCHMARK.question(name) for name in kept)
    assert all(page.questions for page in left.pages)
    assert (form_digest(left) == form_digest(BENCHMARK)) == (not out)


def test_a_question_that_others_depend_on_is_not_left_out_without_them():
    with pytest.raises(FormError, match="'no_said' is asked only after some answers to 'last_no'"):
        without(BENCHMARK, ["last_no"])
    assert "last_no" not in [q.id for q in without(BENCHMARK, ["last_no", "no_said", "no_behind"]).questions]


def test_an_unknown_question_is_named():
    with pytest.raises(FormError, match="no question 'mood' to leave out"):
        without(BENCHMARK, ["mood"])


def test_what_decides_a_question_comes_with_it():
    assert decided_by(BENCHMARK, BENCHMARK.question("no_said")) == ("role", "last_no", "no_said")


def test_merged_answers_are_one_answer_in_place_of_the_first():
    size = merged(BENCHMARK, "size", [("50-249", "1-49"), ("250-999", "5000")]).question("size")
    assert [option.id for option in size.options] == ["1-49_or_50-249", "250-999_or_5000", "1000-4999"]
    assert size.options[0].label.text("en") == "Up to 49 / 50 to 249"
    assert size.options[0].label.text("es") == "Hasta 49 / De 50 a 249"


def test_nothing_but_that_question_changes():
    form = merged(BENCHMARK, "size", [("1-49", "50-249")])
    before, after = ({a.id: a for a in axes(one) if a.id != "size"} for one in (BENCHMARK, form))
    assert before == after
    assert form_digest(form) != form_digest(BENCHMARK)


def test_questions_follow_the_answers_that_they_are_asked_after():
    form = merged(BENCHMARK, "role", [("lead", "specialist")])
    assert form.question("agenda").show_if.any_of == ("lead_or_specialist", "generalist", "other")


def test_answers_after_which_some_are_asked_and_some_are_not_stay_apart():
    with pytest.raises(FormError, match="agenda is asked after some of the merged answers of role only"):
        merged(BENCHMARK, "role", [("lead", "advisor")])


@pytest.mark.parametrize(
    ("cohort", "groups", "words"),
    [
        ("own_kpi", [("revenue", "profit")], "not a cohort question"),
        ("size", [("1-49", "10")], "no answer '10' to merge"),
        ("size", [("1-49", "50-249"), ("50-249", "5000")], "into one group only"),
        ("size", [("1-49", "50-249", "250-999", "1000-4999", "5000")], "2"),
    ],
)
def test_what_cannot_be_merged_is_said(cohort, groups, words):
    with pytest.raises(FormError, match=words):
        merged(BENCHMARK, cohort, groups)


def test_a_form_without_cohorts_says_so():
    with pytest.raises(FormError, match="it has team"):
        merged(every_kind(), "mood", [("1", "2")])
