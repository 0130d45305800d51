"""What `case.html` carries of a release: every figure that is shown, at the published decimals, and no other.

``PYTHONPATH=. python tests/reports/test_case_data.py`` writes tests/vectors/case.json again, which the client's tests
read, too.
"""

import csv
import io
import json
import sys
from itertools import product
from pathlib import Path

import pytest
from rfc8785 import dumps

sys.path.insert(0, str(Path(__file__).parent))

from place_vectors import FILE as PLACE

from privacy.measurement import Measurement
from reports.case_data import COUNTS, SHARES, form_words, shown_statistics, shown_tables
from reports.figures import Row, figures
from reports.published import read_served_manifest
from reports.statistics import Statistic, statistics
from reports.tables_csv import tables_csv
from survey.forms.axes import axes
from survey.forms.loading import form_from_toml

FILE = PLACE.with_name("case.json")
STORED = json.loads(PLACE.read_text(encoding="utf-8"))
MANIFEST = read_served_manifest(dumps(STORED["manifest"]))
FORM = MANIFEST.form


def rows():
    return figures(MANIFEST, Measurement.from_json(STORED["measurement"]))


def case_vectors() -> str:
    """The data of the round of place.json, without a guide."""
    measured = Measurement.from_json(STORED["measurement"])
    data = {
        "questions": form_words(FORM, "en"),
        "tables": shown_tables(FORM, figures(MANIFEST, measured)),
        "statistics": shown_statistics(FORM, statistics(MANIFEST, measured)),
        "guide": None,
        "facts": {
            "people": "300",
            "within": "20",
            "day": "1 April 2026",
            "external": False,
            "round": MANIFEST.id,
            "fingerprint": "ab" * 32,
            "minimum": "10",
            "usable": MANIFEST.promise.usable_margin,
        },
    }
    return json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n"


def test_the_stored_vectors_are_what_their_measurement_gives():
    """After a wanted change: PYTHONPATH=. python tests/reports/test_case_data.py"""
    assert FILE.read_text(encoding="utf-8") == case_vectors()


def carried(tables):
    """Shares, and counts of answers in an order, by their place in tables.csv."""
    known = {axis.id: [cell for at, cell in enumerate(axis.cells) if at not in axis.outside] for axis in axes(FORM)}
    found = {}
    for table in tables:
        name = f"{table['q']}.{table['rank']}" if table["rank"] else table["q"]
        answers = ["|".join(pair) for pair in product(*(known[one] for one in name.split("|")))] if name else [""]
        for cohort, cells in table["cohorts"].items():
            assert len(cells) == len(answers)
            for answer, cell in zip(answers, cells, strict=True):
                if cell:
                    found[table["q"], table["by"], cohort, table["rank"], answer] = cell
    return found


def test_every_share_that_tables_csv_shows_is_carried_exactly_and_no_other():
    written = list(csv.DictReader(io.StringIO(tables_csv(rows()).decode())))
    crossed = ("objective|", "|progress")
    published = {
        (row["question"], row["by"], row["cohort"], row["rank"], row["answer"]): row
        for row in written
        if row["status"] == "shown"
        and row["estimate"] == "display"
        and not any(part in row["question"] for part in crossed)
        and "(" not in row["cohort"] + row["answer"]
    }
    found = carried(shown_tables(FORM, rows()))
    assert set(found) == set(published)
    assert {row["status"] for row in written} == {"shown", "hidden", "uncertain"}
    for place, (share, low, high, *count) in found.items():
        row = published[place]
        assert [share, low, high] == [round(float(row[name]) * SHARES) for name in ("share", "low", "high")]
        assert count in ([], [round(float(row["unbiased"]) * COUNTS)])


@pytest.mark.parametrize("status", ["hidden", "uncertain"])
def test_what_is_not_shown_carries_no_number_even_if_a_row_had_one(status):
    """A planted fault: the row of a figure that must not be shown comes with its numbers."""
    row = Row("mood", "", "", "", "1", 0.25, 0.2, 0.3, 10.0, 10.0, 2.0, "", status)
    assert shown_tables(FORM, [row]) == []
    statistic = Statistic("budget", "", "", "p50", "10-100", 55.0, 20.0, 80.0, status)
    assert shown_statistics(FORM, [statistic]) == []


def test_modelled_and_weighted_rows_are_no_figures_of_a_group():
    kept = Row("mood", "", "", "", "1", 0.25, 0.2, 0.3, 10.0, 10.0, 2.0, "display", "shown")
    others = [Row(*place_of(kept), 0.5, 0.4, 0.6, None, None, None, kind, "shown") for kind in ("modelled", "weighted")]
    assert shown_tables(FORM, [kept, *others]) == shown_tables(FORM, [kept])


def place_of(row: Row) -> tuple[str, str, str, str, str]:
    return row.question, row.by, row.cohort, row.rank, row.answer


def test_a_quartile_in_an_open_bracket_has_no_value_and_a_missing_limit_is_null():
    row = Statistic("budget", "", "", "p50", "from-1000", None, 812.123456789, None, "shown")
    assert shown_statistics(FORM, [row]) == [
        {"q": "budget", "by": "", "name": "p50", "cohorts": {"": [[None, 812.123, None, "from-1000"]]}}
    ]


def test_labels_are_those_of_one_language():
    two = form_from_toml(
        """
id = "two"
title = { en = "T", es = "T" }
intro = { en = "I", es = "I" }
[[page]]
title = { en = "P", es = "P" }
[[page.question]]
id = "q"
kind = "amount"
label = { en = "Money", es = "Dinero" }
unit = { en = "EUR a year", es = "EUR al año" }
zero = { en = "Nothing", es = "Nada" }
edges = [1, 2]
units = { EUR = 1.0 }
"""
    )
    (question,) = form_words(two, "es")
    assert (question["label"], question["unit"], question["zero"]) == ("Dinero", "EUR al año", "Nada")
    assert question["units"] == {"EUR": 1.0}


if __name__ == "__main__":
    FILE.write_text(case_vectors(), encoding="utf-8")
