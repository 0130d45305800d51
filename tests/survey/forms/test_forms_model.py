import pytest
from form_samples import every_kind

from survey.forms.domains import answer_ids, answer_labels
from survey.forms.labels import Label

FORM = every_kind()


def test_questions_keep_their_order_over_pages():
    assert [question.id for question in FORM.questions] == [
        *("team", "lead", "tools"),
        *("first_things", "mood", "tired", "pay", "okrs"),
    ]
    assert FORM.question("mood").kind == "scale"
    with pytest.raises(KeyError):
        FORM.question("nobody")


def test_cohorts_are_the_choices_marked_so():
    assert [question.id for question in FORM.cohorts] == ["team"]


def test_languages_are_those_that_some_label_names():
    assert FORM.languages == ("en", "es")


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("team", ("alpha", "beta", "gamma")),
        ("mood", ("-2", "-1", "0", "1", "2")),
        ("tired", ("2-3", "4-5", "6-7", "8-10")),
        ("first_things", ("a", "b", "c", "d")),
    ],
)
def test_answer_ids_come_in_code_order(question, ids):
    assert answer_ids(FORM.question(question)) == ids


def test_an_okr_has_no_single_list_of_answers():
    with pytest.raises(ValueError, match="three lists"):
        answer_ids(FORM.question("okrs"))


def test_labels_are_read_in_the_language_asked_for():
    assert answer_labels(FORM.question("team"), "es") == ("Alpha, and more", "Be", "Gamma")
    assert answer_labels(FORM.question("mood")) == ("-2 (Low)", "-1", "0", "1", "2 (High)")
    assert answer_labels(FORM.question("pay"))[3:5] == ("Nothing", "0 to under 10")
    assert answer_labels(FORM.question("tired")) == ("2-3", "4-5", "6-7", "8-10")


@pytest.mark.parametrize("question", [question for question in FORM.questions if question.kind != "okr"])
def test_every_answer_has_a_label(question):
    for language in ("en", "es", "xx"):
        labels = answer_labels(question, language)
        assert len(labels) == len(answer_ids(question))
        assert all(labels)


def test_a_label_falls_back_to_the_bare_text_and_then_to_its_first():
    both = Label((("", "bare"), ("es", "español")))
    assert [both.text(language) for language in ("es", "en", "")] == ["español", "bare", "bare"]
    named = Label.of({"fr": "français", "es": "español"})
    assert [named.text(language) for language in ("fr", "en", "")] == ["français", "español", "español"]
    assert str(Label.of("x")) == "x"


def test_labels_that_say_the_same_are_equal_in_any_order():
    assert Label.of({"en": "a", "es": "b"}) == Label.of({"es": "b", "en": "a"})


def test_values_cannot_be_changed():
    with pytest.raises(AttributeError):
        FORM.id = "other"
