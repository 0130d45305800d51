"""statistics.csv: what a row says, and what may not be in it."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds

from privacy.estimate import estimate
from privacy.threshold import quantile
from reports.codebook import codebook
from reports.statistics import statistics
from reports.statistics_csv import COLUMNS, statistics_csv
from reports.summaries import worth_of
from survey.forms.model import Scale, Score

Rows = list[dict[str, str]]


def rows_of(made: Round) -> Rows:
    text = statistics_csv(statistics(made.manifest, made.measurement)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def precise(folder: Path, people: int) -> Round:
    """Hardly any noise: figures are what the invented people said."""
    wishes = replace(WISHES, by=(("industry",),), epsilon=8.9, weigh="equal", accept_imprecise=True)
    return make_round(folder, seven_kinds(), wishes, people=people)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return precise(tmp_path_factory.mktemp("made"), 1200)


@pytest.fixture(scope="module")
def rows(made: Round) -> Rows:
    return rows_of(made)


def test_the_columns_are_those_of_the_design() -> None:
    assert ",".join(COLUMNS) == "question,by,cohort,statistic,answer,value,low,high,status"


def test_every_statistic_of_every_question_and_cohort_has_one_row(rows: Rows) -> None:
    places = [
        tuple(row[c] for c in ("question", "by", "cohort", "statistic", "answer")) for row in rows if row["answer"]
    ]
    assert len(set(places)) == len(places)
    whole = [row for row in rows if not row["by"]]
    per_question = {q: sum(row["question"] == q for row in whole) for q in {row["question"] for row in whole}}
    assert per_question == {
        "priorities": 4 * 10,
        "okrs.objective|progress": 6 * 3,
        "people_budget": 11,
        "heard": 1,
        "burnout": 1,
    }
    assert {row["cohort"] for row in rows if row["by"] == "industry"} >= {"tech", "other", "(no answer)"}


def test_rows_that_are_not_shown_have_no_numbers_and_no_bracket(rows: Rows) -> None:
    silent = [row for row in rows if row["status"] != "shown"]
    assert {row["status"] for row in silent} == {"hidden", "uncertain"}
    assert all(row[name] == "" for row in silent for name in ("value", "low", "high"))
    of_amounts = [row for row in silent if row["question"] == "people_budget" and row["statistic"] != "difference"]
    assert of_amounts
    assert all(row["answer"] == "" for row in of_amounts)


def test_the_threshold_is_that_of_the_tables(made: Round, rows: Rows) -> None:
    promise, whole = made.manifest.promise, estimate(made.measurement)["heard@industry"]
    u = quantile(promise.beta)
    surely = np.minimum(whole.answered - u * whole.answered_sd, whole.people - u * whole.people_sd)
    found = [row["status"] for row in rows if row["question"] == "heard" and row["by"] and row["statistic"] == "mean"]
    assert [status == "hidden" for status in found] == list(surely < promise.min_cohort)


def test_intervals_hold_their_value(rows: Rows) -> None:
    for row in rows:
        if row["value"]:
            low, high = float(row["low"] or "-inf"), float(row["high"] or "inf")
            assert low <= float(row["value"]) <= high


def test_quantiles_rise_from_the_first_to_the_ninth_decile(rows: Rows) -> None:
    found = {row["statistic"]: row for row in rows if row["question"] == "people_budget" and not row["by"]}
    order = [found[f"p{percent}"] for percent in (10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)]
    values = [float(row["value"] or "0") for row in order]
    assert values == sorted(values)
    assert [row["status"] for row in order] == ["shown"] * 11


def test_the_first_rank_and_the_top_1_are_the_same_share(made: Round, rows: Rows) -> None:
    first = estimate(made.measurement)["priorities.1@"].share[:-1]
    top = [float(row["value"]) for row in rows if row["statistic"] == "top_1" and not row["by"]]
    assert top == pytest.approx(first, abs=0.02)  # displayed shares may be moved a little to fit other tables


def test_top_1_is_made_from_unbiased_counts_and_the_codebook_says_that_shares_may_differ(made: Round) -> None:
    ranked = estimate(made.measurement)["priorities.1@"]
    top = [s.value for s in statistics(made.manifest, made.measurement) if s.statistic == "top_1" and not s.by]
    unbiased = ranked.unbiased[:-1] / ranked.unbiased[:-1].sum()
    assert top == pytest.approx(np.clip(unbiased, 0.0, 1.0))
    book = codebook(made.manifest)
    told = {
        "tables.csv": book["columns"]["share"],
        "top_m": book["statistics"]["kinds"]["top_1, top_2, …"],
        "statistics.csv": book["statistics"]["columns"]["value"],
    }
    assert {place for place, words in told.items() if "may differ" in words and "unbiased" in words} == set(told)


def test_scores_are_the_points_of_all_ranks(rows: Rows) -> None:
    def of(statistic: str) -> np.ndarray:
        found = [row for row in rows if row["statistic"] == statistic and not row["by"]]
        return np.array([float(row["value"]) for row in found])

    assert of("mean_score") == pytest.approx(of("top_1") + of("top_2") + of("top_3"), abs=2e-4)
    assert (of("top_1") <= of("top_3") + 0.05).all()


def test_a_mean_counts_points_of_scales_and_middles_of_bins() -> None:
    scale, score = seven_kinds().question("heard"), seven_kinds().question("burnout")
    assert isinstance(scale, Scale)
    assert isinstance(score, Score)
    assert list(worth_of(scale)) == [1, 2, 3, 4, 5]
    assert list(worth_of(score)) == [4.5, 7, 10, 13, 16, 19]


def test_a_round_below_its_minimum_has_no_statistics(below_round: Round) -> None:
    assert rows_of(below_round) == []


def test_the_same_measurement_gives_the_same_bytes(made: Round) -> None:
    first, second = (statistics_csv(statistics(made.manifest, made.measurement)) for _ in range(2))
    assert first == second
