"""Measuring that is stopped or killed anywhere, or done by several at once: charged once, and published."""

import signal
import subprocess
import sys

import pytest
import warm
from staff_answers import folders, quiet, stored, wanted, words

from host.measuring import NotPublished, measure_answers
from privacy.measure import POINTS
from reports.checking.verify import verify_release
from reports.errors import ReleaseError

_AFTER_COMMIT = ("committed", "charged")
_POINTS = ("promised", *POINTS, "charged")


class Stopped(BaseException):
    """As an interrupt from the keyboard comes: through everything."""


@pytest.mark.parametrize("last", _POINTS)
def test_stopped_before_the_charge_it_leaves_nothing_and_after_it_a_release_can_be_written(ready, ask, last):
    def stop(point: str) -> None:
        if point == last:
            raise Stopped

    before = stored(ready), folders(ready)
    with pytest.raises(Stopped):
        measure_answers(ready.house, wanted(ready), quiet, stop)

    assert not (ready.folder / "out-staff").exists()
    if last in _AFTER_COMMIT:
        assert "subrosa publish staff" in ask(*words()).err
        assert ask("publish", "staff", "--out", "out-staff").code == 0
    else:
        now_stored = stored(ready), [folder for folder in folders(ready) if not folder.endswith("/measured")]
        assert now_stored == before
        assert ask(*words()).code == 0
    assert len(ready.house.ledger().entries()) == 1
    assert verify_release(ready.folder / "out-staff").whole


# In a process of its own, which kills itself at the point that it is told.
_MEASURE = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from host.house import House
from host.measuring import measure_answers
from staff_answers import quiet, wanted
from societies import Society

society = Society(Path(sys.argv[1]))

def hook(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

measure_answers(society.house, wanted(society), quiet, hook)
"""


@pytest.mark.parametrize("last", _POINTS)
def test_killed_anywhere_it_charges_once_and_the_name_can_be_used_or_published(ready, ask, last):
    command = [sys.executable, "-c", _MEASURE, ready.folder, last, *filter(None, sys.path)]
    ran = warm.run(command)
    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGKILL, "", "")
    assert len(ready.house.ledger().entries()) == (last in _AFTER_COMMIT)
    if last in _AFTER_COMMIT:
        assert ask("publish", "staff", "--out", "out-staff").code == 0
    else:
        assert ask("publish", "staff").code == 2  # what was never measured is not found
        assert ask(*words(), "--min-cohort", 3).code == 0  # another promise under the same name
        assert len(list((ready.folder / "measured").iterdir())) == 1
        assert len(list((ready.folder / "tally" / "answers").iterdir())) == 2
    assert len(ready.house.ledger().entries()) == 1
    assert verify_release(ready.folder / "out-staff").whole


def test_every_point_at_which_it_was_stopped_exists(ready):
    seen = []
    measure_answers(ready.house, wanted(ready), quiet, seen.append)
    assert tuple(seen) == _POINTS


def test_of_measurements_under_one_name_at_once_one_is_charged(ready):
    command = [sys.executable, "-m", "host.cli", *map(str, words())]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    rivals = [warm.Popen([*command, "--out", f"out-{n}"], cwd=ready.folder, **pipes) for n in range(3)]
    ended = [(*rival.communicate(timeout=60), rival.returncode) for rival in rivals]

    assert sorted(code for _, _, code in ended) == [0, 2, 2], ended
    assert all("Traceback" not in err for _, err, _ in ended)
    assert len(ready.house.ledger().entries()) == 1


def test_a_release_that_cannot_be_written_after_the_charge_is_written_by_publish(ready, ask, monkeypatch):
    def full(*_: object) -> None:
        raise ReleaseError("there is no room.")

    with monkeypatch.context() as broken:
        broken.setattr("host.publishing.write_release", full)
        with pytest.raises(NotPublished, match="subrosa publish staff --out DIR"):
            measure_answers(ready.house, wanted(ready), quiet)
    assert ask("publish", "staff", "--out", "out-staff").code == 0
    assert len(ready.house.ledger().entries()) == 1
    assert verify_release(ready.folder / "out-staff").whole
