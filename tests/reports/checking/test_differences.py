"""What may differ in a release that other software made, and what may not: words and last decimals, told by name."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from reports.checking.differences import Difference, difference
from reports.dataset.columns import Column
from reports.dataset.parquet import parquet

FIGURE, WORDING = Difference.Kind.FIGURE, Difference.Kind.WORDING
DERIVED: dict[str, Any] = {
    "unit": "One person.",
    "mechanism": {"words": "Noise was drawn."},
    "guarantee": {"epsilon": 3.0},
    "closing": None,
    "complete": True,
}


def record(document: object) -> bytes:
    return json.dumps(document).encode()


def found(change: Callable[[dict[str, Any]], object]) -> Difference:
    document = json.loads(record(DERIVED))
    change(document)
    differing = difference("release.json", record(document), record(DERIVED))
    assert differing is not None
    return differing


def test_words_that_differ_are_told_by_name() -> None:
    differing = found(lambda d: d.update(unit="One row.", mechanism={"words": "None was."}))
    assert differing.kind is WORDING
    assert differing.sentence == "release.json is worded otherwise in mechanism.words, unit."


def test_last_decimals_are_told_by_name() -> None:
    differing = found(lambda d: d.update(unit="One row.", guarantee={"epsilon": 3.0000001}))
    assert differing.kind is WORDING
    assert differing.sentence == (
        "release.json is worded otherwise in unit and differs in the last decimals of guarantee.epsilon."
    )


def test_the_same_document_in_another_layout_is_told() -> None:
    differing = difference("release.json", json.dumps(DERIVED, indent=3).encode(), record(DERIVED))
    assert differing == Difference(WORDING, "release.json is not, byte by byte, what the measurements give.")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.update(guarantee={"epsilon": 2.9}), "guarantee.epsilon"),
        (lambda d: d.update(secret=None), "secret"),
        (lambda d: d.update({"\x1b[2J": None}), r"\?\[2J"),
        (lambda d: d.pop("closing"), "closing"),
        (lambda d: d.pop("unit"), "unit"),
        (lambda d: d.update(unit={"epsilon": 0.1}), "unit"),
        (lambda d: d.update(unit=None), "unit"),
        (lambda d: d.update(complete=1), "complete"),
    ],
)
def test_all_else_is_a_figure(change: Callable[[dict[str, Any]], object], place: str) -> None:
    differing = found(change)
    assert differing.kind is FIGURE
    assert differing.sentence.isprintable()
    assert re.match(rf"release\.json\.{place} is not", differing.sentence)


def test_a_key_that_stands_there_twice_is_refused_even_if_the_last_is_right() -> None:
    twice = record(DERIVED).replace(b'"guarantee": {', b'"guarantee": {"epsilon": 0.0001, ')
    assert json.loads(twice) == DERIVED
    assert difference("release.json", twice, record(DERIVED)) == Difference(FIGURE, "release.json says epsilon twice.")


def test_a_cell_without_end_is_refused() -> None:
    differing = difference("tables.csv", b"x" * 200_000, b"question,cohort\n")
    assert differing is not None
    assert differing.kind is FIGURE


def test_a_typed_table_may_be_laid_out_otherwise_and_may_not_hold_another_number() -> None:
    columns = (Column("share", "number", "", optional=True),)
    derived, other = (parquet(f"share\n{share}\n".encode(), columns, "a" * 64) for share in ("0.5", "0.6"))
    again = parquet(b"share\n0.5\n", columns, "b" * 64)
    differing = difference("tables.parquet", again, derived)
    assert differing == Difference(WORDING, "tables.parquet holds the same rows, laid out otherwise.")
    differing = difference("tables.parquet", other, derived)
    assert differing == Difference(FIGURE, "tables.parquet is not what the rest of the release gives.")


def test_another_program_is_told_as_one() -> None:
    differing = difference("recipe.py", b"import os", b"import csv")
    assert differing == Difference(WORDING, "recipe.py is another program than here: read it before you run it.")


def test_a_cell_that_a_terminal_would_obey_is_shown_without_that() -> None:
    header = b"question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status\n"
    found = difference("tables.csv", header + b"\x1b[2J,,,,,\x1b]0;x\x07,,,,,,,\n", header)
    assert found is not None
    assert found.sentence.isprintable()
