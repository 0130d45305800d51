"""One role as a server process: gunicorn with its own loggers, config files and control socket taken out."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication

from host.config import Config, Party
from host.ports import check_free
from host.roles import build_role, check_role
from host.silent_gunicorn import SilentLogger, SilentWorker
from host.within_reach import warning_of_open_folders

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
        return self._build()


def serve_role(config: Config, role: str, stop_with_parent: bool) -> None:
    """Serve until told to stop. Raises: PortBusy; SigningUnavailable if the registrar cannot sign here."""
    _log_to_stderr()
    party: Party = getattr(config, role)
    check_free(party)
    check_role(config, role)
    if stop_with_parent:
        threading.Thread(target=_stop_when_parent_goes, args=(os.getpid(),), daemon=True).start()
    elif warning := warning_of_open_folders(config, role):  # a parent has said it already, once for all
        log.warning("%s", warning)
    settings = server_settings(party, config.threads, config.processes if role != "registrar" else 1)
    settings["post_worker_init"] = lambda _worker: log.warning("The %s is ready at %s.", role, party.listen)
    RoleServer(settings, lambda: build_role(config, role)).run()


def server_settings(party: Party, threads: int, processes: int = 1) -> dict[str, Any]:
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
        "graceful_timeout": 10,
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
