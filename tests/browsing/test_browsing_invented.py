"""Invented answers must be answers: whatever a bundled form becomes, they fit it."""

import csv

import pytest

from browsing.invented import write_invented_answers
from survey.forms.answers_csv import header, read_answers
from survey.forms.loading import bundled, bundled_names


@pytest.mark.parametrize("name", bundled_names())
def test_invented_answers_fit_every_bundled_form(tmp_path, name):
    form, table = bundled(name), tmp_path / "answers.csv"
    write_invented_answers(table, form, 40)
    with table.open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in read_answers(form, file)) == 40
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(any(row[question] for row in rows) for question in header(form))
