"""`serve` for all roles: one process a role, and none of them outlives the others or the one that started them."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from societies import Society, answers, serving, start, stop, until, wait_until_served

ROLES = ("registrar", "intake", "site")


@pytest.fixture
def supervisor(society: Society, tmp_path: Path):
    process = start(society, "all", log=tmp_path / "all.log")
    try:
        for role in ROLES:
            wait_until_served(society, role, process)
        yield process
    finally:
        stop(process)
        with suppress(ProcessLookupError):  # and whoever outlived it, where the code under test is wrong
            os.killpg(process.pid, signal.SIGKILL)


def children(pid: int) -> dict[str, int]:
    """The role processes of a supervisor, by role."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        found[command[command.index("--role") + 1]] = int(child)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def family(pid: int) -> list[int]:
    """A role's process and its workers."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def test_each_role_is_a_process_of_its_own_on_its_own_port(society, supervisor):
    assert sorted(children(supervisor.pid)) == ["intake", "registrar", "site"]
    assert all(answers(society, role) for role in ROLES)


@pytest.mark.parametrize(
    "role", ["intake", *(pytest.param(role, marks=pytest.mark.long) for role in ("registrar", "site"))]
)
def test_if_one_role_dies_all_stop(society, supervisor, role):
    everyone = [pid for child in children(supervisor.pid).values() for pid in family(child)]
    os.kill(children(supervisor.pid)[role], signal.SIGKILL)

    assert supervisor.wait(60) != 0
    until(lambda: not any(map(alive, everyone)))
    assert not any(answers(society, role) for role in ROLES)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_supervisor_that_is_told_to_stop_stops_everyone_and_says_nothing(society, supervisor, tmp_path, by):
    everyone = [pid for child in children(supervisor.pid).values() for pid in family(child)]
    supervisor.send_signal(by)

    assert supervisor.wait(60) == 0  # it gives three children 15 seconds each
    until(lambda: not any(map(alive, everyone)))
    said = (tmp_path / "all.log").read_text().splitlines()
    assert [line for line in said if "is ready at" not in line and "could open the folders" not in line] == []
    (warning,) = (line for line in said if "could open the folders" in line)
    assert warning.startswith("subrosa: Each of registrar, intake, site could open the folders of: host, tally")


def test_a_supervisor_that_is_killed_takes_everyone_along(society, supervisor):
    everyone = [pid for child in children(supervisor.pid).values() for pid in family(child)]
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()

    until(lambda: not any(map(alive, everyone)))
    assert not any(answers(society, role) for role in ROLES)


def test_a_worker_that_dies_is_replaced(society):
    with serving(society, "intake") as processes:
        (worker,) = family(processes["intake"].pid)[1:]
        os.kill(worker, signal.SIGKILL)
        until(lambda: not alive(worker))
        until(lambda: answers(society, "intake"))
        assert processes["intake"].poll() is None


def test_a_server_that_is_told_to_stop_finishes_within_its_grace(society):
    with serving(society, "registrar") as processes:
        begun = time.monotonic()
        processes["registrar"].terminate()
        assert processes["registrar"].wait(20) == 0
        assert time.monotonic() - begun < 15


def test_serving_warns_when_the_tally_is_within_reach_and_only_then(society, tmp_path):
    for away, log in ((False, tmp_path / "here.log"), (True, tmp_path / "away.log")):
        if away:
            (society.folder / "tally").rename(tmp_path / "tally-on-another-disk")
        with serving(society, "intake", log=log):
            pass
        assert ("folders of: host, tally" in log.read_text()) is not away
        assert not away or not (society.folder / "tally").exists()


def named_sockets(pid: int) -> list[str]:
    """Where in the file system (or in the abstract) a process can be reached by others on this machine."""
    mine = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()}
    lines = [line.split() for line in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]]
    return [line[7] for line in lines if len(line) > 7 and f"socket:[{line[6]}]" in mine]


def test_the_servers_can_be_reached_by_nothing_but_their_port(society):
    with serving(society) as processes:
        for process in processes.values():
            assert [path for pid in family(process.pid) for path in named_sockets(pid)] == []
