"""Bulk entry that is interrupted anywhere, or sent again: it goes on where it stopped."""

import pytest
from a_round import rows
from bulk_entry import ROWS, in_box, records, run
from in_process import InProcessServices, Interrupted, Told, Trouble

from survey.intake.app import create_app as create_intake
from survey.intake.box import BallotBox
from survey.respondent import bulk
from survey.respondent.bulk import Entering, enter
from survey.respondent.wallet import Wallet


@pytest.fixture
def small_batches(monkeypatch):
    """Saved every few rows, so that interruptions fall between and within batches."""
    monkeypatch.setattr(bulk, "_BATCH", 4)


POINTS = [
    ("after the tickets", "before", "token-request", 1),
    ("at the first token, which the registrar has given", "after", "token-request", 1),
    ("among the tokens", "before", "token-request", 6),
    ("among the tokens, answer lost", "after", "token-request", 9),
    ("after the tokens", "before", "response", 1),
    ("at the first response, which the intake has stored", "after", "response", 1),
    ("among the responses", "before", "response", 6),
    ("among the responses, answer lost", "after", "response", 9),
    ("at the last response", "after", "response", ROWS),
]


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("clients", [1, 5])
@pytest.mark.parametrize(("when", "kind", "number"), [point[1:] for point in POINTS], ids=[p[0] for p in POINTS])
def test_an_interrupted_entry_goes_on_where_it_stopped(town, spring, tmp_path, codes, when, kind, number, clients):
    def stop(seen, count):
        if (seen, count) == (kind, number):
            raise Interrupted

    with pytest.raises(Interrupted):
        run(town, spring, tmp_path, codes, Trouble(**{when: stop}), clients)
    outcome, services, _ = run(town, spring, tmp_path, codes, clients=clients)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
    assert in_box(town, spring) == sorted(records())
    assert town.register.counts(spring.manifest.id_bytes).spent == ROWS
    if kind == "response":
        assert services.seen["token-request"] == 0


@pytest.mark.usefixtures("small_batches")
def test_interrupted_while_the_tickets_are_made(town, spring, tmp_path, codes, monkeypatch):
    made, real = [], bulk.new_ticket

    def new_ticket(manifest):
        made.append(1)
        if len(made) == 11:
            raise Interrupted
        return real(manifest)

    monkeypatch.setattr(bulk, "new_ticket", new_ticket)
    with pytest.raises(Interrupted):
        run(town, spring, tmp_path, codes)
    outcome, _, _ = run(town, spring, tmp_path, codes)
    assert outcome.sent == ROWS
    assert in_box(town, spring) == sorted(records())
    assert len(made) == 11 + ROWS - 8  # two batches of four were saved


@pytest.mark.usefixtures("small_batches")
def test_a_retry_sends_the_same_bytes(town, spring, tmp_path, codes):
    def lose(kind, number):
        if kind == "response" and number == 5:
            raise Interrupted

    services = InProcessServices(town, Trouble(after=lose))
    entering = Entering(spring.manifest, services, Wallet.open(tmp_path / "state.sqlite"), 1, Told())
    with pytest.raises(Interrupted):
        enter(entering, codes, records())
    stored = {sealed for *_, sealed in town.box.ballots(spring.manifest.id_bytes)}
    _, again, _ = run(town, spring, tmp_path, codes)
    assert stored <= {sealed for *_, sealed in town.box.ballots(spring.manifest.id_bytes)}
    assert set(again.bodies["response"]) & stored


def test_a_finished_entry_sends_nothing_more(town, spring, tmp_path, codes):
    run(town, spring, tmp_path, codes)
    outcome, services, _ = run(town, spring, tmp_path, codes)
    assert (outcome.sent, outcome.failures, services.log) == (ROWS, (), [])


def test_an_intake_restored_from_a_backup_gets_everything_again(town, spring, tmp_path, codes, rounds, clock):
    """It has some rows as they were, some in an older revision, and some not at all."""
    round_id, changed = spring.manifest.id_bytes, [b"\x02\x05", *records()[1:]]
    run(town, spring, tmp_path, codes)
    older = list(town.box.ballots(round_id))
    run(town, spring, tmp_path, codes, answers=changed)
    last = list(town.box.ballots(round_id))
    ((again, _),) = set(enumerate(last)) - set(enumerate(older))
    box = town.box = BallotBox.open(tmp_path / "restored.sqlite")
    town.intake = create_intake(rounds, box, clock)
    for ballot in {*older[: ROWS // 2], older[again]}:
        box.put(round_id, *ballot)

    assert run(town, spring, tmp_path, codes, answers=changed)[1].log == []
    outcome, services, told = run(town, spring, tmp_path, codes, answers=changed, clients=4, resend=True)

    assert (outcome.sent, outcome.sent_now, outcome.resent, outcome.failures) == (ROWS, 0, ROWS, ())
    assert list(box.ballots(round_id)) == last
    assert services.seen == {"response": ROWS}
    assert services.bodies["response"] != [
        row[0] for row in rows(tmp_path / "state.sqlite", "SELECT sealed FROM entries")
    ]
    assert told.calls[-1] == ("Sending responses", ROWS, ROWS)


def test_sending_again_goes_on_where_it_stopped_and_takes_new_rows_along(town, spring, tmp_path, codes):
    run(town, spring, tmp_path, codes[:8], answers=records(8))

    def stop(kind, number):
        if (kind, number) == ("response", 9):
            raise Interrupted

    with pytest.raises(Interrupted):
        run(town, spring, tmp_path, codes, Trouble(before=stop), resend=True)
    outcome, services, _ = run(town, spring, tmp_path, codes)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
    assert services.seen["token-request"] == 0
    assert in_box(town, spring) == sorted(records())
