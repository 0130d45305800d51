"""A registrar that mails codes, with a mail server that can be read, can fail, and can be looked at while it mails."""

import base64
import json
import queue
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from a_round import Round, SetClock

from survey.registrar.app import create_app
from survey.registrar.mail_counter import MailCounter
from survey.registrar.mail_desk import MailDesk
from survey.registrar.mail_keys import MailKey
from survey.registrar.register import Register
from survey.respondent.ticket import Ticket, new_ticket, request_for
from survey.rounds.folder import RoundsFolder
from survey.sources import Network

ANA = "ana.marked@society.example"
CODE = re.compile(r"Your code: (\d{4}) (\d{4})")


@dataclass
class PostOffice:
    """Stands where the mail server does: keeps what is sent. The real one is used in tests/host."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    fault: Exception | None = None
    away: Exception | None = None
    arrived: queue.Queue[str] = field(default_factory=queue.Queue)

    @contextmanager
    def session(self, _timeout: float) -> Iterator["PostOffice"]:
        if self.away is not None:
            raise self.away
        yield self

    def send_nothing(self) -> None:
        self.sessions.append("nothing")

    def send(self, to: str, subject: str, body: str) -> None:
        self.sessions.append("mail")
        if self.fault is not None:
            raise self.fault
        self.sent.append((to, subject, body))
        self.arrived.put(to)

    @property
    def code(self) -> str:
        """The digits of the newest mail."""
        found = CODE.search(self.sent[-1][2])
        assert found is not None
        return found[1] + found[2]


def new_request() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")


class MailWorld:
    """One registrar process; `restart` is the next one on the same disk."""

    def __init__(self, database: Path, rounds: RoundsFolder, clock: SetClock, issuers: dict[str, Any]) -> None:
        self.database, self.rounds, self.clock, self.issuers = database, rounds, clock, issuers
        self.keys: dict[str, MailKey] = {round_id: MailKey.generate() for round_id in issuers}
        self.post = PostOffice()
        self.proxy: Network | None = None
        self.restart()

    def restart(self) -> None:
        self.register = Register.open(self.database)
        self.desk = MailDesk(self.register.passes, self.post, self.clock)
        self.mail = MailCounter(self.desk, self.register.passes, self.keys.get)
        self.app = create_app(
            self.rounds, self.register, self.issuers.get, self.clock, mail=self.mail, proxy=self.proxy
        )

    def ask(self, round_: Round, address: Any, request: str | None = None, sender: str = "", **how: Any) -> Any:
        """A request for mail from an address of the internet; the mail does not go out yet."""
        body = {"request": request or new_request(), "address": address}
        headers = {"X-Forwarded-For": sender} if sender else {}
        url = f"/v1/rounds/{round_.manifest.id}/mail-request"
        data = how.pop("data", json.dumps(body))
        remote = {"REMOTE_ADDR": how.pop("remote", "127.0.0.1")}
        how.setdefault("content_type", "application/json")
        return self.app.test_client().post(url, data=data, headers=headers, environ_base=remote, **how)

    def mailed(self, round_: Round, address: str, sender: str = "") -> tuple[str, str]:
        """Request and code, once the mail is there."""
        request, before = new_request(), len(self.post.sent)
        assert self.ask(round_, address, request, sender).status_code == 202
        self.desk.mail_next()
        assert len(self.post.sent) == before + 1
        return request, self.post.code

    def token(self, round_: Round, request: str, digits: str, ticket: Ticket | None = None) -> Any:
        return self.token_for(round_, f"MailCode {request}:{digits}", ticket)

    def token_for(self, round_: Round, credentials: str, ticket: Ticket | None = None) -> Any:
        """A token request under any `Authorization`."""
        data = request_for(round_.manifest, ticket or new_ticket(round_.manifest)).to_bytes()
        url = f"/v1/rounds/{round_.manifest.id}/token-request"
        return self.app.test_client().post(url, data=data, headers={"Authorization": credentials})


def wrong(digits: str) -> str:
    """Eight digits that are not these."""
    return f"{(int(digits) + 1) % 10**8:08d}"


def name_of(answer: Any) -> str:
    return str(json.loads(answer.data)["type"]).rpartition(":")[2]


def refused(answer: Any, status: int, name: str, *secret: str) -> None:
    """It is this problem, and tells none of these."""
    assert (answer.status_code, name_of(answer)) == (status, name)
    assert answer.content_type == "application/problem+json"
    assert not any(text.encode() in answer.data for text in secret)
