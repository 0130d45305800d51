"""The whole life of rounds, in any order of steps: real stores, keys, services, tally and ledger beside a model.

Each step's outcome is predicted (round_model.py); after each step what must always hold is looked for in the stores
themselves. A short run belongs to every test run; `make test-long` looks much further.
"""

import hypothesis.strategies as st
import pytest
from desks import lose, restored
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from living_rounds import Killed, LivingRounds

from host.backups.taking import back_up
from host.ballot_sources import TallyError
from host.from_tally import NotMeasured
from host.keys import KeyMissing, sealing_fingerprint
from host.publishing import Publication, publish_round, withdraw_release
from host.revising import NotPublished
from host.tallying import run_tally
from privacy.measure import POINTS

BEFORE_COMMIT = POINTS[: POINTS.index("committed")]


# How often, among all steps.
STEPS = {
    "spend": 7,
    "submit": 12,
    "open_round": 2,
    "invite": 3,
    "revoke": 1,
    "wait": 3,
    "extend": 1,
    "close": 3,
    "cancel": 1,
    "carry_the_box": 1,
    "tally": 6,
    "publish": 5,
    "back_up": 4,
    "break_and_restore": 4,
    "lose_what_came_since": 6,
    "restart": 1,
}


class Rounds(LivingRounds):
    """The same, tallied, published, lost and restored."""

    # One rule for all steps: hypothesis would leave out whole rules in each life, and a life lacks nothing.
    @rule(
        step=st.sampled_from([name for name, weight in STEPS.items() for _ in range(weight)]),
        pick=st.integers(0, 7),
        how=st.integers(0, 7),
    )
    def live(self, step: str, pick: int, how: int) -> None:
        getattr(self, step)(pick, how)

    def tally(self, pick: int, how: int) -> None:
        killed_at = (None, None, *POINTS, "before-destruction")[how + pick % 2]
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
        assert by_mood[:5] == [answered.count(mood) for mood in range(1, 6)]

    # Releases.

    def publish(self, pick: int, number: int) -> None:
        how = ("publish", "publish", "publish", "correct", "correct", "publish", "publish", "withdraw")[number]
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

    def back_up(self, pick: int, _how: int) -> None:
        role = ("registrar", "intake", "tally")[pick % 3]
        if role == "registrar":
            self.desks.register  # noqa: B018  (made by whoever is first)
        if role == "intake":
            self.desks.box  # noqa: B018
        out = self.base / f"{len(self.backups)}.backup"
        lacking = role == "registrar" and self.model.registrar_lacks_a_key()
        try:
            back_up(self.house, role, self.society.config, out, self.now)
        except KeyMissing:
            assert lacking
        else:
            assert not lacking
            self.backups.append((role, out, self.model.snapshot(role)))

    def break_and_restore(self, pick: int, how: int) -> None:
        if not self.backups:
            return
        with_keys = how < 2
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

    def lose_what_came_since(self, pick: int, how: int) -> None:
        """A backup, people, a broken disk, the backup again, and the same people: single steps seldom meet like this
        before a round ends."""
        self.back_up(pick, how)
        self.come(pick, how)
        self.break_and_restore(len(self.backups) - 1, 7)
        self.come(pick, how)

    def come(self, pick: int, how: int) -> None:
        for turn in range(1 + how % 3):
            self.spend(pick + turn, 1)
            self.submit(pick + turn, how)

    def restart(self, _pick: int, _how: int) -> None:
        self.desks.stop()

    # What always holds.

    def check(self) -> None:
        self.no_code_gives_two_passes()
        self.boxes_hold_what_was_acknowledged_and_closed_ones_stay_closed()
        self.the_ledger_forgets_nothing_and_pays_once()
        self.what_is_over_has_no_keys_and_no_ballots()

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
        # A round that was cancelled gives back what it promised, and is charged after all if the ledger was lost and
        # it may have been measured elsewhere: that alone may go beyond the term.
        taken_back = {charge.name for charge in self.model.chain if self.model.rounds[charge.name].cancelled}
        assert sum(entry.rho for entry in entries if ids[entry.round_id] not in taken_back) <= ledger.term.rho
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
        report_multiple_bugs=False,
        phases=(Phase.generate,),  # every step is real: to make a failing life shorter would take hours
    )
    run_state_machine_as_test(Rounds, settings=how)


def test_rounds_live_as_the_model_says():
    run(examples=5, steps=30)


@pytest.mark.long
def test_many_rounds_live_long_as_the_model_says():
    run(examples=300, steps=80)
