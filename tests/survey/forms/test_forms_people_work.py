"""The bundled forms about people work: executive-view, hr-hazards, team-pulse."""

import random
import re
from importlib import resources
from pathlib import Path

import pytest
from form_samples import some_batch

from survey.forms.answers_csv import header
from survey.forms.codec import asked, decode, encode
from survey.forms.domains import answer_ids
from survey.forms.layout import record_length
from survey.forms.loading import bundled, bundled_names, form_from_toml
from survey.forms.model import Choice, Choices, form_labels
from survey.forms.rows import valid_rows

NAMES = ("executive-view", "hr-hazards", "team-pulse")
# Lists that leave nothing out, so that "Other" has no place in them.
COMPLETE = {"size", "team", "last_no", "frequency", "stay"}
SAME_WORD = {"No"}
EXECUTIVE, BENCHMARK, HAZARDS, PULSE = (
    bundled(name) for name in ("executive-view", "hr-benchmark", "hr-hazards", "team-pulse")
)
OWN = {"other", "none", "prefer_not", "no_reason"}


def file_of(name):
    return (resources.files("survey.forms.definitions") / f"{name}.toml").read_text(encoding="utf-8")


def ids(options, leave_out=()):
    return [option.id for option in options if option.id not in leave_out]


def labels(options):
    return {option.id: option.label for option in options}


def lists():
    return [(name, question) for name in NAMES for question in bundled(name).questions if hasattr(question, "options")]


def answer_lists():
    """Every list that a person chooses from, other than cohorts and rankings."""
    return [(name, q) for name, q in lists() if isinstance(q, Choices) or (isinstance(q, Choice) and not q.cohort)]


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_named_as_its_file(name):
    assert bundled(name).id == name


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_there_in_english_and_spanish(name):
    for label in form_labels(bundled(name)):
        assert label.languages == {"en", "es"}, label
        assert label.text("en") != label.text("es") or label.text("en") in SAME_WORD, label


@pytest.mark.parametrize("name", NAMES)
def test_a_record_stays_short(name):
    assert record_length(bundled(name)) <= 24


@pytest.mark.parametrize("name", NAMES)
def test_random_answers_survive_the_way_into_a_record_and_back(name):
    form = bundled(name)
    batch = some_batch(form, random.Random(11), 200)
    assert valid_rows(form, batch).all()
    for row in batch:
        assert encode(form, decode(form, row.tobytes())) == row.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_cohorts_are_coarse_and_a_finer_list_is_noted_in_the_file(name):
    form = bundled(name)
    assert all(3 <= len(cohort.options) <= 5 for cohort in form.cohorts)
    assert len(re.findall(r"\bFiner, for ", file_of(name))) == max(1, len(form.cohorts))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_in_one_sentence_why_it_asks_for_cohorts(name):
    for page in bundled(name).pages:
        if any(isinstance(question, Choice) and question.cohort for question in page.questions):
            for _, text in page.why.texts:
                assert text.endswith(".")
                assert text.count(".") == 1


@pytest.mark.parametrize(("name", "question"), answer_lists())
def test_every_list_ends_with_preferring_not_to_say(name, question):
    last = question.options[-1]
    assert (last.id, last.label.text("en"), last.label.text("es")) == (
        *("prefer_not", "Prefer not to say"),
        "Prefiero no decirlo",
    )
    assert last.alone == isinstance(question, Choices)


@pytest.mark.parametrize(("name", "question"), lists())
def test_every_list_has_another_answer_unless_it_is_complete(name, question):
    assert ("other" in ids(question.options)) == (question.id not in COMPLETE)


@pytest.mark.parametrize(("name", "question"), [pair for pair in lists() if isinstance(pair[1], Choices)])
def test_what_denies_the_others_stands_alone(name, question):
    alone = {option.id for option in question.options if option.alone}
    assert alone == {"none", "prefer_not", "worse", "too_early"} & set(ids(question.options))


def test_the_readme_names_every_bundled_form():
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")
    assert [name for name in bundled_names() if f"`{name}`" not in readme] == []


# executive-view beside hr-benchmark


def test_what_both_forms_ask_is_of_the_same_kind():
    shared = {question.id for question in EXECUTIVE.questions} & {question.id for question in BENCHMARK.questions}
    assert shared >= {"size", "priorities", "blockers", "heard", "people_budget"}
    for question_id in shared:
        assert EXECUTIVE.question(question_id).kind == BENCHMARK.question(question_id).kind


def test_both_forms_rank_the_same_priorities():
    ours, theirs = EXECUTIVE.question("priorities"), BENCHMARK.question("priorities")
    assert ours.top == theirs.top
    assert ids(ours.options, OWN) == ids(theirs.options, OWN)
    for option_id, label in labels(theirs.options).items():
        assert labels(ours.options)[option_id] == label


