"""The whole life of rounds, in any order of steps: real stores, keys, services, tally and ledger beside a model.

Each step's outcome is predicted (round_model.py); after each step what must always hold is looked for in the stores
themselves. A short run belongs to every test run; `make test-long` looks much further.
"""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import hypothesis.strategies as st
import pytest
from a_round import SMALL_FORM, issuer_of
from desks import Desks, Person, lose, restored
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from round_model import Code, Model, Response, Round
from societies import Society, founded, opened

import host.tallying
from host.backups.taking import back_up
from host.ballot_sources import TallyError
from host.carrying import BoxNotReady, export_box
from host.inviting import InvitationError, revoke_code
from host.keys import KeyMissing, sealing_fingerprint
from host.lifecycle import LifecycleError, cancel, close, extend
from host.opening import Dates
from host.publishing import NotMeasured, Publication, publish_round, withdraw_release
from host.revising import NotPublished
from host.tallying import run_tally
from privacy.accounting import rho_for
from privacy.errors import BudgetExceeded
from privacy.ledger import Transaction
from privacy.measure import POINTS
from survey.rounds.times import now as real_now
from survey.sealing import Status

HOUR = timedelta(hours=1)
WHERE_NOW_IS_ASKED = ("host.ballot_sources", "host.inviting", "host.publishing", "survey.rounds.times")
NAMES = ("spring", "summer", "autumn")
BEFORE_COMMIT = POINTS[: POINTS.index("committed")]
picks = st.integers(0, 7)


class Killed(BaseException):
    """A process that ended without a word, as far as one process can play that."""


@cache
def society_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="machine")) / "society"
    founded(folder)
    return folder


