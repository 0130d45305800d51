"""microdata.csv: written with the form's ids, and taken only if every row is what the form allows."""

import random

import numpy as np
import pytest
from release_rounds import answers, seven_kinds, tiny_form

from reports.errors import ReleaseError
from reports.microdata.records_csv import read_records, records_csv
from survey.forms.answers_csv import header
from survey.forms.codec import encode


def batch_of(form, many):
    rng = random.Random(many)
    return np.stack([np.frombuffer(encode(form, answers(form, rng)), np.uint8) for _ in range(many)])


@pytest.mark.parametrize("make", [tiny_form, seven_kinds])
def test_records_are_read_as_they_were_written(make):
    form, batch = make(), batch_of(make(), 120)
    data = records_csv(form, batch)
    assert (read_records(form, data) == batch).all()
    assert data.decode().split("\n")[0].split(",") == header(form)


def test_every_value_is_an_id_of_the_form():
    form = seven_kinds()
    row = {
        "industry": "tech",
        "size": "50-249",
        "priorities": ("pay", "ai"),
        "okrs": (("hire", "enps", "done"), ("retain", "turnover", "behind")),
        "blockers": ("proof", "cost"),
    }
    data = records_csv(form, np.frombuffer(encode(form, row), np.uint8)[None, :])
    cells = dict(zip(header(form), data.decode().splitlines()[1].split(","), strict=True))
    assert (cells["industry"], cells["size"]) == ("tech", "50-249")
    assert cells["priorities"] == "pay;ai"  # in order
    assert cells["okrs"] == "retain|turnover|behind;hire|enps|done"
    assert cells["blockers"] == "cost;proof"


GOOD = "team,mood,tools\nred,2,saw;axe\nblue,,\n,3,\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD.replace("team,mood", "mood,team"), "does not have the columns of the form"),
        (GOOD.replace("red,2", "red,4"), "row 2, column mood"),
        (GOOD.replace("saw;axe", "saw;none"), "row 2, column tools"),
        (GOOD.replace("saw;axe", "saw;saw"), "row 2, column tools"),
        (GOOD.replace("saw;axe", "axe;saw"), "not written as"),
        (GOOD.replace("blue,,", "blue,,saw"), "row 3: a question is answered that was not asked"),
        (GOOD.replace("blue,,", "Ann Example,,"), "row 3, column team"),
        (GOOD.replace("blue,,", "blue,,,"), "row 3: it has not as many cells"),
        (GOOD.replace("\n", "\r\n"), "not written as"),
        (GOOD.replace("2,", "02,"), "not written as"),
        (GOOD.replace("2,", "two,"), "row 2, column mood"),
        (GOOD + '"', "cannot be read as a table"),
        ("", "does not have the columns"),
    ],
)
def test_a_file_that_is_not_of_this_form_is_refused_by_place_and_never_repeated(data, why):
    assert len(read_records(tiny_form(), GOOD.encode())) == 3
    with pytest.raises(ReleaseError, match=why) as refused:
        read_records(tiny_form(), data.encode())
    assert "Ann" not in str(refused.value)


def test_what_is_no_text_or_too_large_is_refused(monkeypatch):
    with pytest.raises(ReleaseError, match="cannot be read as a table"):
        read_records(tiny_form(), b"team,mood,tools\n\xff,,\n")
    monkeypatch.setattr("reports.microdata.records_csv.MOST_BYTES", 20)
    with pytest.raises(ReleaseError, match="larger than"):
        read_records(tiny_form(), GOOD.encode())


def test_a_malformed_okr_row_is_refused():
    form = seven_kinds()
    at = header(form).index("okrs")
    for cell in ("hire|enps", "hire|enps|done|done", "hire|enps|done;", "|||"):
        row = ",".join(cell if place == at else "" for place in range(len(header(form))))
        with pytest.raises(ReleaseError, match="row 2, column okrs"):
            read_records(form, f"{','.join(header(form))}\n{row}\n".encode())


def test_more_records_than_are_ever_drawn_are_refused_before_any_is_read(monkeypatch):
    form = tiny_form()
    data = records_csv(form, batch_of(form, 12))
    monkeypatch.setattr("reports.microdata.records_csv.MOST_RECORDS", 11)
    with pytest.raises(ReleaseError, match="more than 11 records"):
        read_records(form, data)
