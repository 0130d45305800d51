"""Crowds: many people at once with the respondent's own code, who write down what they sent and what was confirmed."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from societies import Society

from survey.forms.codec import encode
from survey.registrar.codes import hash_code, new_code
from survey.respondent.services import ServiceRefused, Services, ServiceUnreachable
from survey.respondent.ticket import Ticket, new_ticket, redeem, request_for, seal
from survey.rounds.manifest import Manifest
from survey.sealing import Status
from survey.tokens import Token

PASSING = {"storage", "unreadable"}  # what the service, or a gateway before it, says when one should come again
PATIENCE = 60


class NeverGotThrough(AssertionError):
    """A service that did not come back."""


def again_until_it_works(work: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Like somebody who presses the button again; whatever a service really refuses is raised."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return work()
        except ServiceUnreachable:
            pass
        except ServiceRefused as refused:
            if refused.name not in PASSING:
                raise
        if time.monotonic() > deadline:
            raise NeverGotThrough
        time.sleep(0.3)


@dataclass
class Person:
    """One code, on one or two devices at the same time. `sent[r]`: what revision r said; None is a withdrawal."""

    manifest: Manifest
    code: str
    tickets: list[Ticket]
    answers: list[bytes | None]
    gives_up: bool  # sends the last change once and does not care what comes back
    signatures: dict[int, bytes] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    token: Token | None = None
    ticket: Ticket | None = None
    sent: dict[int, bytes | None] = field(default_factory=dict)
    sealed: list[bytes] = field(default_factory=list)
    acknowledged: int = 0

    def signature(self, services: Services, device: int) -> bytes:
        request = request_for(self.manifest, self.tickets[device])
        return services.token_request(self.manifest, self.code, request)

    def come(self, services: Services, device: int) -> None:
        """Fetch the token and, on the device that got it, hand in one revision after the other."""
        if self.fetch(services, device):
            self.answer(services)

    def fetch(self, services: Services, device: int) -> bool:
        """Whether this device got the token, or another of hers did."""
        try:
            self.signatures[device] = again_until_it_works(lambda: self.signature(services, device))
        except ServiceRefused as refused:
            if refused.name != "used-code":
                raise
            self.refused.add(device)
            return False
        self.ticket = self.tickets[device]
        self.token = redeem(self.manifest, self.ticket, self.signatures[device])
        return True

    def answer(self, services: Services) -> None:
        for revision, record in enumerate(self.answers, start=1):
            self.send(services, revision, record)

    def send(self, services: Services, revision: int, record: bytes | None) -> None:
        assert self.ticket is not None
        status = Status.WITHDRAWN if record is None else Status.ANSWERS
        sealed = seal(self.manifest, self.ticket, revision, status, record or bytes(len(self.answers[0] or b"")))
        self.sent[revision] = record
        self.sealed.append(sealed)
        gives_up = self.gives_up and revision == len(self.answers)
        try:
            again_until_it_works(lambda: self.hand_in(services, revision, sealed), 0 if gives_up else PATIENCE)
            self.acknowledged = revision
        except NeverGotThrough:
            if not gives_up:
                raise

    def hand_in(self, services: Services, revision: int, sealed: bytes) -> None:
        assert self.token is not None
        services.submit(self.manifest, self.token, revision, sealed)


@dataclass
class Crowd:
    """Everyone who has a code, and how they come: `threads` at a time, in a seeded order."""

    people: list[Person]
    services: Services
    pool: ThreadPoolExecutor
    running: list[Any]

    @property
    def over(self) -> bool:
        return all(one.done() for one in self.running)

    @property
    def got_tokens(self) -> int:
        return sum(bool(person.signatures) for person in self.people)

    @property
    def handed_in(self) -> int:
        return sum(person.acknowledged > 0 for person in self.people)

    def join(self) -> None:
        """Wait for all of them. Raises: what went wrong for one of them."""
        for one in self.running:
            one.result(PATIENCE * 2)
        self.pool.shutdown()


def invited(society: Society, manifest: Manifest, count: int, seed: int) -> list[Person]:
    """People whose codes are in the register. Every fourth has two devices, every third changes her mind."""
    die, rows = random.Random(seed), []
    for number in range(count):
        revisions = 1 + (number % 3 == 0) + (number % 9 == 0)
        answers: list[bytes | None] = [_record(manifest, die) for _ in range(revisions)]
        if number % 18 == 0:
            answers[-1] = None
        tickets = [new_ticket(manifest) for _ in range(1 + (number % 4 == 1))]
        rows.append(Person(manifest, new_code(), tickets, answers, gives_up=number % 9 == 3))
    register = society.house.new_register()
    register.add(manifest.id_bytes, [hash_code(person.code, manifest.id_bytes) for person in rows])
    register.release()
    return rows


def arriving(people: Sequence[Person], threads: int, seed: int) -> Crowd:
    """Let them all come; returns at once."""
    services, pool = Services(connections=threads), ThreadPoolExecutor(threads)
    order = random.Random(seed).sample(people, len(people))
    # The two devices of one person come right after each other, so that they meet.
    visits = [(person, device) for person in order for device in range(len(person.tickets))]
    return Crowd(
        list(people), services, pool, [pool.submit(person.come, services, device) for person, device in visits]
    )


def echo_older_revisions(people: Sequence[Person], services: Services) -> None:
    """What hung in the network comes at last: every response that was changed since, once more as it was."""
    for person in people:
        for revision in range(1, person.acknowledged):
            with suppress(ServiceRefused):
                again_until_it_works(lambda p=person, r=revision: p.hand_in(services, r, p.sealed[r - 1]))


def _record(manifest: Manifest, die: random.Random) -> bytes:
    tools = tuple(die.sample(("pen", "saw", "pot"), die.randrange(3)))
    return encode(manifest.form, {"team": die.choice(("north", "south")), "mood": die.randint(1, 5), "tools": tools})
