"""The guide to writing forms: every form in it loads, and every table below one is read by it."""

import io
import re
from pathlib import Path
from typing import get_args

import pytest

from survey.forms.answers_csv import read_answers
from survey.forms.loading import form_from_toml
from survey.forms.model import Amount, Form, Question, Scale
from survey.forms.schema import _KINDS

GUIDE = (Path(__file__).resolve().parents[1] / "docs" / "forms.md").read_text(encoding="utf-8")
FORMS = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
TABLES = re.findall(r"^```toml\n([^`]*)^```\n\n```csv\n([^`]*)^```$", GUIDE, re.MULTILINE)
_AROUND = 'id = "guide"\ntitle = "Guide"\nintro = "A guide."\n\n[[page]]\ntitle = "Page"\nwhy = "Because."\n\n'


def first_words(text: str) -> str:
    return "-".join(re.findall(r'(?:^id|kind) = "(.*?)"', text, re.MULTILINE)[:2])


def form_of(example: str) -> Form:
    """The form of an example, which is a whole one or only questions."""
    return form_from_toml(example if "[[page]]" in example else _AROUND + example)


def questions() -> list[Question]:
    return [question for example in FORMS for question in form_of(example).questions]


@pytest.mark.parametrize("example", FORMS, ids=first_words)
def test_every_form_in_the_guide_loads(example):
    assert form_of(example).questions


@pytest.mark.parametrize(("example", "rows"), TABLES, ids=first_words)
def test_every_table_in_the_guide_is_read_by_the_form_above_it(example, rows):
    records = list(read_answers(form_of(example), io.StringIO(rows, newline="")))
    assert len(records) == len(rows.splitlines()) - 1 > 0


def test_no_table_stands_without_a_form():
    assert len(TABLES) == GUIDE.count("```csv")
    assert len(FORMS) == GUIDE.count("```toml")


def test_the_guide_shows_every_kind_both_ways():
    assert {type(question) for question in questions()} == set(get_args(Question))
    scales = [question for question in questions() if isinstance(question, Scale)]
    assert {scale.first == 1 for scale in scales} == {True, False}
    amounts = [question for question in questions() if isinstance(question, Amount)]
    assert {amount.zero is None for amount in amounts} == {bool(amount.units) for amount in amounts} == {True, False}


def test_the_brackets_and_bins_that_the_guide_names_are_those_of_its_forms():
    by_id = {question.id: question for question in questions()}
    assert by_id["budget"].edges == (10, 32, 100, 316, 1000)
    assert by_id["tired"].starts == (2, 5, 8)


@pytest.mark.parametrize("kind", _KINDS)
def test_the_guide_explains_every_key_of_every_kind(kind):
    section = GUIDE.partition(f"### {kind}: ")[2].partition("\n#")[0]
    common = GUIDE.partition("**Every question**")[2].partition("\n\n")[0]
    keys = [field.data_key or name for name, field in _KINDS[kind]().fields.items()]
    assert [key for key in keys if f"`{key}`" not in section + common] == []
