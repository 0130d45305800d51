"""One role as a server process: gunicorn with its own loggers, config files and control socket taken out."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication

from host.coarse_counts import CoarseCounts
from host.config import Config, Party
from host.patience import patiently
from host.ports import check_free
from host.processes import processes_of
from host.roles import build_role, check_role
from host.silent_gunicorn import SilentLogger, SilentWorker
from host.steady_arbiter import SteadyArbiter, places
from host.stopping import SPARE_SECONDS, STOP_SECONDS
from host.told_at_start import told_at_start

if TYPE_CHECKING:
    from flask import Flask

log: Final = logging.getLogger("subrosa")


class RoleServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; it reads no config file, environment or command line of its own."""

    def __init__(self, settings: dict[str, Any], build: Callable[[], Flask]) -> None:
        self._settings, self._build = settings, build
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return patiently(self._build)

    def run(self) -> None:
        SteadyArbiter(self).run()


def serve_role(config: Config, role: str, stop_with_parent: bool) -> None:
    """Serve until told to stop; then finish what was begun, and leave the store settled and closed.

    Raises: PortBusy; SigningUnavailable if the registrar cannot sign here.
    """
    _log_to_stderr()
    party: Party = getattr(config, role)
    check_free(party.listen)
    if role in config.metrics:
        check_free(config.metrics[role])
    settling = check_role(config, role)
    if stop_with_parent:
        threading.Thread(target=_stop_when_parent_goes, args=(os.getpid(),), daemon=True).start()
    else:  # a parent has said it already, once for all
        for warning in told_at_start(config, role):
            log.warning("%s", warning)
    processes = processes_of(config, role)
    counts = CoarseCounts(processes, config.settle_seconds)

    def started(_worker: object) -> None:
        if counts.place == 0:
            log.warning("The %s is ready at %s.", role, party.listen)

    def take_place(place: int, worker: Any) -> None:
        # Less than its parent's patience, or it would be ended while it finishes a last request.
        worker.cfg.set("graceful_timeout", config.stop_seconds)
        counts.take_place(place)

    def stopped(_arbiter: object) -> None:
        """All workers have ended, however they did: nobody writes any more."""
        if settling is not None:
            settling.now()
            settling.store.release()

    settings = server_settings(party, config.threads, processes, config.stop_seconds)
    settings |= places(take_place) | {"post_worker_init": started, "on_exit": stopped}
    RoleServer(settings, lambda: build_role(config, role, counts)).run()


def server_settings(party: Party, threads: int, processes: int = 1, stop_seconds: int = STOP_SECONDS) -> dict[str, Any]:
    """Gunicorn's settings for a role: no logs, no control socket, small requests only."""
    return {
        "bind": party.listen,
        "workers": processes,
        "worker_class": SilentWorker,
        "threads": threads,
        "accesslog": None,
        "errorlog": "-",
        "logger_class": SilentLogger,
        "control_socket_disable": True,
        "timeout": 60,
        "graceful_timeout": stop_seconds + SPARE_SECONDS,
        "keepalive": 5,
        # No header says where the app is mounted, or by which scheme it was asked: nothing of ours needs to know.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "limit_request_line": 512,
        "limit_request_fields": 40,
        "limit_request_field_size": 4096,
        "umask": 0o077,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
    }


def _log_to_stderr() -> None:
    """Our own few sentences on standard error, without times; everything of other libraries is dropped."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("subrosa: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.WARNING)
    log.propagate = False
    logging.getLogger().addHandler(logging.NullHandler())
    logging.lastResort = None


def _stop_when_parent_goes(pid: int) -> None:
    """The supervisor holds the other end of standard input; when it dies, however it dies, this process stops."""
    while os.read(0, 1):
        pass
    os.kill(pid, signal.SIGTERM)
