"""Both services in this process: the respondent's own code on one side, the real apps on the other, no sockets."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from a_round import Round, SetClock
from flask import Flask

from survey.intake.app import create_app as create_intake
from survey.intake.box import BallotBox
from survey.registrar.app import create_app as create_registrar
from survey.registrar.codes import hash_code, new_code
from survey.registrar.register import Register
from survey.respondent.services import Services, _refusal
from survey.rounds.folder import RoundsFolder


class Interrupted(BaseException):
    """The process is stopped here, as by Ctrl-C."""


@dataclass
class Town:
    """Registrar and intake of some rounds."""

    registrar: Flask
    intake: Flask
    register: Register
    box: BallotBox

    def codes(self, round_: Round, count: int) -> list[str]:
        codes = [new_code() for _ in range(count)]
        self.register.add(round_.manifest.id_bytes, [hash_code(code, round_.manifest.id_bytes) for code in codes])
        return codes


def make_town(folder: Path, rounds: RoundsFolder, clock: SetClock, *made: Round) -> Town:
    register, box = Register.open(folder / "registrar.sqlite"), BallotBox.open(folder / "intake.sqlite")
    issuers = {round_.manifest.id: round_.issuer for round_ in made}
    registrar = create_registrar(rounds, register, issuers.get, clock)
    return Town(registrar, create_intake(rounds, box, clock), register, box)


@dataclass
class Trouble:
    """What happens to requests: `before` and `after` get the kind of a request and how many of it there were."""

    before: Callable[[str, int], None] = lambda _kind, _number: None
    after: Callable[[str, int], None] = lambda _kind, _number: None


class InProcessServices(Services):
    """The respondent's side of HTTP with the sockets taken out."""

    def __init__(self, town: Town, trouble: Trouble | None = None) -> None:
        super().__init__()
        self._apps = {"registrar.example": town.registrar, "intake.example": town.intake}
        self._trouble = trouble or Trouble()
        self._lock = Lock()
        self.log: list[tuple[str, str]] = []
        self.seen: Counter[str] = Counter()
        self.bodies: dict[str, list[bytes]] = {}

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> bytes:
        parts = urlsplit(url)
        kind = parts.path.rpartition("/")[2]
        with self._lock:
            self.seen[kind] += 1
            number = self.seen[kind]
            self.log.append((kind, headers.get("Authorization", "")))
            self.bodies.setdefault(kind, []).append(body or b"")
        self._trouble.before(kind, number)
        app = self._apps[parts.netloc]
        answer = app.test_client().open(parts.path, method=method, headers=headers, data=body)
        self._trouble.after(kind, number)
        if answer.status_code >= 300:
            raise _refusal(answer.status_code, answer.data)
        return answer.data


@dataclass
class Told:
    """What a progress bar was told."""

    calls: list[tuple[str, int, int]] = field(default_factory=list)

    def __call__(self, title: str, done: int, total: int) -> None:
        self.calls.append((title, done, total))
