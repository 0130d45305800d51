"""Measuring in processes of their own: killed with kill -9 anywhere, and several at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from example_rounds import SMALL, TERM, open_ledger, small_counts

from privacy.allocation import allocate
from privacy.errors import AlreadyMeasured
from privacy.measure import POINTS, Charge, measure
from storage.address import Address

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

KILLED = """
import os, signal, sys
from pathlib import Path
from example_rounds import *
from privacy.allocation import allocate
from privacy.measure import Charge, measure

def measuring_until(point):
    die = lambda reached: os.kill(os.getpid(), signal.SIGKILL) if reached == point else None
    ledger, allocation = open_ledger(Path(sys.argv[1], point)), allocate(SMALL, TERM.rho / 2)
    measure(ledger, Charge("round", 100), small_counts(), allocation, die)

# Before anything is opened or drawn: a process for each point, which has not to load all of it again.
for point in sys.argv[2:]:
    if (process := os.fork()) == 0:
        measuring_until(point)
        os._exit(0)
    _, ended = os.waitpid(process, 0)
    print(point, os.waitstatus_to_exitcode(ended), flush=True)
"""

MEASURING = """
import sys
from itertools import count as counting
from pathlib import Path
from example_rounds import *
from privacy.allocation import allocate
from privacy.measure import Charge, measure

ledger, counts, allocation = open_ledger(Path(sys.argv[1])), small_counts(), allocate(SMALL, 1e-5)
print("measuring", flush=True)
for n in counting():
    measure(ledger, Charge(f"round {n}", 0), counts, allocation)
"""

RACING = """
import os, sys, time
from hashlib import sha256
from pathlib import Path
from example_rounds import *
from privacy.allocation import allocate
from privacy.documents import canonical
from privacy.errors import AlreadyMeasured
from privacy.measure import Charge, measure
from sqlalchemy import make_url

folder, address, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
where = make_url(address) if "://" in address else Path(address)

def say(outcome, measurement):
    os.write(1, f"{outcome} {sha256(canonical(measurement.to_json())).hexdigest()}\\n".encode())  # a line at once

def linger(point):
    # Whoever got the lock holds it, noise drawn and stored but not committed, while the others wait for it.
    time.sleep(0.4 if point == "stored" else 0)

def measuring(me):
    ledger, counts, allocation = open_ledger(where), small_counts(), allocate(SMALL, TERM.rho / 2)
    (folder / "ready" / me).touch()
    while len(list((folder / "ready").iterdir())) < len(names):
        time.sleep(0.01)
    try:
        say("won", measure(ledger, Charge("round", 100), counts, allocation, linger))
    except AlreadyMeasured:
        say("lost", ledger.measurement("round"))

# Before anything is opened or drawn: a process for each name, which has not to load all of it again.
processes = []
for name in names:
    if (process := os.fork()) == 0:
        measuring(name)
        os._exit(0)
    processes.append(process)
for process in processes:
    _, ended = os.waitpid(process, 0)
    assert ended == 0
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    # One thread each, so that a process may fork.
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_process_killed_at_any_point_leaves_nothing_or_exactly_one_measurement(tmp_path: Path) -> None:
    for point in POINTS:
        (tmp_path / point).mkdir()
    out, err = start(KILLED, tmp_path, *POINTS).communicate(timeout=60)
    assert (out.splitlines(), err) == ([f"{point} {-signal.SIGKILL}" for point in POINTS], "")
    for point in POINTS:
        check_what_was_left(tmp_path / point, point == "committed")


def check_what_was_left(folder: Path, committed: bool) -> None:
    ledger = open_ledger(folder)
    assert len(ledger.entries()) == committed
    counts, allocation = small_counts(), allocate(SMALL, TERM.rho / 2)
    if committed:
        first = ledger.measurement("round")
        with pytest.raises(AlreadyMeasured):
            measure(ledger, Charge("round", 100), counts, allocation)
        assert first is not None
        assert first.complete
    else:
        assert ledger.measurement("round") is None
        assert ledger.remaining() == TERM.rho
        assert measure(ledger, Charge("round", 100), counts, allocation).complete
    assert len(open_ledger(folder).entries()) == 1


def test_of_several_tallies_at_once_one_measures_and_the_others_read_its_measurement(
    tmp_path: Path, store_address: Address
) -> None:
    (tmp_path / "ready").mkdir()
    where = store_address if isinstance(store_address, Path) else store_address.render_as_string(hide_password=False)
    names = ("a", "b", "c") if isinstance(store_address, Path) else ("a", "b")
    racing = start(RACING, tmp_path, where, *names)
    out, err = racing.communicate(timeout=60)
    assert (racing.returncode, err) == (0, "")
    answers = [line.split() for line in out.splitlines()]
    assert sorted(outcome for outcome, _ in answers) == ["lost"] * (len(names) - 1) + ["won"]
    assert len({digest for _, digest in answers}) == 1
    assert len(open_ledger(store_address).entries()) == 1


def test_kills_at_random_moments_never_leave_half_a_measurement(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    processes = [start(MEASURING, folder) for folder in folders]
    for process, moment in zip(processes, (0.211, 0.0837), strict=True):
        assert process.stdout is not None
        assert process.stdout.readline() == "measuring\n"
        time.sleep(moment)
        process.kill()
        process.communicate()
    for folder in folders:
        ledger = open_ledger(folder)  # checks the chain, and that each entry has its measurement
        entries = ledger.entries()
        assert [entry.round_id for entry in entries] == [f"round {n}" for n in range(len(entries))]
        stored = [ledger.measurement(entry.round_id) for entry in entries]
        assert all(measurement is not None for measurement in stored)
