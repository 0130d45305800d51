"""A cluster that loses its workers, its scheduler or its way: told in a sentence, and nothing is counted wrong."""

from dataclasses import replace

import pytest
from clusters import documented_tls_files, running, tls_files
from in_workers import Slow

from aggregation.ballots import BoxError
from aggregation.engines import cluster as cluster_module
from aggregation.engines import handing_out
from aggregation.engines.cluster import Cluster
from aggregation.engines.job import CountingFailed
from aggregation.portions import FilePortions
from host.box_portions import BoxPortions
from survey.intake.box import BallotBox

pytestmark = pytest.mark.long  # a dozen processes are started, and waited for


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """With the certificates of the documents, and two workers, one and two, that the tests use up in turn."""
    folder = tmp_path_factory.mktemp("cluster")
    with running(folder, documented_tls_files(folder / "tls")) as real:
        for name in ("one", "two"):
            real.start_worker(name)
        yield real


def test_a_box_in_a_database_is_read_by_the_workers_themselves(cluster, sample, alone, tmp_path):
    box, round_id = BallotBox.open(tmp_path / "intake.sqlite"), sample.file.manifest.id_bytes
    for one in sample.file.ballots():
        box.put(round_id, one.nonce, one.revision, one.authenticator, one.sealed)
    box.close(round_id)
    portions = BoxPortions(tmp_path / "intake.sqlite", round_id, sample.file.count, 5)
    assert sample.counted(cluster.engine(), portions) == alone
    box.destroy(round_id)  # which a reader left behind would not let happen
    with pytest.raises(BoxError, match="A worker reaches another ballot box"):
        sample.counted(cluster.engine(), portions)


def test_a_newcomer_takes_the_place_of_a_worker_that_was_killed(cluster, sample, alone):
    told = []

    def progress(done):
        told.append(done)
        if len(told) == 3:
            cluster.kill("one")
            cluster.start_worker("three")

    assert sample.counted(cluster.engine(), Slow(FilePortions.of(sample.file, 2), 0.2), progress) == alone
    log = (cluster.folder / "three.log").read_text()
    assert log.count("'take'") == log.count("'forget'") == 1


def test_all_workers_killed_at_once_are_waited_for(cluster, sample, alone):
    told = []

    def progress(done):
        told.append(done)
        if len(told) == 3:
            for name in ("two", "three"):
                cluster.kill(name)
            cluster.start_worker("four")

    assert sample.counted(cluster.engine(), Slow(FilePortions.of(sample.file, 4), 0.1), progress) == alone
    assert told == sorted(set(told))


def test_a_cluster_that_is_left_alone_is_given_up(cluster, sample, monkeypatch):
    monkeypatch.setattr(handing_out, "_LOOK", 0.1)
    monkeypatch.setattr(handing_out, "_ALONE", 0.3)

    def progress(_done):
        cluster.kill("four")

    with pytest.raises(CountingFailed, match="has no workers"):
        sample.counted(cluster.engine(), Slow(FilePortions.of(sample.file, 20), 0.3), progress)


def test_a_cluster_without_workers_is_told(cluster, sample, monkeypatch):
    monkeypatch.setattr(handing_out, "_FIRST_WORKER", 0.2)
    with pytest.raises(CountingFailed, match="has no workers"):
        sample.counted(cluster.engine())


def test_a_worker_that_could_write_results_to_its_disk_gets_no_key(cluster, sample):
    cluster.start_worker("spilling", memory=("--memory-limit", "500MB"))
    with pytest.raises(CountingFailed, match="--memory-limit 0"):
        sample.counted(cluster.engine())
    assert "'take'" not in (cluster.folder / "spilling.log").read_text()


def test_a_scheduler_of_another_authority_or_none_at_all_is_told(cluster, sample, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.5)
    stranger = Cluster(cluster.address, tls_files(tmp_path / "other"))
    nobody = Cluster("tls://127.0.0.1:9", cluster.tls)
    without = Cluster(cluster.address, replace(cluster.tls, certificate=tmp_path / "missing.pem"))
    for engine in (stranger, nobody, without):
        with pytest.raises(CountingFailed, match="cannot be reached over TLS"):
            sample.counted(engine)


def test_a_scheduler_that_goes_away_ends_the_run_with_a_sentence(cluster, sample):
    cluster.kill("spilling")
    cluster.start_worker("five")

    def progress(_done):
        cluster.kill("scheduler")

    with pytest.raises(CountingFailed, match="connection to the scheduler was lost"):
        sample.counted(cluster.engine(), Slow(FilePortions.of(sample.file, 20), 0.3), progress)
