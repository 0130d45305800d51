"""A process that starts warm looks to a test like one of a fresh interpreter."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import warm

PYTHON = sys.executable
LOOK = """
import json, os, signal, sys
print(json.dumps({
    "pid": os.getpid(), "parent": os.getppid(), "session": os.getsid(0), "cwd": os.getcwd(), "umask": os.umask(0),
    "arguments": sys.argv, "path": sys.path[0], "stdin": sys.stdin.read(), "environment": dict(os.environ),
    "files": sorted(n for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")),
    "threads": len(os.listdir("/proc/self/task")), "interrupt": signal.getsignal(signal.SIGINT).__name__,
    "masked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "encoding": sys.stdout.encoding,
    "pipe": signal.getsignal(signal.SIGPIPE).name, "name": __name__,
}))
"""


def ran(code: str, *arguments: object, **how: object) -> "subprocess.CompletedProcess[str]":
    return warm.run([PYTHON, "-c", code, *map(str, arguments)], **how)


def started(code: str, **how: object) -> warm.Popen:
    process = warm.Popen([PYTHON, "-c", code], stdout=subprocess.PIPE, text=True, **how)
    assert process.warm
    return process


def waited_for() -> set[int]:
    """The processes that this one has to wait for."""
    found = Path(f"/proc/self/task/{threading.main_thread().native_id}/children").read_text().split()
    return set(map(int, found))


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """Those that came during the test, but the forge; servers of other tests may be at work all the time."""
    before = waited_for() | {warm.forge(os.getpid()).process.pid}
    return lambda: waited_for() - before


def gone(pid: int) -> bool:
    """Whether it has ended; whoever has to know that may not have asked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_sees_what_a_fresh_interpreter_sees(tmp_path, monkeypatch):
    monkeypatch.setenv("SUBROSA_TEST_MARK", "ä mark")
    how = {"given": "in\n", "cwd": tmp_path, "env": dict(os.environ)}
    looks = [json.loads(ran(LOOK, "ä", "b c", **how).stdout)]
    with warm.fresh_interpreters():
        looks.append(json.loads(ran(LOOK, "ä", "b c", **how).stdout))
    pids = [look.pop("pid") for look in looks]
    assert looks[0] == looks[1]
    assert looks[0]["parent"] == os.getpid()
    assert looks[0]["environment"]["SUBROSA_TEST_MARK"] == "ä mark"
    assert len({os.getpid(), *pids}) == 3


def test_our_modules_are_there_already_and_none_of_the_tests():
    assert ran("import sys; print('reports.checking.verify' in sys.modules, 'vl_convert' in sys.modules)").stdout == (
        "True True\n"
    )
    assert ran("import societies").returncode == ran("import forge").returncode == 1


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "sys.exit(3)",
        "sys.exit(257)",
        "sys.exit(-1)",
        "sys.exit('a word')",
        "1 / 0",
        "raise KeyboardInterrupt",
        "os._exit(7)",
        "os.abort()",
        "os.kill(os.getpid(), 9)",
        "os.close(1)",
    ],
)
def test_it_ends_as_a_fresh_interpreter_ends(ending):
    code = f"import os, sys; print('said'); sys.stdout.flush(); print('more'); {ending}"
    ended = ran(code)
    with warm.fresh_interpreters():
        fresh = ran(code)
    assert (ended.returncode, ended.stdout) == (fresh.returncode, fresh.stdout)
    assert ended.stderr.splitlines()[-1:] == fresh.stderr.splitlines()[-1:]


def test_what_is_due_at_the_end_is_done(tmp_path):
    ending = """
import atexit, sqlite3, sys, threading, time
atexit.register(print, "at exit")
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
kept = sys.kept = sqlite3.connect("left.sqlite")
kept.execute("PRAGMA journal_mode = WAL"); kept.execute("CREATE TABLE a (b)")
"""
    assert ran(ending, cwd=tmp_path).stdout == "thread\nat exit\n"


def test_a_database_that_is_left_open_is_settled_at_the_end(tmp_path):
    ran(
        "import sqlite3, sys; sys.kept = sqlite3.connect('left.sqlite', isolation_level=None)\n"
        "sys.kept.execute('PRAGMA journal_mode = WAL'); sys.kept.execute('CREATE TABLE a (b)')",
        cwd=tmp_path,
        check=True,
    )
    assert [path.name for path in tmp_path.iterdir()] == ["left.sqlite"]


def test_it_is_killed_by_a_signal_and_leaves_nothing(children):
    for how, code in (("terminate", -signal.SIGTERM), ("kill", -signal.SIGKILL)):
        with started("import time; print('here', flush=True); time.sleep(60)") as process:
            assert process.stdout.readline() == "here\n"
            assert process.poll() is None
            getattr(process, how)()
            assert process.wait(10) == code
    assert children() == set()


def test_an_interrupt_reaches_it():
    with started("import time; print('here', flush=True); time.sleep(60)", stderr=subprocess.DEVNULL) as process:
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


def test_waiting_for_it_may_be_given_up(children):
    with pytest.raises(subprocess.TimeoutExpired):
        ran("import time; time.sleep(60)", timeout=0.2)
    assert children() == set()


def test_a_session_of_its_own_is_killed_with_all_that_is_in_it():
    code = "import os, time; print(os.fork() and '' or os.getpid(), flush=True); time.sleep(60)"
    with started(code, start_new_session=True) as process:
        assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
        child = int(process.stdout.readline().strip() or process.stdout.readline())
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    until_gone(child)


def test_many_at_once_end_each_in_its_own_way(children):
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda code: ran(f"raise SystemExit({code})").returncode, range(40)))
    assert codes == list(range(40))
    assert children() == set()


def test_a_folder_that_is_not_there_is_an_error_here_and_the_next_process_starts(tmp_path):
    with pytest.raises(ChildProcessError):
        ran("", cwd=tmp_path / "nowhere")
    assert ran("print(1)").stdout == "1\n"


@pytest.mark.parametrize(
    ("command", "how"),
    [
        ([PYTHON, "-W", "error", "-c", ""], {}),
        ([PYTHON, "-c", ""], {"env": {"PYTHONHASHSEED": "1"}}),
        ([PYTHON, "-c", ""], {"env": {"HOME": "/nowhere"}}),
        ([PYTHON, "-c", ""], {"process_group": 0}),
        (["true"], {}),
    ],
)
def test_what_only_a_start_shows_is_started(command, how):
    with warm.Popen(command, **how) as process:
        assert not process.warm


def test_a_forge_ends_with_the_process_that_uses_it(tmp_path):
    customer = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); import warm\n"
        "forge = warm.Forge(Path(sys.argv[1])); print(forge.process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = ran(customer, tmp_path, Path(warm.__file__).parent)
    assert ended.returncode == -signal.SIGKILL
    until_gone(int(ended.stdout))