def test_both_forms_know_the_same_objections():
    ours, theirs = EXECUTIVE.question("blockers"), BENCHMARK.question("blockers")
    assert ours.at_most == theirs.at_most
    assert set(ids(theirs.options)) <= set(ids(ours.options))
    assert ids(ours.options, OWN) == ids(theirs.options, OWN)
    differ = [one for one, label in labels(theirs.options).items() if labels(ours.options)[one] != label]
    assert [one for one in differ if one not in OWN] == ["belief"]  # "they", and "I"
    for one in theirs.options:
        assert one.alone == next(option.alone for option in ours.options if option.id == one.id)


def test_the_executive_looks_at_the_key_results_of_the_benchmark():
    ours, theirs = EXECUTIVE.question("people_kpi"), BENCHMARK.question("okrs")
    assert ids(ours.options, OWN) == ids(theirs.key_results, OWN)
    for option_id, label in labels(theirs.key_results).items():
        assert labels(ours.options)[option_id] == label


def test_sizes_are_those_of_the_benchmark_without_advisors():
    ours, theirs = EXECUTIVE.question("size"), BENCHMARK.question("size")
    assert ids(ours.options) == ids(theirs.options, {"advisor"})
    for option in ours.options:
        assert labels(theirs.options)[option.id] == option.label


@pytest.mark.parametrize("question_id", ["heard", "people_budget"])
def test_scales_and_brackets_have_the_same_answers_in_both_forms(question_id):
    ours, theirs = EXECUTIVE.question(question_id), BENCHMARK.question(question_id)
    assert answer_ids(ours) == answer_ids(theirs)
    if question_id == "heard":
        assert (ours.low, ours.high) == (theirs.low, theirs.high)
    else:
        assert (ours.unit, ours.units, ours.zero) == (theirs.unit, theirs.units, theirs.zero)


def test_what_was_said_and_what_lay_behind_it_are_the_same_reasons():
    reasons = EXECUTIVE.question("blockers").options
    for question_id in ("no_said", "no_behind"):
        options = EXECUTIVE.question(question_id).options
        assert ids(options, OWN) == ids(reasons, OWN)
        assert all(labels(reasons)[one] == labels(options)[one] for one in ids(options, OWN))


def test_only_who_said_no_is_asked_why():
    why = {"no_said", "no_behind"}
    for answer, expected in (("refused", why), ("postponed", why), ("no", set()), ("none_came", set())):
        assert why & asked(EXECUTIVE, {"last_no": answer}) == expected


# hr-hazards


def test_the_hazards_are_those_that_iso_45003_names():
    organisation = ["roles", "control", "demands", "change", "remote", "workload", "hours", "security"]
    assert ids(HAZARDS.question("work_organisation").options, OWN) == organisation
    assert ids(HAZARDS.question("social_factors").options, OWN) == [
        *("relationships", "leadership", "culture", "recognition", "career", "support", "supervision"),
        *("civility", "balance", "violence", "harassment", "bullying"),
    ]
    assert ids(HAZARDS.question("work_environment").options, OWN) == ["privacy", "place", "tools", "tasks"]


def test_what_helped_can_be_put_beside_what_was_tried():
    tried, helped = HAZARDS.question("tried"), HAZARDS.question("helped")
    assert tried.at_most == helped.at_most
    assert tried.show_if == helped.show_if
    outcomes = {"none", "worse", "too_early"}
    assert ids(helped.options, outcomes) == ids(tried.options)
    assert all(labels(helped.options)[one] == label for one, label in labels(tried.options).items())


def test_who_has_no_burden_is_asked_nothing_more_about_it():
    more = {"severity", "frequency", "acted", "tried", "helped"}
    assert not more & asked(HAZARDS, {"worst": "none"})
    assert not more & asked(HAZARDS, {"worst": "prefer_not"})
    assert more & asked(HAZARDS, {"worst": "social"}) == {"severity", "frequency", "acted"}
    assert more <= asked(HAZARDS, {"worst": "social", "acted": "employer"})
    assert not {"tried", "helped"} & asked(HAZARDS, {"worst": "social", "acted": "nobody"})


def test_days_lost_fall_into_few_brackets_with_none_apart():
    days = ("zero", "below-3", "3-8", "8-22", "22-66", "from-66")
    assert answer_ids(HAZARDS.question("days_lost")) == days


# team-pulse


def test_the_pulse_is_five_questions_and_splits_by_nothing():
    assert header(PULSE) == ["speak_up", "load", "recovery", "support", "stay"]
    assert PULSE.cohorts == ()
    assert record_length(PULSE) == 5
    assert all(question.show_if is None for question in PULSE.questions)


def test_the_right_load_is_zero_in_the_middle():
    assert answer_ids(PULSE.question("load")) == ("-2", "-1", "0", "1", "2")


def test_the_page_for_large_societies_works_once_its_marks_are_off():
    form = form_from_toml(re.sub(r"^#(     |$)", "", file_of("team-pulse"), flags=re.MULTILINE))
    assert header(form) == ["area", *header(PULSE)]
    assert [cohort.id for cohort in form.cohorts] == ["area"]
    assert 3 <= len(form.cohorts[0].options) <= 5
    assert form.languages == ("en", "es")
