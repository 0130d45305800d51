"""Registrar and intake on sockets of this machine, for clients that speak real HTTP to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from a_round import Round, SetClock, make_round
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from survey.intake.app import create_app as create_intake
from survey.intake.box import BallotBox
from survey.registrar.app import create_app as create_registrar
from survey.registrar.codes import hash_code, new_code
from survey.registrar.register import Register
from survey.rounds.folder import RoundsFolder


class _Silent(WSGIRequestHandler):
    """No line for every request."""

    def log(self, *_: object) -> None:
        pass


@dataclass
class Town:
    """The two services, and a round that names them."""

    round: Round
    register: Register
    box: BallotBox

    def code(self) -> str:
        code = new_code()
        self.register.add(self.round.manifest.id_bytes, [hash_code(code, self.round.manifest.id_bytes)])
        return code

    def url(self, role: str) -> str:
        return self.round.manifest.service(role).url


@contextmanager
def a_town(folder: Path) -> Iterator[Town]:
    """Served from when this begins until it ends, each service with a store of its own in `folder`."""
    register, box = Register.open(folder / "registrar.sqlite"), BallotBox.open(folder / "intake.sqlite")
    rounds, issuers = RoundsFolder(folder / "rounds"), {}
    apps = create_registrar(rounds, register, issuers.get, SetClock()), create_intake(rounds, box, SetClock())
    servers = [make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent) for app in apps]
    registrar_url, intake_url = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    made = make_round("live", registrar_url=registrar_url, intake_url=intake_url)
    issuers[made.manifest.id] = made.issuer
    rounds.add(made.served)
    threads = [Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield Town(made, register, box)
    finally:
        _stop(servers, threads)


def _stop(servers: list[BaseWSGIServer], threads: list[Thread]) -> None:
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
