"""The guide to writing forms: every form in it loads, and every table below one is read by it."""

import io
import math
import re
from pathlib import Path
from typing import get_args

import pytest

from survey.forms.answers_csv import read_answers
from survey.forms.loading import bundled, form_from_toml
from survey.forms.model import Amount, Form, Question, Scale
from survey.forms.reading import minutes
from survey.forms.schema import _KINDS
from survey.forms.sheets import _PartSchema, _SheetSchema, _TopicSchema

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


def test_the_guide_says_how_many_questions_and_minutes_each_form_has():
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (\d+) \| ([\d.]+) \|$", GUIDE, re.MULTILINE)
    assert [name for name, _, _ in rows] == ["hr-benchmark", "executive-view", "hr-hazards", "team-pulse"]
    for name, questions, longest in rows:
        form = bundled(name)
        assert len(form.questions) == int(questions)
        assert math.ceil(max(minutes(form, language) for language in form.languages) * 10) / 10 == float(longest)


def test_the_guide_names_the_questions_that_both_chairs_are_asked():
    ours, theirs = (
        {question.id for question in bundled(name).questions} for name in ("executive-view", "hr-benchmark")
    )
    named = GUIDE.partition("have ten questions in common")[2].partition("so that both chairs")[0]
    assert set(re.findall(r"`([a-z_]+)`", named)) == ours & theirs
    assert len(ours & theirs) == 10


@pytest.mark.parametrize("schema", [_SheetSchema, _PartSchema, _TopicSchema])
def test_the_guide_explains_every_key_of_a_sheet(schema):
    section = GUIDE.partition("## A sheet to talk about")[2].partition("\n## ")[0]
    forms = ("`{}`", "`[{}]`", "`[[{}]]`")
    assert [key for key in schema().fields if not any(form.format(key) in section for form in forms)] == []
