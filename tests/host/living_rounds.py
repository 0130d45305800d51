"""Rounds that live: respondents and a host who do what they please, through real services and stores, beside a model.

What a tally, releases and broken disks add to that is in test_host_state_machine.py.
"""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from a_round import SMALL_FORM, issuer_of
from desks import Desks, Person
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
)
from round_model import Code, Model, Response, Round
from societies import Society, founded, opened

import host.tallying
from aggregation.promise import make_promise
from host.carrying import BoxNotReady, export_box
from host.inviting import InvitationError, revoke_code
from host.lifecycle import LifecycleError, cancel, close, extend
from host.opening import Dates
from privacy.accounting import rho_for
from privacy.errors import BudgetExceeded
from privacy.ledger import Transaction
from privacy.measure import POINTS
from survey.rounds.promise import Promise
from survey.rounds.times import now as real_now
from survey.sealing import Status

HOUR = timedelta(hours=1)
WHERE_NOW_IS_ASKED = ("host.ballot_sources", "host.inviting", "host.publishing", "survey.rounds.times")
NAMES = ("spring", "summer", "autumn")
BEFORE_COMMIT = POINTS[: POINTS.index("committed")]


class Killed(BaseException):
    """A process that ended without a word, as far as one process can play that."""


@cache
def society_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="machine")) / "society"
    founded(folder)
    return folder


PROMISES: list[Promise] = []


def promise_once(form, wishes, term):
    """All rounds here promise the same, and working it out takes longer than all else."""
    if not PROMISES:
        PROMISES.append(make_promise(form, wishes, term))
    return PROMISES[0]


