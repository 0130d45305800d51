"""The services as their units run them, as far as that can be had here without systemd."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from samples import DEPLOY, ROLES
from sandbox import may_filter
from societies import Society, stop, until

SANDBOX = Path(__file__).with_name("sandbox.py")
CONFINED = may_filter()


def confined(society: Society, role: str, *command: str) -> list[str]:
    """The command as the role's unit runs it; as it is where there is no systemd whose sets could be asked."""
    if not CONFINED:
        return list(command)
    return [
        sys.executable,
        str(SANDBOX),
        str(DEPLOY / "systemd" / f"subrosa-{role}.service"),
        str(society.folder),
        *command,
    ]


@contextmanager
def serving_confined(society: Society, log: Path) -> Iterator[None]:
    processes: list[subprocess.Popen[bytes]] = []
    place = f"{log}"[-90:]  # of a socket that is in no folder, which the confined could not reach
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd, log.open("ab") as sink:
        systemd.bind(f"\0{place}")
        try:
            for role in ROLES:
                serve = (sys.executable, "-m", "host.cli", "serve", "--role", role, "--config", str(society.config))
                processes.append(
                    subprocess.Popen(
                        confined(society, role, *serve),
                        cwd=society.folder,
                        stdin=subprocess.DEVNULL,
                        stdout=sink,
                        stderr=sink,
                        start_new_session=True,
                        env=os.environ | {"NOTIFY_SOCKET": f"@{place}"},
                    )
                )
            until(lambda: ready(log) or any(process.poll() is not None for process in processes))
            assert [process.poll() for process in processes] == [None] * len(ROLES), log.read_text()
            # Or a unit of Type=notify would never be ready.
            assert [systemd.recv(4096, socket.MSG_DONTWAIT).partition(b"\n")[0] for _ in ROLES] == [b"READY=1"] * 3
            yield
        finally:
            for process in processes:
                stop(process)


def ready(log: Path) -> bool:
    return log.read_text().count(" is ready at ") == len(ROLES)
