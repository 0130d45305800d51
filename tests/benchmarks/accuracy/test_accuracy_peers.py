"""Handing people to a peer and taking its tables back; the peers themselves run in `make bench-accuracy` only."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import environments, handing
from benchmarks.accuracy.counting import count
from benchmarks.accuracy.environments import PEERS, NotInstalled, Peer
from benchmarks.accuracy.handing import Budget, Failed, ask, hand_out, take_back
from benchmarks.accuracy.large import EVEN, OURS, runs
from benchmarks.accuracy.population import draw
from benchmarks.accuracy.questionnaire import workload

LITTLE = workload(1)
PEOPLE = draw(200, 1)
BUDGET = Budget(2.0, 1e-6)
ECHO = """
import time
import numpy as np
import exchange
task = exchange.read()
assert task.epsilon == 2.0 and 0.05 < task.rho < 0.2 and task.respondents == 200
tables = {}
for table in task.tables:
    tables[table.name] = np.zeros(task.shape(table))
    for person in range(task.respondents):
        cells = [[c for c in task.cells[name][person] if c >= 0] for name in table.axes]
        for last in cells.pop() if cells else [()]:
            tables[table.name][(*(c[0] for c in cells), last) if table.axes else ()] += 1
exchange.write(task, tables, time.perf_counter(), ["numpy"])
"""


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """A peer that counts exactly, in our own environment."""
    (tmp_path / "on_echo.py").write_text(ECHO)
    (tmp_path / "exchange.py").write_text((environments.SCRIPTS / "exchange.py").read_text(encoding="utf-8"))
    monkeypatch.setattr(environments, "SCRIPTS", tmp_path)
    monkeypatch.setattr(handing, "python_of", lambda _peer: Path(sys.executable))
    return Peer("echo", "Echo", "exactly", 200)


def test_a_peer_sees_the_same_people_and_its_tables_come_back_as_they_were(echo):
    handed = ask(echo, LITTLE, PEOPLE, BUDGET, 60)
    for name, cells in count(LITTLE, PEOPLE).items():
        assert np.array_equal(handed.tables[name], cells), name
    assert handed.versions["numpy"] == np.__version__


def test_a_peer_that_fails_says_why(echo, tmp_path):
    (tmp_path / "on_echo.py").write_text("raise SystemExit('no such budget')")
    with pytest.raises(Failed, match="no such budget"):
        ask(echo, LITTLE, PEOPLE, BUDGET, 60)


def test_a_peer_that_takes_too_long_is_stopped(echo, tmp_path):
    (tmp_path / "on_echo.py").write_text("import time; time.sleep(60)")
    with pytest.raises(Failed, match="stopped after"):
        ask(echo, LITTLE, PEOPLE, BUDGET, 0.5)


def test_tables_of_another_shape_or_with_gaps_are_refused(tmp_path):
    hand_out(tmp_path, LITTLE, PEOPLE, BUDGET)
    (tmp_path / "result.json").write_text(json.dumps({"seconds": 1.0, "versions": {}, "notes": {}}))
    tables = {f"t{i}": np.zeros(LITTLE.shape(table.name)) for i, table in enumerate(LITTLE.tables)}
    for broken in (np.zeros(3), np.array(np.nan)):
        np.savez(tmp_path / "tables.npz", **(tables | {"t0": broken}))
        with pytest.raises(Failed, match="another shape"):
            take_back(tmp_path, LITTLE)


def test_a_peer_that_does_not_install_is_reported_and_the_others_go_on(monkeypatch):
    def refuse(_peer: Peer) -> Path:
        raise NotInstalled("no matching distribution")

    monkeypatch.setattr(handing, "python_of", refuse)
    peers = [Peer("echo", "Echo", "", 200), Peer("large", "Large", "", 9)]
    found = {run.method: run for run in runs(LITTLE, 200, 0, peers)}
    assert found["Echo"].why == "did not install: no matching distribution"
    assert found["Large"].why.startswith("not run with more than 9 people")
    assert found[EVEN].errors
    assert found[OURS].errors


def test_an_environment_is_made_again_only_when_its_pins_change(tmp_path, monkeypatch):
    commands = []

    def run(command, **_options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(environments, "CACHE", tmp_path)
    monkeypatch.setattr(environments, "SCRIPTS", tmp_path)
    monkeypatch.setattr(environments.subprocess, "run", run)
    peer = Peer("echo", "Echo", "", 1)
    (tmp_path / "echo").mkdir()
    for pins, made in (("numpy==2.4.6\n", 2), ("numpy==2.4.6\n", 2), ("numpy==2.4.7\n", 4)):
        peer.pins.write_text(pins)
        environments.python_of(peer)
        assert len(commands) == made


def test_what_pip_said_last_is_why_a_peer_is_not_installed(tmp_path, monkeypatch):
    def run(command, stdout, **_options):
        stdout.write("Collecting echo\nERROR: No matching distribution found for echo\n\n")
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(environments, "CACHE", tmp_path)
    monkeypatch.setattr(environments.subprocess, "run", run)
    with pytest.raises(NotInstalled, match="No matching distribution found for echo"):
        environments.python_of(PEERS[0])


def test_every_peer_has_a_script_that_compiles_and_pins_for_all_of_its_packages():
    for peer in PEERS:
        compile(peer.script.read_text(encoding="utf-8"), str(peer.script), "exec")
        pins = [line for line in peer.pins.read_text(encoding="utf-8").splitlines() if line]
        assert pins
        assert all("==" in pin for pin in pins)
