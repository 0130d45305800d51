"""`serve --role all`: one child process a role; if one dies, all stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final

from host.config import Config
from host.stopping import longest_stop
from host.told_at_start import told_at_start

ROLES: Final = ("registrar", "intake", "site")


class Stop(Exception):
    """Raised in the supervisor by a signal to end."""


def supervise(config: Config, config_path: Path) -> int:
    """Run all roles until one of them ends or this process is told to stop. Returns the exit code."""
    # The config was read once before any child starts, so that a fault in it is said once; and so is this.
    for warning in told_at_start(config, *ROLES):
        print(f"subrosa: {warning}", file=sys.stderr, flush=True)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stop

    signal.signal(signal.SIGTERM, stop)
    for order in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(order, signal.SIG_IGN)  # the children have answers of their own to them
    children = [start_role(role, config_path) for role in ROLES]
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.2)
    except (KeyboardInterrupt, Stop):
        return 0
    finally:
        stop_all(children, longest_stop(config.stop_seconds))
    # A child that ended by itself has already said why on standard error.
    return next((child.returncode for child in children if child.returncode not in (0, -signal.SIGTERM)), 1)


def start_role(role: str, config_path: Path) -> subprocess.Popen[bytes]:
    """One role in a process of its own, which stops when this one does."""
    command = [sys.executable, "-m", "host.cli", "serve", "--role", role, "--stop-with-parent"]
    return subprocess.Popen([*command, "--config", str(config_path)], stdin=subprocess.PIPE)


def stop_all(children: list[subprocess.Popen[bytes]], seconds: float = longest_stop()) -> None:
    """End every child: politely, then, if it takes longer than so many seconds, for good."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
