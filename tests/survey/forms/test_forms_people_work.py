"""The bundled forms about people work: hr-benchmark, executive-view, hr-hazards, team-pulse."""

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
from survey.forms.model import Choice, Choices, Okr, Ranking, form_labels, option_lists
from survey.forms.rows import valid_rows

NAMES = ("executive-view", "hr-benchmark", "hr-hazards", "team-pulse")
# Lists that leave nothing out, so that "Other" has no place in them.
COMPLETE = {"size", "team", "last_no", "frequency", "stay", "region", "goal_tied", "budget_change", "move_helped"}
SAME_WORD = {"No", "Sector"}
EXECUTIVE, BENCHMARK, HAZARDS, PULSE = (
    bundled(name) for name in ("executive-view", "hr-benchmark", "hr-hazards", "team-pulse")
)
OWN = {"other", "none", "prefer_not", "no_reason"}
SELDOM_SAID = {"standing", "fear"}
# What both chairs are asked, and what only those who have executives of their own are asked.
BOTH = {"size", "priorities", "agenda", "own_kpi", "heard", "people_budget", "last_no", "no_said", "no_behind", "moved"}
OF_EXECUTIVES = BOTH - {"size", "priorities", "own_kpi"} | {"goal_tied", "budget_change"}


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
    assert record_length(bundled(name)) <= 28


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


@pytest.mark.parametrize("name", NAMES)
def test_every_list_of_a_whole_row_has_a_way_out_too(name):
    for question in bundled(name).questions:
        if isinstance(question, Okr):
            for options in option_lists(question):
                assert ids(options)[-2:] == ["other", "prefer_not"]


@pytest.mark.parametrize("name", NAMES)
def test_a_ranking_has_no_place_for_preferring_not_to_say(name):
    for question in bundled(name).questions:
        if isinstance(question, Ranking):
            assert "prefer_not" not in ids(question.options)


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


# hr-benchmark


def test_the_benchmark_asks_what_it_promises_in_this_order():
    assert header(BENCHMARK) == [
        *("role", "size", "industry", "region"),
        *("priorities", "own_kpi", "okrs"),
        *("agenda", "goal_tied", "heard", "people_budget", "budget_change"),
        *("last_no", "no_said", "no_behind", "moved"),
        *("hazards", "burnout", "blocked", "move", "move_helped"),
    ]
    assert [cohort.id for cohort in BENCHMARK.cohorts] == ["role", "size", "industry", "region"]


def test_the_main_objective_is_one_row():
    assert BENCHMARK.question("okrs").rows == 1


@pytest.mark.parametrize("role", ["lead", "generalist", "specialist", "other"])
def test_who_works_for_a_company_is_asked_about_its_executives(role):
    here = asked(BENCHMARK, {"role": role, "last_no": "refused", "move": "pilot"})
    assert here == set(header(BENCHMARK))


@pytest.mark.parametrize("answers", [{"role": "advisor"}, {}])
def test_an_advisor_is_not_asked_about_executives_of_her_own(answers):
    here = asked(BENCHMARK, {**answers, "move": "pilot"})
    assert here == set(header(BENCHMARK)) - OF_EXECUTIVES


def test_the_page_says_that_the_role_decides_what_is_asked():
    assert header(BENCHMARK)[0] == "role"
    assert "the first also decides what is asked" in BENCHMARK.pages[0].why.text("en")
    assert "el primero decide además qué se pregunta" in BENCHMARK.pages[0].why.text("es")


def test_only_who_tried_a_small_move_is_asked_whether_it_helped():
    moves = ids(BENCHMARK.question("move").options)
    tried = {move for move in moves if "move_helped" in asked(BENCHMARK, {"move": move})}
    assert tried == set(moves) - {"none", "prefer_not"}


def test_when_blocked_the_answers_go_from_walking_with_them_to_leaving():
    ways = ids(BENCHMARK.question("blocked").options)
    assert ways[0] == "walk"
    assert ways[-5:] == ["given_up", "leaving", "never", "other", "prefer_not"]


def test_the_roles_are_those_of_the_form_on_hazards():
    assert BENCHMARK.question("role") == HAZARDS.question("role")


def test_the_hazards_are_some_of_those_in_the_form_on_hazards():
    known = {one for name in ("work_organisation", "social_factors") for one in ids(HAZARDS.question(name).options)}
    ours = BENCHMARK.question("hazards")
    assert set(ids(ours.options)) < known
    assert ours.at_most == HAZARDS.question("social_factors").at_most


