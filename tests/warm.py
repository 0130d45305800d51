"""Processes that start warm: a Popen whose `python -m …` and `python -c …` are forked from a forge (forge.py).

An interpreter that imports our libraries takes one to three seconds of a processor, and the tests start hundreds. Such
a process differs from a fresh one in what is loaded already, and in its command line. Nothing else: it is a child of
this process, with the session, folder, environment, umask and files that were asked for, and it ends by itself or by a
signal as any other. Tests of what only a fresh interpreter shows take one, by `fresh_interpreters`.
"""

import atexit
import ctypes
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PR_SET_CHILD_SUBREAPER = 36
# What an interpreter or a library reads when it starts, and never again.
AT_START = ("PYTHON", "LANG", "LC_", "LD_", "HOME", "TMPDIR", "XDG_CACHE")
# Or numpy and pyarrow start threads when they are imported.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
_given = signature(subprocess.Popen._execute_child)
_fresh = False


@contextmanager
def fresh_interpreters() -> Iterator[None]:
    """Until the block ends every process starts as it does outside of tests."""
    global _fresh  # noqa: PLW0603
    before, _fresh = _fresh, True
    try:
        yield
    finally:
        _fresh = before


class Popen(subprocess.Popen[Any]):
    """A process, warm where that changes nothing: `python -m` or `python -c` with the environment of this process at
    most where it is read at the start, and nothing asked for that a forge does not know."""

    warm = False

    def _execute_child(self, *positional: Any) -> None:
        given = _given.bind(self, *positional).arguments
        environment = dict(os.environ if given["env"] is None else given["env"])
        if _fresh or not _forgeable(given) or at_start(environment) != at_start(os.environ):
            super()._execute_child(*positional)
            return
        self.warm = True
        files = [given[end] if given[end] != -1 else i for i, end in enumerate(("p2cread", "c2pwrite", "errwrite"))]
        _, how, what, *arguments = map(os.fsdecode, given["args"])
        order = {
            "how": how,
            "what": what,
            "arguments": arguments,
            "cwd": os.fspath(Path(given["cwd"] or "").absolute()),
            "env": environment,
            "umask": umask(),
            "new_session": given["start_new_session"],
        }
        try:
            self.pid = forge(os.getpid()).forked(order, files)
            self._child_created = True
        finally:
            ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
            self._close_pipe_fds(*(given[end] for end in ends))


def run(
    command: list[Any], *, given: Any = "", timeout: float = 120, check: bool = False, **kwargs: Any
) -> "subprocess.CompletedProcess[str]":
    """subprocess.run with capture_output, warm, and `given` at its standard input.

    Raises: CalledProcessError if asked to; TimeoutExpired, and then it is killed.
    """
    kwargs = {"text": True} | kwargs
    with Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs) as process:
        try:
            out, err = process.communicate(given, timeout)
        except BaseException:
            process.kill()
            raise
    ran = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        ran.check_returncode()
    return ran


def at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(AT_START)}


def umask() -> int:
    """Of this process, without changing it for a moment under another thread's feet."""
    found = re.search(r"^Umask:\s*(\d+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1], 8)


def _forgeable(given: Mapping[str, Any]) -> bool:
    args = given["args"]
    if not isinstance(args, list) or len(args) < 3 or args[0] != sys.executable or args[1] not in ("-m", "-c"):
        return False
    unknown = ("executable", "preexec_fn", "pass_fds", "shell", "gid", "gids", "uid")
    return not any(given[name] for name in unknown) and given["umask"] == -1 and given["process_group"] == -1


class Forge:
    """This process's end of a forge, in which all our modules below `root` are loaded. It ends with this process, or
    when it is closed."""

    def __init__(self, root: Path = ROOT) -> None:
        self._lock = threading.Lock()  # tests start processes from threads, too
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, Path(__file__).with_name("forge.py"), str(other.fileno()), root]
        with other:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                env=os.environ | ONE_THREAD,
            )
        atexit.register(self.close)
        assert self._socket.recv(10) == b"ready", "the forge did not start"

    def forked(self, order: Mapping[str, Any], files: list[int]) -> int:
        """The pid of a new child of this process. files: its standard input, output and error."""
        with self._lock, self._adopting():
            socket.send_fds(self._socket, [json.dumps(order).encode()], files)
            pid = int(self._socket.recv(20) or b"0")
        if not pid:
            raise ChildProcessError(f"the forge could not start a process in {order['cwd']}")
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # raises if it is not ours to wait for
        return pid

    @contextmanager
    def _adopting(self) -> Iterator[None]:
        """For this moment only: whatever loses its parent meanwhile becomes a child of this process."""
        self._adopt(1)
        try:
            yield
        finally:
            self._adopt(0)

    def _adopt(self, whether: int) -> None:
        if self._libc.prctl(PR_SET_CHILD_SUBREAPER, whether, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "this process cannot adopt others")

    def close(self) -> None:
        self._socket.close()
        self.process.wait()


@cache
def forge(pid: int) -> Forge:
    """The one of this process, started when it is first needed. pid: of this process; one that was forked has none."""
    return Forge()
