"""Counting on a real Dask cluster: a scheduler and workers in processes of their own, over TLS."""

import pickle
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from clusters import NO_PAGES, RealCluster, documented, running, until
from in_workers import One, Slow, Talkative, left
from tallied_rounds import forms_of

from aggregation.ballots import BoxError, BoxOutOfOrder
from aggregation.engines import cluster as cluster_module
from aggregation.engines import handing_out, working
from aggregation.engines.cluster import Cluster
from aggregation.engines.envelopes import EnvelopeKey
from aggregation.engines.job import CountingFailed, Fault, Kind
from aggregation.portions import FilePortions


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """With two workers, named one and two."""
    with running(tmp_path_factory.mktemp("cluster")) as real:
        for name in ("one", "two"):
            real.start_worker(name)
        yield real


def traces(cluster: RealCluster) -> bytes:
    """All that anyone could find of the cluster: command lines, environments, logs and files."""
    processes = (Path(f"/proc/{process.pid}") for process in cluster.processes.values())
    seen = [(process / what).read_bytes() for process in processes for what in ("cmdline", "environ")]
    return b"".join([*seen, *(path.read_bytes() for path in cluster.folder.rglob("*") if path.is_file())])


def test_a_cluster_counts_what_one_process_counts_and_keeps_nothing(cluster, sample, alone):
    told = []
    assert sample.counted(cluster.engine(), progress=told.append) == alone
    assert told == sorted(told)
    assert (len(told), told[-1]) == (14, sample.file.count)
    seen = traces(cluster)
    assert b"Run out-of-band function 'take'" in seen
    assert not any(form in seen for form in forms_of(sample.key.to_seed()))
    with cluster_module._connected(cluster.engine()) as client:
        assert set(client.run(left).values()) == {(0, 0, 0)}


def test_nothing_of_a_cluster_but_tls_can_be_reached_from_other_machines(cluster):
    """Its TLS ports are on the loopback address in tests, so that everything must be."""
    for name, process in cluster.processes.items():
        heard = {c.laddr.ip for c in psutil.Process(process.pid).net_connections() if c.status == psutil.CONN_LISTEN}
        assert heard == {"127.0.0.1"}, name


def test_a_box_out_of_order_is_noticed_by_whoever_reads_it(cluster, out_of_order, sample):
    for size in (1, 40):  # between portions, and within one
        with pytest.raises(BoxOutOfOrder):
            replace(sample, file=out_of_order).counted(cluster.engine(size))


def test_what_goes_wrong_in_a_worker_is_told_without_a_word_of_it(cluster, sample):
    secret = sample.key.to_seed().hex()
    talkative = One(Talkative(FilePortions.of(sample.file, 40)[0], 0, secret))
    with pytest.raises(CountingFailed, match="RuntimeError") as caught:
        sample.counted(cluster.engine(), talkative)
    assert secret not in str(caught.value)
    assert secret not in cluster.logs()


def test_a_box_file_that_a_worker_does_not_see_is_told_before_anything_is_counted(cluster, sample, tmp_path):
    path = tmp_path / "moved.box"
    portions = FilePortions.of(replace(sample.file, path=path), 3)
    with pytest.raises(BoxError, match="A worker cannot read the box file"):
        sample.counted(cluster.engine(), portions)


def test_a_worker_killed_in_the_middle_changes_no_count(cluster, sample, alone):
    told = []

    def progress(done):
        told.append(done)
        if len(told) == 3:
            cluster.kill("one")

    assert sample.counted(cluster.engine(), Slow(FilePortions.of(sample.file, 2), 0.1), progress) == alone
    assert len(told) == 20
    assert told == sorted(set(told))


def test_the_documented_commands_are_ones_that_dask_takes(tmp_path, monkeypatch):
    from distributed.cli import dask_scheduler, dask_worker

    monkeypatch.chdir(tmp_path)
    for name in ("ca.pem", "tally.pem", "tally.key"):
        (tmp_path / name).touch()
    scheduler, worker = documented("dask")
    assert all(" ".join(NO_PAGES) in " ".join(command) for command in (scheduler, worker))
    told = dask_scheduler.main.make_context("scheduler", scheduler[2:]).params
    assert (told["protocol"], told["dashboard"]) == ("tls", False)
    told = dask_worker.main.make_context("worker", worker[2:]).params
    assert (told["scheduler"], told["memory_limit"]) == ("tls://10.0.0.1:8786", "0")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "127.0.0.1:8786", "inproc://x", "ws://x"])
def test_only_tls_addresses_are_taken(cluster, address):
    with pytest.raises(CountingFailed, match="must begin with tls://"):
        Cluster(address, cluster.tls)


def test_a_worker_is_looked_at_before_it_gets_the_key():
    good = working.Worker(EnvelopeKey().public, working.OUR_CODE, True)
    assert handing_out._checked("tls://10.0.0.1:1", good) is good
    for address, said, words in (
        ("tcp://10.0.0.1:1", good, "does not speak TLS"),
        ("tls://10.0.0.1:1", replace(good, code="0" * 64), "another version"),
        ("tls://10.0.0.1:1", replace(good, in_memory=False), "--memory-limit 0"),
        ("tls://10.0.0.1:1", ModuleNotFoundError("aggregation"), "cannot load this program"),
    ):
        with pytest.raises(CountingFailed, match=words):
            handing_out._checked(address, said)


def test_an_idle_worker_forgets_the_key(sample, monkeypatch):
    monkeypatch.setattr(working, "IDLE_SECONDS", 0.3)
    tally, run = EnvelopeKey(), "run"
    worker = working.introduce(run, SimpleNamespace(data={}))
    job = sample.job(FilePortions.of(sample.file, 4))
    message = pickle.dumps((job.to_wire(), tally.public))
    assert working.take(run, b"not sealed") == Fault(Kind.FAILED, "NotOurs")
    assert working.take(run, working.enclose(worker.public, message, working.job_purpose(run))) is None
    assert isinstance(working.count(run, 0), bytes)
    until(lambda: not working._taken and not working._keys, seconds=5)
    monkeypatch.setattr(working, "_address", lambda: "tls://here")
    assert working.count(run, 1) == working.Keyless("tls://here")
