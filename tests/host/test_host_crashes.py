"""Processes killed without warning: nothing that was confirmed is lost, nothing is counted or charged twice."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import warm
from societies import (
    PULSE,
    Society,
    enter_directly,
    founded,
    kill,
    opened,
    place_on_free_ports,
    some_csv,
    some_rows,
    start,
    stop,
    until,
    wait_until_served,
)

from host.lifecycle import close
from host.tallying import run_tally
from privacy.measure import POINTS
from survey.rounds.times import now

ROWS = 120
BALLOTS = 8


def respond(society: Society, round_id: str) -> warm.Popen:
    url = society.url("intake", f"/v1/rounds/{round_id}/manifest")
    files = ("--invites", "codes.txt", "--answers", "answers.csv", "--state", "entry.state", "--clients", "4")
    command = [sys.executable, "-m", "host.cli", "respond", "--manifest", url, *files]
    with (society.folder / "respond.log").open("ab") as log:
        return warm.Popen(command, cwd=society.folder, stdout=log, stderr=log, start_new_session=True)


@pytest.mark.long  # the storms try more of it in less time
def test_servers_and_clients_killed_in_the_middle_lose_no_row_and_burn_no_code(society):
    manifest = opened(society, form=PULSE)
    society.does("invite", "spring", "--count", ROWS, "--out", "codes.txt")
    society.write("answers.csv", some_csv(ROWS))
    register, box = society.register, society.box
    servers = {role: start(society, role) for role in ("registrar", "intake")}
    client = None

    def restart(role: str) -> None:
        kill(servers[role])
        servers[role] = start(society, role)

    def at_least(rows: int, count) -> None:
        until(lambda: count() >= rows or client.poll() is not None)
        assert client.poll() is None, (society.folder / "respond.log").read_text()

    def spent() -> int:
        return register.counts(manifest.id_bytes).spent

    def stored() -> int:
        return box.count(manifest.id_bytes)

    try:
        for role, server in servers.items():
            wait_until_served(society, role, server)
        client = respond(society, manifest.id)
        at_least(20, spent)
        restart("registrar")  # while tokens are fetched: the client asks again
        at_least(60, spent)
        kill(client)  # the client, too, goes away without a word
        spent_before = spent()
        client = respond(society, manifest.id)
        at_least(20, stored)
        restart("intake")  # while responses are sent
        at_least(50, stored)
        kill(servers["intake"])
        time.sleep(0.3)  # the client goes on trying to hand in what it has in its hands, and dies over it
        kill(client)
        servers["intake"] = start(society, "intake")
        wait_until_served(society, "intake", servers["intake"])
        assert spent_before < ROWS
        assert 0 < stored() < ROWS
        client = respond(society, manifest.id)
        assert client.wait(60) == 0, (society.folder / "respond.log").read_text()
    finally:
        for process in (*servers.values(), *filter(None, [client])):
            process.terminate()
        for process in servers.values():
            stop(process)
    assert (spent(), stored()) == (ROWS, ROWS)
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    inspection = run_tally(society.house, manifest, None, lambda *_: None).inspection
    assert (inspection.counted, inspection.withdrawn, inspection.dropped) == (ROWS, 0, {})


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A society with one closed round that waits for its tally; every test takes a copy."""
    society = founded(tmp_path_factory.mktemp("crash") / "society")
    manifest = opened(society, minimum_responses=0)
    enter_directly(society, manifest, some_rows(BALLOTS))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    return society.folder


@pytest.fixture
def waiting(closed: Path, tmp_path: Path) -> Society:
    shutil.copytree(closed, tmp_path / "copy")
    place_on_free_ports(tmp_path / "copy" / "subrosa.toml")
    return Society(tmp_path / "copy")


