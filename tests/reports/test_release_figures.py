"""tables.csv: what a row says, what may be in it, and what may not."""

import csv
import io
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_rounds import WISHES, Round, make_round, seven_kinds, tiny_form, with_values

from privacy.estimate import estimate
from privacy.reconstruction import reconstruct
from privacy.threshold import modelled_instead, quantile
from reports.figures import MODELLED, figures
from reports.tables_csv import COLUMNS, decimal, tables_csv

NUMBERS = ("share", "low", "high", "count", "unbiased", "sd")


def table(made: Round) -> list[dict[str, str]]:
    text = tables_csv(figures(made.manifest, made.measurement)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_columns_are_those_of_the_design() -> None:
    expected = "question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status"
    assert ",".join(COLUMNS) == expected


def test_every_cell_of_every_table_has_one_row(tiny_round: Round) -> None:
    rows = table(tiny_round)
    assert len(rows) == sum(table.size for table in reconstruct(tiny_round.measurement).values())
    places = [tuple(row[c] for c in ("question", "by", "cohort", "rank", "answer")) for row in rows]
    assert len(set(places)) == len(places)


def test_the_total_has_no_question_and_no_cohort(tiny_round: Round) -> None:
    totals = [row for row in table(tiny_round) if not (row["question"] or row["by"] or row["cohort"])]
    assert len(totals) == 1
    assert float(totals[0]["unbiased"]) == tiny_round.measurement.total


def test_a_size_table_has_no_question(tiny_round: Round) -> None:
    sizes = [row for row in table(tiny_round) if not row["question"] and row["by"]]
    assert [(row["by"], row["cohort"], row["answer"]) for row in sizes] == [
        ("team", "red", ""),
        ("team", "blue", ""),
        ("team", "(no answer)", ""),
    ]


def test_cells_that_are_no_answer_have_counts_but_no_share(tiny_round: Round) -> None:
    rows = [row for row in table(tiny_round) if row["question"] == "tools" and not row["by"]]
    outside = [row for row in rows if row["answer"] in ("(no answer)", "(not asked)")]
    assert len(outside) == 2
    for row in outside:
        assert row["status"] == "shown"
        assert (row["share"], row["low"], row["high"], row["estimate"]) == ("", "", "", "")
        assert all(row[name] for name in ("count", "unbiased", "sd"))


def test_numbers_stand_where_the_measurement_has_them(tiny_round: Round) -> None:
    values = reconstruct(tiny_round.measurement)["mood@team"]
    rows = [row for row in table(tiny_round) if (row["question"], row["by"]) == ("mood", "team")]
    for row, value in zip(rows, values.ravel(), strict=True):
        assert row["status"] != "shown" or abs(float(row["unbiased"]) - value) <= 0.05 + 1e-9


def test_a_row_that_is_not_shown_has_no_numbers(tmp_path: Path) -> None:
    made = make_round(tmp_path, tiny_form(), people=60)
    rows = table(made)
    hidden = [row for row in rows if row["status"] != "shown"]
    assert hidden
    assert all(row[name] == "" for row in hidden for name in (*NUMBERS, "estimate"))


def test_every_row_that_is_shown_satisfies_the_threshold(tmp_path: Path) -> None:
    made = make_round(tmp_path, tiny_form(), people=90)
    promise = made.manifest.promise
    rows = iter(row for row in figures(made.manifest, made.measurement) if row.estimate != MODELLED)
    shown = 0
    for of in estimate(made.measurement).values():
        surely = of.answered - quantile(promise.beta) * of.answered_sd
        for index in np.ndindex(of.share.shape):
            row = next(rows)
            if row.status == "shown":
                shown += 1
                assert surely[index[: surely.ndim]] >= promise.min_cohort
                margin = of.margin_noise[index]
                assert isnan(margin) or margin <= promise.usable_margin
    assert shown


def test_a_cohort_that_shrinks_below_the_minimum_is_hidden(tiny_round: Round) -> None:
    made = with_values(tiny_round, "mood@team", [[90, 60, 50, 0], [2, 1, 0, 0], [0, 0, 0, 0]])
    made = with_values(made, "@team", [200, 3, 0])
    rows = [row for row in table(made) if (row["question"], row["by"]) == ("mood", "team")]
    assert {row["status"] for row in rows if row["cohort"] == "blue"} == {"hidden"}
    assert "shown" in {row["status"] for row in rows if row["cohort"] == "red"}


def test_a_ranking_names_the_question_and_the_rank(tmp_path: Path) -> None:
    made = make_round(tmp_path, seven_kinds(), replace(WISHES, by=()), people=400)
    rows = table(made)
    ranked = {(row["question"], row["rank"]) for row in rows if row["rank"]}
    assert ranked == {("priorities", "1"), ("priorities", "2"), ("priorities", "3")}
    questions = {row["question"] for row in rows}
    assert {"okrs.objective", "okrs.key_result", "okrs.objective|key_result", "okrs.objective|progress"} <= questions
    pair = next(row for row in rows if row["question"] == "okrs.objective|progress")
    assert pair["answer"] == "retain|behind"


def test_a_cohort_of_two_questions_names_both_in_order(tmp_path: Path) -> None:
    wishes = replace(WISHES, by=(("industry",), ("size",), ("industry", "size")))
    made = make_round(tmp_path, seven_kinds(), wishes, people=200)
    row = next(row for row in table(made) if row["by"] == "industry,size")
    assert row["cohort"] == "tech,advisor"


def test_a_round_below_its_minimum_has_at_most_its_total(below_round: Round) -> None:
    rows = table(below_round)
    assert len(rows) == 1
    assert rows[0]["question"] == rows[0]["by"] == rows[0]["cohort"] == ""


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_decimal_has_exactly_its_places_and_never_a_minus_before_zero(value: float, places: int) -> None:
    written = decimal(value, places)
    assert len(written.partition(".")[2]) == places
    assert abs(float(written) - value) <= 0.5000001 * 10**-places + 1e-6
    assert not (written.startswith("-") and float(written) == 0)


@pytest.mark.parametrize(("value", "written"), [(-0.00001, "0.0000"), (0.25, "0.2500"), (1234.5, "1234.5000")])
def test_decimals_are_written_without_locale(value: float, written: str) -> None:
    assert decimal(value, 4) == written


def test_a_modelled_figure_stands_in_a_further_row_beside_one_that_is_uncertain(
    tiny_round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, before, found = ("question", "by", "cohort", "rank", "answer"), {"status": ""}, 0
    monkeypatch.setattr("reports.figures.status", lambda one, *_: np.full(one.share.shape, "uncertain"))
    monkeypatch.setattr("privacy.threshold.RELIABLE", -1e9)
    monkeypatch.setattr("reports.figures.modelled_instead", lambda one, verdict, _: modelled_instead(one, verdict, 9.0))
    for row in table(tiny_round):
        if row["estimate"] == "modelled":
            found += 1
            assert [before[c] for c in place] == [row[c] for c in place]
            assert (before["status"], before["share"], row["status"]) == ("uncertain", "", "shown")
            assert float(row["low"]) <= float(row["share"]) <= float(row["high"])
            assert row["count"]
            assert (row["unbiased"], row["sd"]) == ("", "")
        before = row
    assert found >= 6  # mood in two teams
