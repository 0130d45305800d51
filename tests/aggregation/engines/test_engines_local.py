"""Counting on one machine: here, or in processes that have the key and leave no trace of it."""

import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from clusters import until
from in_workers import Deadly, One, Talkative, Telling
from tallied_rounds import forms_of

from aggregation.ballots import BoxError, BoxOutOfOrder
from aggregation.engines.job import CountingFailed, Fault, Job, Kind
from aggregation.engines.local import ProcessPool, ThisProcess, local_engine, processes_for
from aggregation.portions import FilePortions


def test_processes_count_what_one_process_counts(sample, alone):
    told = []
    assert sample.counted(ProcessPool(2, 6), progress=told.append) == alone
    assert told == sorted(told)
    assert (len(told), told[-1]) == (7, sample.file.count)


def test_one_process_counts_the_same_in_portions_of_any_size(sample, alone):
    for size in (1, 7, 40):
        assert sample.counted(ThisProcess(size)) == alone


def test_a_box_out_of_order_stops_every_engine(out_of_order, sample):
    changed = replace(sample, file=out_of_order)
    for engine in (ThisProcess(1), ThisProcess(3), ThisProcess(20)):
        with pytest.raises(BoxOutOfOrder, match="Nothing was measured"):
            changed.counted(engine)


def test_a_process_that_is_killed_ends_the_run_with_a_sentence(sample):
    deadly = One(Deadly(FilePortions.of(sample.file, 40)[0], 0))
    with pytest.raises(CountingFailed, match="ended from outside") as caught:
        sample.counted(ProcessPool(1), deadly)
    assert caught.value.__cause__ is None


def test_what_goes_wrong_in_a_process_is_told_without_a_word_of_it(sample, capfd):
    secret = sample.key.to_seed().hex()
    talkative = One(Talkative(FilePortions.of(sample.file, 40)[0], 0, secret))
    with pytest.raises(CountingFailed, match="RuntimeError") as caught:
        sample.counted(ProcessPool(1), talkative)
    out, err = capfd.readouterr()
    assert secret not in f"{caught.value}{caught.value.__cause__}{out}{err}"


def test_a_fault_is_an_error_again_where_it_arrives():
    for error, kind in ((BoxOutOfOrder(), Kind.OUT_OF_ORDER), (BoxError("A sentence."), Kind.UNREADABLE)):
        fault = Fault.of(error)
        assert fault.kind is kind
        with pytest.raises(type(error), match=str(error)):
            fault.stop()
    assert Fault.of(ValueError("confidential")) == Fault(Kind.FAILED, "ValueError")


# The tally as a process of its own, which hands a key to two others and is then killed. It does not load Dask.
_TALLY = """
import sys
import host.tallying
import aggregation.engines.cluster
from aggregation.engines.job import Job, count_box
from aggregation.engines.local import ProcessPool

if __name__ == "__main__":
    assert not {"dask", "distributed", "tornado"} & set(sys.modules)
    count_box(Job.from_wire(sys.stdin.buffer.read()), ProcessPool(2))
"""


def _children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def _runs(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_processes_have_the_key_in_memory_alone_and_end_with_a_tally_that_is_killed(sample, tmp_path):
    script, told, cwd = tmp_path / "tally.py", tmp_path / "told", tmp_path / "cwd"
    for folder in (told, cwd):
        folder.mkdir()
    script.write_text(_TALLY)
    first, second = (FilePortions.of(sample.file, 20)[number] for number in range(2))
    job = sample.job((Telling(first, 60, told), Telling(second, 60, told)))
    here = Path(__file__)
    environment = os.environ | {"PYTHONPATH": f"{here.parents[3]}:{here.parents[1]}", "TMPDIR": str(cwd)}
    tally = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, cwd=cwd, env=environment)
    try:
        tally.stdin.write(job.to_wire())
        tally.stdin.close()
        until(lambda: len(list(told.iterdir())) == 2)
        counting = [int(path.name) for path in told.iterdir()]
        assert set(counting) <= set(_children(tally.pid))
        seen = b"".join(
            Path(f"/proc/{pid}/{what}").read_bytes() for pid in _children(tally.pid) for what in ("cmdline", "environ")
        )
        assert b"--multiprocessing-fork" in seen
        assert not any(form in seen for form in forms_of(sample.key.to_seed()))
        tally.send_signal(signal.SIGKILL)
        until(lambda: not any(_runs(pid) for pid in counting), seconds=10)
    finally:
        tally.kill()
        tally.wait(15)
    assert [path for path in cwd.rglob("*") if path.is_file()] == []


def test_a_job_goes_over_a_pipe_whole_and_no_other_way(sample):
    job = sample.job(FilePortions.of(sample.file, 5))
    again = Job.from_wire(job.to_wire())
    assert again.opener.manifest == job.opener.manifest
    assert again.opener.key.to_seed() == sample.key.to_seed()
    assert (again.opener.workload, again.portions, again.count) == (job.opener.workload, job.portions, job.count)
    with pytest.raises(TypeError):
        pickle.dumps(job)
    assert repr(job) == "Job(opener=Opener(<redacted>))"


def test_as_many_processes_are_started_as_pay_off(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3})
    assert [processes_for(count) for count in (0, 300, 39_999, 40_000, 60_000, 10**6)] == [1, 1, 1, 2, 3, 4]
    assert local_engine(300) == ThisProcess()
    assert local_engine(10**6) == ProcessPool(4)
    assert local_engine(300, 3) == ProcessPool(3)
    assert local_engine(10**6, 1) == ThisProcess()
