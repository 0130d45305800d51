"""Registrar and intake of a society on disk as apps in this process, on either engine, and people who come to them."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask import Flask
from societies import Society
from sqlalchemy import URL

from host.backups.archive import Backup
from host.backups.restoring import Wanted, restore
from host.backups.taking import back_up
from host.folders import private_folder
from host.house import House
from survey.intake.app import create_app as intake_app
from survey.intake.box import BallotBox
from survey.registrar.app import create_app as registrar_app
from survey.registrar.codes import hash_code, new_code
from survey.registrar.keyring import KeyRing
from survey.registrar.lost_keys import of_its_round
from survey.registrar.register import Register
from survey.respondent.ticket import Ticket, new_ticket, redeem, request_for, seal
from survey.rounds.manifest import Manifest
from survey.rounds.times import now
from survey.sealing import Status
from survey.tokens import Token, authorization

RECORD = b"\x01\x03\x02\x00"  # north, mood 3, a saw


def on_servers(society: Society, **databases: URL) -> None:
    """Give parties of a society databases on a server."""
    text = society.config.read_text()
    for party, url in databases.items():
        where = {"host": url.host, "port": url.port, "database": url.database, "query": url.query}
        plain = URL.create("postgresql", username=url.username, **where).render_as_string()
        text = text.replace(f"[{party}]\n", f'[{party}]\ndatabase = "{plain}"\n')
    society.config.write_text(text)


@dataclass
class Person:
    """Someone with a code, and what her device keeps."""

    manifest: Manifest
    code: str = field(default_factory=new_code)
    ticket: Ticket = field(init=False)
    token: Token | None = None

    def __post_init__(self) -> None:
        self.ticket = new_ticket(self.manifest)

    @property
    def code_hash(self) -> bytes:
        return hash_code(self.code, self.manifest.id_bytes)

    def sealed(self, revision: int, record: bytes = RECORD, status: Status = Status.ANSWERS) -> bytes:
        return seal(self.manifest, self.ticket, revision, status, record)


class Desks:
    """The two services, opened anew whenever they are asked for after `stop`."""

    def __init__(self, house: House, clock=now) -> None:
        self.house, self._clock = house, clock
        self._apps: dict[str, Flask] = {}
        self._stores: list[object] = []

    def stop(self) -> None:
        for store in self._stores:
            store.release()
        self._apps, self._stores = {}, []

    @property
    def register(self) -> Register:
        return self._kept(self.house.new_register())

    @property
    def box(self) -> BallotBox:
        private_folder(self.house.config.root / "intake")
        return self._kept(BallotBox.open(self.house.box_address))

    def _kept(self, store):
        self._stores.append(store)
        return store

    def ask(self, person: Person, code: str | None = None, ticket: Ticket | None = None) -> str:
        """Spend a code: "signed", and she has her token; else the problem."""
        url = f"/v1/rounds/{person.manifest.id}/token-request"
        used = ticket or person.ticket
        body = request_for(person.manifest, used).to_bytes()
        answer = self._registrar().post(url, data=body, headers={"Authorization": f"Bearer {code or person.code}"})
        if answer.status_code != 200:
            return problem(answer)
        token = redeem(person.manifest, used, answer.data)
        if ticket is None:
            person.token = token
        return "signed"

    def send(self, person: Person, revision: int, sealed: bytes) -> str:
        """Hand a response in: "new", "kept", or the problem."""
        url = f"/v1/rounds/{person.manifest.id}/response"
        headers = {"Authorization": authorization(person.token), "Subrosa-Revision": str(revision)}
        answer = self._intake().put(url, data=sealed, headers=headers)
        return {201: "new", 200: "kept"}.get(answer.status_code) or problem(answer)

    def _registrar(self):
        if "registrar" not in self._apps:
            register = self.register
            keys = KeyRing(self.house.config.root / "registrar" / "keys", of_its_round(self.house.rounds))
            self._apps["registrar"] = registrar_app(self.house.rounds, register, keys, clock=self._clock)
        return self._apps["registrar"].test_client()

    def _intake(self):
        if "intake" not in self._apps:
            self._apps["intake"] = intake_app(self.house.rounds, self.box, clock=self._clock)
        return self._apps["intake"].test_client()


def problem(answer) -> str:
    return str(answer.get_json(force=True)["type"]).rpartition(":")[2]


def taken(society: Society, role: str, name: str | None = None, at: datetime | None = None) -> Path:
    """A backup of one party, in a folder beside the society."""
    out = society.folder.parent / (name or f"{role}.backup")
    back_up(society.house, role, society.config, out, at or now())
    return out


def restored(society: Society, file: Path, at: datetime | None = None, **how):
    return restore(society.config, Backup.open(file), Wanted(**how), at or now())


def lose(house: House, role: str) -> None:
    """What a broken disk takes of a party with an SQLite file."""
    folder = {"tally": house.config.tally_folder}.get(role, house.config.root / role)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