class Rounds(RuleBasedStateMachine):
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
        issuer = issuer_of("machine")  # before it is replaced
        self.stack.enter_context(patch("host.opening.Issuer.generate", lambda: issuer))
        self.watch_measurements()
        self.desks = Desks(self.society.house, lambda: self.now)
        self.people: list[tuple[str, Person]] = []
        self.backups: list[tuple[str, Path, object]] = []
        self.documents: dict[str, set[str]] = {}

    def watch_measurements(self) -> None:
        """Every measurement that is ever committed, and every exact count that leads to one, pass by here."""
        record, count = Transaction.record, host.tallying.count

        def recorded(transaction, round_id, kind, rho, document):
            record(transaction, round_id, kind, rho, document)
            self.drawn = (round_id, sha256(document).hexdigest())

        def counted(form, workload, records):
            self.counts = count(form, workload, records)
            return self.counts

        self.stack.enter_context(patch.object(Transaction, "record", recorded))
        self.stack.enter_context(patch("host.tallying.count", counted))

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

    def has_rounds(self) -> bool:
        return bool(self.model.rounds)

    def has_people(self) -> bool:
        return bool(self.people)

    # Respondents.

    @precondition(has_people)
    @rule(pick=picks, anew=st.booleans())
    def spend(self, pick: int, anew: bool) -> None:
        name, person = self.people[pick % len(self.people)]
        other = Person(person.manifest).ticket if anew else None
        message = (other or person.ticket).blinded_message
        assert self.desks.ask(person, ticket=other) == self.model.spend(name, person.code_hash, message)

    def has_tokens(self) -> bool:
        return any(person.token for _, person in self.people)

    @precondition(has_tokens)
    @rule(pick=picks, step=st.sampled_from((1, 1, 1, 0, -1)), mood=st.integers(0, 5), again=st.booleans())
    def submit(self, pick: int, step: int, mood: int, again: bool) -> None:
        holders = [(name, person) for name, person in self.people if person.token]
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

    @rule()
    def open_round(self) -> None:
        if len(self.model.rounds) == len(NAMES):
            return
        name = NAMES[len(self.model.rounds)]
        closes, latest = self.model.now + 10, self.model.now + 30
        dates = Dates(self.now, self.start + closes * HOUR, self.start + latest * HOUR)
        affordable = self.charged_and_promised() + self.cost() <= self.house.ledger().term.rho
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

    @precondition(has_rounds)
    @rule(pick=picks, count=st.integers(1, 2))
    def invite(self, pick: int, count: int) -> None:
        name = self.name(pick)
        if not self.model.is_open(name) or len(self.people) > 8:
            return
        people = [Person(self.model.rounds[name].manifest) for _ in range(count)]
        self.desks.register.add(people[0].manifest.id_bytes, [person.code_hash for person in people])
        self.model.registrar.codes[name] |= {person.code_hash: Code() for person in people}
        self.people += [(name, person) for person in people]

    @precondition(has_people)
    @rule(pick=picks)
    def revoke(self, pick: int) -> None:
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

    @rule(hours=st.sampled_from((1, 4, 11)))
    def wait(self, hours: int) -> None:
        self.model.now += hours

    @precondition(has_rounds)
    @rule(pick=picks, hours=st.sampled_from((-1, 5, 40)))
    def extend(self, pick: int, hours: int) -> None:
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

    @precondition(has_rounds)
    @rule(pick=picks, early=st.booleans())
    def close(self, pick: int, early: bool) -> None:
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

    @precondition(has_rounds)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
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

    @precondition(has_rounds)
    @rule(pick=picks)
    def carry_the_box(self, pick: int) -> None:
        name, out = self.name(pick), self.base / "box"
        out.unlink(missing_ok=True)
        try:
            number = export_box(self.house, self.published(name), out)
        except BoxNotReady:
            assert self.model.intake.states.get(name) != "closed"
        else:
            assert self.model.intake.states[name] == "closed"
            assert number == len(self.model.intake.boxes[name])

    @precondition(has_rounds)
    @rule(pick=picks, killed_at=st.sampled_from((None, None, None, *POINTS, "before-destruction")))
    def tally(self, pick: int, killed_at: str | None) -> None:
        one, charge = self.model.rounds[name := self.name(pick)], self.model.charged(name := self.name(pick))
        self.drawn = self.counts = None

        def hook(point: str) -> None:
            if point == killed_at:
                raise Killed

        fresh = self.model.can_be_tallied(name)
        try:
            outcome = run_tally(self.house, one.manifest, None, lambda *_: None, hook, accept_empty=True)
        except (TallyError, KeyMissing):
            assert not fresh
            assert charge is None or not charge.stored
            self.finish(name, charge is not None)
            return
        except Killed:
            self.killed(name, fresh, killed_at)
            return
        assert fresh or charge.stored
        assert (outcome.inspection is not None) == fresh
        if fresh:
            self.check_counts(name, outcome.inspection)
            self.charge(name)
        self.finish(name, True)

    def finish(self, name: str, charged: bool) -> None:
        if charged:
            self.model.destroy(name)
            self.model.unfinished.discard(name)

    def killed(self, name: str, fresh: bool, point: str) -> None:
        if fresh and point not in BEFORE_COMMIT:
            self.charge(name)
            self.model.unfinished.add(name)
        elif not fresh:
            assert point == "before-destruction"

    def charge(self, name: str) -> None:
        """The one measurement of this round, ever."""
        round_id, digest = self.drawn
        assert round_id == self.model.rounds[name].manifest.id
        assert name not in self.model.ever_measured
        self.model.ever_measured.add(name)
        self.documents.setdefault(round_id, set()).add(digest)
        self.model.charge(name, stored=True)

    def check_counts(self, name: str, inspection) -> None:
        """Every response that is stored is counted once, as it was sent last; nothing else is."""
        moods = [response.mood for response in self.model.intake.boxes[name].values()]
        answered = [mood for mood in moods if mood]
        assert (inspection.counted, inspection.withdrawn) == (len(answered), len(moods) - len(answered))
        assert inspection.dropped == {}
        by_mood = self.counts.marginal(("mood",)).tolist()
        assert [by_mood[mood] for mood in range(1, 6)] == [answered.count(mood) for mood in range(1, 6)] or [
            by_mood[mood - 1] for mood in range(1, 6)
        ] == [answered.count(mood) for mood in range(1, 6)]

    # Releases.

    @precondition(has_rounds)
    @rule(pick=picks, how=st.sampled_from(("publish", "publish", "correct", "withdraw")))
    def publish(self, pick: int, how: str) -> None:
        one, charge = self.model.rounds[name := self.name(pick)], self.model.charged(name := self.name(pick))
        stands = not one.cancelled and charge is not None and charge.stored and not one.withdrawn
        can = {
            "publish": stands and not one.published,
            "correct": stands and bool(one.published),
            "withdraw": bool(one.published) and not one.withdrawn,
        }[how]
        published = self.published(name)
        try:
            if how == "withdraw":
                withdraw_release(self.house, one.manifest, "a reason")
            else:
                publish_round(self.house, published, Publication(correct="a reason" if how == "correct" else None))
        except (NotMeasured, NotPublished):
            assert not can
            return
        assert can
        if how == "withdraw":
            one.withdrawn = True
            return
        one.published += 1
        one.chain = self.model.chain[: self.model.chain.index(charge) + 1]

    # Backups, and what breaks.

    @rule(role=st.sampled_from(("registrar", "intake", "tally")))
    def back_up(self, role: str) -> None:
        if role == "registrar":
            self.desks.register  # noqa: B018  (made by whoever is first)
        if role == "intake":
            self.desks.box  # noqa: B018
        out = self.base / f"{len(self.backups)}.backup"
        back_up(self.house, role, self.society.config, out, self.now)
        self.backups.append((role, out, self.model.snapshot(role)))

    def has_backups(self) -> bool:
        return bool(self.backups)

    @precondition(has_backups)
    @rule(pick=picks, with_keys=st.booleans())
    def break_and_restore(self, pick: int, with_keys: bool) -> None:
        role, file, kept = self.backups[pick % len(self.backups)]
        self.desks.stop()
        if role != "tally":
            lose(self.house, role)
            restored(self.society, file, at=self.now)
            (self.model.restore_registrar if role == "registrar" else self.model.restore_intake)(kept)
            return
        if with_keys:
            lose(self.house, role)
            for one in self.model.rounds.values():
                one.sealing_key = False
        for path in self.house.config.tally_folder.glob("tally.sqlite*"):
            path.unlink()
        restored(self.society, file, at=self.now)
        self.model.restore_tally(kept)

    @rule()
    def restart(self) -> None:
        self.desks.stop()

    # What always holds.

    @invariant()
    def no_code_gives_two_passes(self) -> None:
        if hasattr(self, "model"):
            assert all(len(given) == 1 for given in self.model.ever_given.values())

    @invariant()
    def boxes_hold_what_was_acknowledged_and_closed_ones_stay_closed(self) -> None:
        if not hasattr(self, "model"):
            return
        box = self.desks.box
        for name, one in self.model.rounds.items():
            key = one.manifest.id_bytes
            stored = {row[0]: (row[1], row[3]) for row in box.ballots(key)}
            assert stored == {n: (r.revision, r.sealed) for n, r in self.model.intake.boxes[name].items()}
            assert box.state(key) == self.model.intake.states.get(name)

    @invariant()
    def the_ledger_forgets_nothing_and_pays_once(self) -> None:
        if not hasattr(self, "model"):
            return
        ledger = self.house.ledger()  # checks its chain
        ids = {one.manifest.id: name for name, one in self.model.rounds.items()}
        entries = ledger.entries()
        assert [ids[entry.round_id] for entry in entries] == [charge.name for charge in self.model.chain]
        assert self.model.ever_measured <= {charge.name for charge in self.model.chain}
        assert ledger.spent() <= ledger.term.rho
        for charge in self.model.chain:
            round_id = self.model.rounds[charge.name].manifest.id
            assert ledger.unmeasurable(round_id) == (not charge.stored)
        for entry in entries:
            if entry.measurement:
                assert self.documents[entry.round_id] == {entry.measurement}

    @invariant()
    def what_is_over_has_no_keys_and_no_ballots(self) -> None:
        if not hasattr(self, "model"):
            return
        for name, one in self.model.rounds.items():
            key = self.house.tally_keys / f"{sealing_fingerprint(one.manifest.sealing_key)}.seed"
            assert key.exists() == one.sealing_key
            over = one.cancelled or (self.model.charged(name) and name not in self.model.unfinished)
            if over:
                assert not key.exists()
                assert self.desks.box.count(one.manifest.id_bytes) == 0
            assert self.house.issuer_key(one.manifest.id).exists() == (name in self.model.registrar.keys)


def run(examples: int, steps: int) -> None:
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        phases=(Phase.generate,),  # every step is real: to make a failing life shorter would take hours
    )
    run_state_machine_as_test(Rounds, settings=how)


def test_rounds_live_as_the_model_says():
    run(examples=8, steps=25)


@pytest.mark.long
def test_many_rounds_live_long_as_the_model_says():
    run(examples=400, steps=60)