# In a process of its own, which kills itself at the point that it is told.
_TALLY = """
import os, signal, sys
from pathlib import Path
from host.house import House
from host.tallying import run_tally
from privacy.ledger import Ledger

last = sys.argv[2]

def hook(point):
    if point == last:
        os.kill(os.getpid(), signal.SIGKILL)

def dying_first(owner, name, point):
    usual = getattr(owner, name)
    def replaced(*args, **kwargs):
        hook(point)
        return usual(*args, **kwargs)
    setattr(owner, name, replaced)

house = House.at(Path(sys.argv[1]))
manifest = house.rounds.find("spring").manifest
if last == "key-destroyed":
    house.ballot_box()
    calls = []
    usual = House.ballot_box
    def second(self):
        calls.append(1)
        if len(calls) == 2:
            hook("key-destroyed")
        return usual(self)
    House.ballot_box = second
dying_first(Ledger, "mark_destroyed", "ballots-destroyed")
run_tally(house, manifest, None, lambda *_: None, hook)
"""
_BEFORE_COMMIT = ("begun", "checked", "gate-drawn", "drawn", "stored")


@pytest.mark.parametrize("point", [*POINTS, "before-destruction", "key-destroyed", "ballots-destroyed"])
def test_a_tally_killed_anywhere_charges_once_and_destroys_in_the_end(waiting, point):
    ran = warm.run([sys.executable, "-c", _TALLY, waiting.config, point])
    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGKILL, "", "")
    manifest = waiting.house.rounds.find("spring").manifest
    stored = waiting.house.ledger().measurement(manifest.id)
    assert (stored is None) == (point in _BEFORE_COMMIT)
    if point in _BEFORE_COMMIT:
        assert waiting.house.ledger().entries() == ()
        assert waiting.box.count(manifest.id_bytes) == BALLOTS

    outcome = run_tally(waiting.house, manifest, None, lambda *_: None)

    ledger = waiting.house.ledger()
    assert [entry.round_id for entry in ledger.entries()] == [manifest.id]
    assert ledger.destroyed(manifest.id)
    assert stored is None or outcome.measurement.to_json() == stored.to_json()
    assert (outcome.inspection is None) == (stored is not None)
    assert list(waiting.house.tally_keys.iterdir()) == []
    assert waiting.box.count(manifest.id_bytes) == 0
    assert waiting.box.state(manifest.id_bytes) == "destroyed"


def test_every_point_at_which_a_tally_was_killed_exists(waiting):
    seen = []
    run_tally(waiting.house, waiting.house.rounds.find("spring").manifest, None, lambda *_: None, seen.append)
    assert tuple(seen) == (*POINTS, "before-destruction")


def test_of_tallies_at_once_one_measures_and_the_others_say_so(waiting):
    command = [sys.executable, "-m", "host.cli", "tally", "spring", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    rivals = [warm.Popen(command, cwd=waiting.folder, **pipes) for _ in range(3)]
    ended = [(*rival.communicate(timeout=60), rival.returncode) for rival in rivals]

    assert sum('"measured_now": true' in out for out, _, _ in ended) == 1
    for out, err, code in ended:
        assert code in (0, 2), err
        assert "Traceback" not in err
        assert code == 0 or (out == "" and err.splitlines()[-1].startswith("subrosa: "))
    manifest = waiting.house.rounds.find("spring").manifest
    assert [entry.round_id for entry in waiting.house.ledger().entries()] == [manifest.id]
    assert waiting.house.ledger().destroyed(manifest.id)
    assert list(waiting.house.tally_keys.iterdir()) == []
    assert waiting.box.count(manifest.id_bytes) == 0


def test_a_cancelled_round_has_neither_keys_nor_ballots_nor_a_measurement(waiting, ask, told, monkeypatch):
    monkeypatch.chdir(waiting.folder)
    keys = [*waiting.house.tally_keys.iterdir(), *(waiting.folder / "registrar" / "keys").iterdir()]
    assert len(keys) == 2
    assert ask("round", "cancel", "spring", "--yes").code == 0
    manifest = waiting.house.rounds.find("spring").manifest
    assert not any(key.exists() for key in keys)
    assert waiting.box.count(manifest.id_bytes) == 0
    for command in (("tally", "spring"), ("publish", "spring"), ("round", "close", "spring")):
        ran = ask(*command)
        assert ran.code == 2, ran
        assert len(ran.err.splitlines()) == 1
    assert told(waiting, "round", "show", "spring")["state"] == "cancelled"
    assert told(waiting, "ledger")["entries"] == []
    assert list((waiting.folder / "releases").iterdir()) == []