def test_the_change_of_the_budget_has_as_many_steps_up_as_down():
    steps = ids(BENCHMARK.question("budget_change").options)
    assert steps == ["much_less", "less", "same", "more", "much_more", "unknown", "prefer_not"]


# executive-view beside hr-benchmark


def test_what_both_forms_ask_is_of_the_same_kind():
    assert set(header(EXECUTIVE)) & set(header(BENCHMARK)) == BOTH
    for question_id in BOTH:
        assert EXECUTIVE.question(question_id).kind == BENCHMARK.question(question_id).kind


@pytest.mark.parametrize("question_id", sorted(BOTH))
def test_both_chairs_have_the_same_answers_in_the_same_order(question_id):
    assert answer_ids(EXECUTIVE.question(question_id)) == answer_ids(BENCHMARK.question(question_id))


@pytest.mark.parametrize("question_id", ["agenda", "own_kpi", "priorities", "size", "moved"])
def test_what_has_the_same_answers_has_them_in_the_same_words(question_id):
    ours, theirs = EXECUTIVE.question(question_id), BENCHMARK.question(question_id)
    assert labels(ours.options) == labels(theirs.options)


@pytest.mark.parametrize("question_id", ["no_said", "no_behind"])
def test_reasons_differ_only_in_who_speaks(question_id):
    ours, theirs = (labels(form.question(question_id).options) for form in (EXECUTIVE, BENCHMARK))
    assert {one for one in ours if ours[one] != theirs[one]} == {"belief"} | ({"no_reason"} & set(ours))


def test_both_chairs_may_choose_as_many():
    assert EXECUTIVE.question("priorities").top == BENCHMARK.question("priorities").top
    for question_id in BOTH:
        if isinstance(EXECUTIVE.question(question_id), Choices):
            assert EXECUTIVE.question(question_id).at_most == BENCHMARK.question(question_id).at_most


def test_the_executive_looks_at_the_key_results_of_the_benchmark():
    ours, theirs = EXECUTIVE.question("people_kpi").options, BENCHMARK.question("okrs").key_results
    assert ids(ours) == ids(theirs)
    assert all(labels(ours)[one] == labels(theirs)[one] for one in ids(theirs, OWN))


def test_people_measures_are_called_the_same_wherever_they_stand():
    measures = labels(BENCHMARK.question("okrs").key_results)
    own = labels(BENCHMARK.question("own_kpi").options)
    shared = (set(own) & set(measures)) - OWN
    assert shared == {"turnover", "time_to_fill", "enps", "absence", "staff_cost"}
    assert all(own[one] == measures[one] for one in shared)


def test_scales_and_brackets_mean_the_same_in_both_forms():
    ours, theirs = EXECUTIVE.question("heard"), BENCHMARK.question("heard")
    assert (ours.low, ours.high) == (theirs.low, theirs.high)
    ours, theirs = EXECUTIVE.question("people_budget"), BENCHMARK.question("people_budget")
    assert (ours.unit, ours.units, ours.zero) == (theirs.unit, theirs.units, theirs.zero)


@pytest.mark.parametrize("form", [EXECUTIVE, BENCHMARK], ids=["executive-view", "hr-benchmark"])
def test_what_lay_behind_a_no_is_what_was_said_and_what_seldom_is(form):
    said, behind = form.question("no_said").options, form.question("no_behind").options
    assert ids(behind, OWN | SELDOM_SAID) == ids(said, OWN)
    assert set(ids(behind)) >= SELDOM_SAID
    assert all(labels(behind)[one] == labels(said)[one] for one in ids(said, OWN))


def test_the_objections_of_executives_are_the_reasons_they_give():
    objections, said = EXECUTIVE.question("blockers").options, EXECUTIVE.question("no_said").options
    assert ids(objections, OWN) == ids(said, OWN)
    assert all(labels(objections)[one] == labels(said)[one] for one in ids(said, OWN))


@pytest.mark.parametrize("form", [EXECUTIVE, BENCHMARK], ids=["executive-view", "hr-benchmark"])
def test_a_no_is_asked_about_only_where_there_was_one(form):
    why = {"no_said", "no_behind"}
    for answer, expected in (("refused", why), ("postponed", why), ("no", set()), ("none_came", set())):
        assert why & asked(form, {"role": "lead", "last_no": answer}) == expected


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
