"""Medians, targets and the document, from runs that are made up."""

from argparse import Namespace

import pytest

from benchmarks.accuracy import document, presets, report, small
from benchmarks.accuracy.__main__ import _scenes
from benchmarks.accuracy.large import EVEN, OURS
from benchmarks.accuracy.members import draw_records
from benchmarks.accuracy.questionnaire import SETS
from benchmarks.accuracy.runs import CLIPPED, READ, Run, keep, kept, rows
from benchmarks.accuracy.targets import verdicts
from survey.forms.layout import record_length
from survey.forms.loading import bundled
from survey.forms.rows import valid_rows


def a_run(method, errors, seed=0, respondents=5000, why="", day="2026-01-02"):
    spread = {reading: dict.fromkeys(SETS, value) for reading, value in errors.items()}
    notes = {"total_variance": 100.0 if method == EVEN else 80.0}
    return Run(method, respondents, seed, 110, day, 1.0, spread, {"lib": "1.0"}, notes, why)


RUNS = [
    *(a_run(EVEN, {READ: error, CLIPPED: error / 2}, seed) for seed, error in enumerate((0.1, 0.2, 0.9))),
    a_run(OURS, {"unbiased": 0.15, "display": 0.1}),
    a_run("Echo", {READ: 0.3}, day="2025-12-31"),
    a_run("Lost", {}, why="did not install: no"),
    a_run("Echo", {READ: 0.4}, respondents=200_000),
]


def test_rows_are_medians_over_the_seeds_of_one_size():
    found = {(row.method, row.reading): row for row in rows(RUNS, 5000)}
    assert found[EVEN, READ].errors["pair"] == 0.2
    assert found[EVEN, CLIPPED].errors["pair"] == 0.1
    assert found[EVEN, READ].seeds == 3
    assert found["Echo", READ].errors["pair"] == 0.3
    assert ("Lost", READ) not in found


def test_each_target_is_said_to_be_met_or_missed_and_by_how_much():
    said = {v.what: v for v in verdicts(rows(RUNS, 5000), {EVEN: 100.0, OURS: 80.0})}
    assert said["unbiased: total variance"].reached == pytest.approx(1.25)
    assert said["unbiased: total variance"].said == "MISSED by 17%"
    assert said["display: pair, against the even split"].reached == pytest.approx(2.0)
    assert said["display: pair, against the even split"].said == "met (43% above)"
    assert "not measured" in said["modelled: pair, against the even split"].said


def test_a_modelled_estimate_must_beat_the_best_peer_however_its_tables_are_read():
    ours = a_run(OURS, {"unbiased": 0.2, "display": 0.2, "modelled": 0.2})
    peers = [a_run("Good", {READ: 0.5, CLIPPED: 0.1}), a_run("Bad", {READ: 0.6})]
    found = [v for v in verdicts(rows([RUNS[0], ours, *peers], 5000), {EVEN: 1.0, OURS: 1.0}) if "best peer" in v.what]
    wanted = {v.what: v for v in found if v.target is not None}
    assert list(wanted) == [f"modelled: {n}, against the best peer (Good)" for n in ("region", "pair")]
    assert all(v.reached == pytest.approx(0.5) and v.said == "MISSED by 50%" for v in wanted.values())
    assert [v.said for v in found if v.target is None] == ["no target"] * 3


def test_the_document_names_who_is_missing_and_the_day_of_every_row():
    text = document.large_part(RUNS, [5000, 200_000], "times")
    assert "Lost: did not install: no" in text
    assert "2025-12-31" in text
    assert "ours (2) display" in text
    assert f"{EVEN}: {CLIPPED}" in text
    assert "MISSED" in text


def test_the_document_is_written_with_its_date_and_versions(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "PATH", tmp_path / "accuracy.md")
    document.write(["part one", "part two"])
    text = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert "OpenDP 0.16" in text
    assert text.endswith("part one\n\npart two\n")


def test_kept_runs_come_back_the_later_of_two_of_the_same(tmp_path):
    path = tmp_path / "runs.jsonl"
    for run in (a_run("Echo", {READ: 0.3}), a_run("Echo", {READ: 0.1}), a_run("Echo", {READ: 0.2}, seed=1)):
        keep(run, path)
    assert [run.errors[READ]["pair"] for run in kept(path)] == [0.1, 0.2]
    assert kept(tmp_path / "none.jsonl") == []


def test_columns_of_a_table_line_up():
    lines = report.table(("name", "x"), [("a long name", "1.25"), ("b", "10")]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[-1] == "| b           |   10 |"


def test_without_presets_the_small_part_says_that_it_is_not_measured(monkeypatch):
    monkeypatch.setattr(small, "available", lambda: False)
    assert "NOT MEASURED" in small.report(1)


@pytest.mark.skipif(not presets.available(), reason="this version proposes no presets")
def test_small_rounds_are_measured_under_the_preset(monkeypatch):
    monkeypatch.setattr(small, "SIZES", (300,))
    text = small.report(1)
    assert "| 300" in text
    assert "Targets at 300 people" in text


def test_made_up_members_fill_in_the_bundled_form_as_it_allows():
    form = bundled("hr-benchmark")
    records = draw_records(form, 60, 1)
    assert records.shape == (60, record_length(form))
    assert valid_rows(form, records).all()
    assert (draw_records(form, 60, 1) == records).all()
    assert (draw_records(form, 60, 2) != records).any()


def test_each_size_has_its_own_number_of_seeds_and_further_sizes_the_last():
    asked = Namespace(respondents=[10, 20, 30], seeds=[2, 1], first_seed=4)
    assert list(_scenes(asked)) == [(10, 4), (10, 5), (20, 4), (30, 4)]
    assert list(_scenes(Namespace(respondents=[10], seeds=[1, 9], first_seed=0))) == [(10, 0)]
