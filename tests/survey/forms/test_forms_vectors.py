"""The vectors are what the code does now, and they hold it to what it did."""

import json

import numpy as np
import pytest
from form_vectors import VECTORS, as_text, bracket_vectors, record_vectors

from survey.forms.codec import InvalidAnswer, InvalidRecord, decode, encode
from survey.forms.loading import form_digest, form_from_canonical
from survey.forms.rows import valid_rows

RECORDS = json.loads((VECTORS / "records.json").read_text(encoding="utf-8"))


def _tuples(answers):
    """Lists of JSON as the tuples of the codec."""
    if isinstance(answers, list):
        return tuple(_tuples(one) for one in answers)
    return {name: _tuples(one) for name, one in answers.items()} if isinstance(answers, dict) else answers


@pytest.mark.parametrize(("name", "vectors"), [("records", record_vectors), ("brackets", bracket_vectors)])
def test_the_vectors_are_written_as_the_code_would_write_them(name, vectors):
    """After a wanted change: PYTHONPATH=. python tests/survey/forms/form_vectors.py"""
    assert (VECTORS / f"{name}.json").read_text(encoding="utf-8") == as_text(vectors())


@pytest.mark.parametrize("vectors", RECORDS["forms"], ids=lambda vectors: vectors["form"]["id"])
def test_the_record_vectors_hold_when_read_from_their_file_alone(vectors):
    form = form_from_canonical(vectors["form"])
    assert form_digest(form) == vectors["digest"]
    for case in vectors["valid"]:
        record = bytes.fromhex(case["record"])
        assert encode(form, _tuples(case["answers"])) == record
        assert encode(form, decode(form, record)) == record
    for case in vectors["invalid"]:
        with pytest.raises(InvalidRecord) as caught:
            decode(form, bytes.fromhex(case["record"]))
        assert caught.value.question == case["breaks"]


@pytest.mark.parametrize("vectors", RECORDS["forms"], ids=lambda vectors: vectors["form"]["id"])
def test_the_judged_records_hold_as_a_batch(vectors):
    form = form_from_canonical(vectors["form"])
    records = b"".join(bytes.fromhex(case["record"]) for case in vectors["judged"])
    batch = np.frombuffer(records, np.uint8).reshape(-1, vectors["length"])
    expected = ["answers" in case for case in vectors["judged"]]
    assert valid_rows(form, batch).tolist() == expected
    assert {True, False} == set(expected)
    for case in vectors["judged"]:
        if "answers" in case:
            assert decode(form, bytes.fromhex(case["record"])) == _tuples(case["answers"])


def test_the_refused_answers_are_refused():
    forms = {vectors["form"]["id"]: form_from_canonical(vectors["form"]) for vectors in RECORDS["forms"]}
    for case in RECORDS["invalid_answers"]:
        with pytest.raises(InvalidAnswer) as caught:
            encode(forms[case["form"]], _tuples(case["answers"]))
        assert caught.value.question == case["question"]