class LivingRounds(RuleBasedStateMachine):
    """Up to three rounds; the term can pay for two of them."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.base = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        shutil.copytree(society_once(), self.base / "society")
        self.society = Society(self.base / "society")
        self.start, self.model = real_now().replace(microsecond=0), Model()
        for module in WHERE_NOW_IS_ASKED:
            self.stack.enter_context(patch(f"{module}.now", lambda: self.now))
        self.stack.enter_context(patch("host.opening.make_promise", promise_once))
        # The services are in this process; whoever listens at their ports is somebody else.
        self.stack.enter_context(patch("host.backups.restoring.check_free", lambda _listen: None))
        issuer = issuer_of("machine")  # before it is replaced
        self.stack.enter_context(patch("host.opening.Issuer.generate", lambda: issuer))
        self.watch_measurements()
        self.desks = Desks(self.society.house, lambda: self.now)
        self.people: list[tuple[str, Person]] = []
        self.backups: list[tuple[str, Path, object]] = []
        self.documents: dict[str, set[str]] = {}
        self.open_round(0, 0)

    def watch_measurements(self) -> None:
        """Every measurement that is ever committed, and every exact count that leads to one, pass by here."""
        record, measure = Transaction.record, host.tallying.measure

        def recorded(transaction, round_id, kind, rho, document):
            record(transaction, round_id, kind, rho, document)
            self.drawn = (round_id, sha256(document).hexdigest())

        def measured(ledger, charge, counts, allocation, hook):
            self.counts = counts
            return measure(ledger, charge, counts, allocation, hook)

        self.stack.enter_context(patch.object(Transaction, "record", recorded))
        self.stack.enter_context(patch("host.tallying.measure", measured))

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.desks.stop()
            self.stack.close()

    @property
    def now(self):
        return self.start + self.model.now * HOUR

    @property
    def house(self):
        return self.society.house

    def published(self, name: str):
        return self.house.rounds.find(name)

    def name(self, pick: int) -> str:
        names = list(self.model.rounds)
        return names[pick % len(names)]

    # Respondents.

    def spend(self, pick: int, how: int) -> None:
        anew = how == 0
        name, person = self.people[pick % len(self.people)]
        other = Person(person.manifest).ticket if anew else None
        message = (other or person.ticket).blinded_message
        assert self.desks.ask(person, ticket=other) == self.model.spend(name, person.code_hash, message)

    def submit(self, pick: int, how: int) -> None:
        holders = [(name, person) for name, person in self.people if person.token]
        if not holders:
            return
        step, mood, again = (1, 1, 1, 1, 0, 0, -1, 2)[how], (pick + how) % 6, how == 4
        name, person = holders[pick % len(holders)]
        old = self.model.intake.boxes[name].get(person.token.nonce)
        revision = max(1, (old.revision if old else 0) + step)
        if again and old and step == 0:
            new = old
        else:
            status = Status.ANSWERS if mood else Status.WITHDRAWN
            record = bytes([1, mood]) if mood else bytes(2)
            new = Response(revision, person.sealed(revision, record, status), mood)
        assert self.desks.send(person, revision, new.sealed) == self.model.submit(name, person.token.nonce, new)

    # The host.

    def open_round(self, _pick: int, how: int) -> None:
        affordable = self.charged_and_promised() + self.cost() <= self.house.ledger().term.rho
        if len(self.model.rounds) == len(NAMES) or (how and not affordable):
            return
        name = NAMES[len(self.model.rounds)]
        closes, latest = self.model.now + 10, self.model.now + 30
        dates = Dates(self.now, self.start + closes * HOUR, self.start + latest * HOUR)
        try:
            manifest = opened(self.society, name, form=SMALL_FORM, epsilon=3.4, dates=dates)
        except BudgetExceeded:
            assert not affordable
            return
        assert affordable
        self.model.rounds[name] = Round(manifest, closes, latest)
        self.model.registrar.codes[name], self.model.intake.boxes[name] = {}, {}
        self.model.registrar.keys.add(name)
        self.invite(len(self.model.rounds) - 1, 2)

    def cost(self) -> float:
        return rho_for(3.4, 1e-6)

    def charged_and_promised(self) -> float:
        promised = [
            name for name, one in self.model.rounds.items() if not one.cancelled and not self.model.charged(name)
        ]
        return sum(entry.rho for entry in self.house.ledger().entries()) + len(promised) * self.cost()

    def invite(self, pick: int, how: int) -> None:
        count = 1 + how % 3
        name = self.name(pick)
        if not self.model.is_open(name) or len(self.people) > 12:
            return
        people = [Person(self.model.rounds[name].manifest) for _ in range(count)]
        self.desks.register.add(people[0].manifest.id_bytes, [person.code_hash for person in people])
        self.model.registrar.codes[name] |= {person.code_hash: Code() for person in people}
        self.people += [(name, person) for person in people]

    def revoke(self, pick: int, _how: int) -> None:
        name, person = self.people[pick % len(self.people)]
        code = self.model.registrar.codes[name].get(person.code_hash)
        can = self.model.is_open(name) and code is not None and code.spent is None
        try:
            revoke_code(self.house, self.published(name), person.code)
        except InvitationError:
            assert not can
        else:
            assert can
            code.revoked = True

    def wait(self, _pick: int, how: int) -> None:
        self.model.now += (1, 1, 1, 1, 1, 1, 4, 11)[how]

    def extend(self, pick: int, how: int) -> None:
        hours = (-1, 5, 5, 40)[how % 4]
        one = self.model.rounds[name := self.name(pick)]
        closes = one.closes + hours
        can = self.model.is_open(name) and one.closes < closes <= one.latest
        try:
            extend(self.house, self.published(name), self.start + closes * HOUR, self.now)
        except LifecycleError:
            assert not can
        else:
            assert can
            one.closes = closes

    def close(self, pick: int, how: int) -> None:
        early = how > 5
        name = self.name(pick)
        can = not self.model.rounds[name].cancelled and (early or not self.model.is_open(name))
        self.desks.stop()
        try:
            close(self.house, self.published(name), self.now, early)
        except LifecycleError:
            assert not can
        else:
            assert can
            self.model.close(name)

    def cancel(self, pick: int, _how: int) -> None:
        one, charge = self.model.rounds[name := self.name(pick)], self.model.charged(name := self.name(pick))
        self.desks.stop()
        measured = charge is not None and self.house.ledger().measurement(one.manifest.id) is not None
        try:
            cancel(self.house, self.published(name), self.now)
        except LifecycleError:
            assert measured or one.published
        else:
            assert not measured
            assert not one.published
            self.model.cancel(name)

    def carry_the_box(self, pick: int, _how: int) -> None:
        name, out = self.name(pick), self.base / "box"
        out.unlink(missing_ok=True)
        try:
            number = export_box(self.house, self.published(name), out)
        except BoxNotReady:
            assert self.model.intake.states.get(name) != "closed"
        else:
            assert self.model.intake.states[name] == "closed"
            assert number == len(self.model.intake.boxes[name])
