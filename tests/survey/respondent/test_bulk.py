"""Bulk entry: interrupted anywhere, every row goes in exactly once."""

import pytest
from a_round import CLOSES, rows
from in_process import InProcessServices, Interrupted, Told, Trouble, make_town

from survey.blinding import BadSignature
from survey.intake.app import create_app as create_intake
from survey.intake.box import BallotBox
from survey.registrar.codes import hash_code
from survey.respondent import bulk
from survey.respondent.bulk import Entering, enter
from survey.respondent.services import ServiceRefused, ServiceUnreachable
from survey.respondent.wallet import StateMismatch, Wallet

ROWS = 30


@pytest.fixture
def town(tmp_path, rounds, clock, spring, autumn):
    return make_town(tmp_path, rounds, clock, spring, autumn)


@pytest.fixture
def codes(town, spring):
    return town.codes(spring, ROWS)


@pytest.fixture
def small_batches(monkeypatch):
    """Saved every few rows, so that interruptions fall between and within batches."""
    monkeypatch.setattr(bulk, "_BATCH", 4)


def records(count=ROWS):
    """A record a row that says which row it is."""
    return [bytes([row % 3, row % 6]) for row in range(count)]


def _run(town, round_, tmp_path, codes, trouble=None, clients=1, answers=None, skip_failed=False, resend=False):
    services = InProcessServices(town, trouble)
    wallet = Wallet.open(tmp_path / "state.sqlite")
    told = Told()
    entering = Entering(round_.manifest, services, wallet, clients, told, skip_failed, resend)
    outcome = enter(entering, codes, records(len(codes)) if answers is None else answers)
    return outcome, services, told


def _box(town, round_):
    """The records in the box, sorted, every ballot opened with the tally's key."""
    opened = []
    for nonce, revision, authenticator, sealed in town.box.ballots(round_.manifest.id_bytes):
        assert round_.manifest.verifier.accepts(nonce, authenticator)
        response = round_.sealing.open(sealed, round_.manifest.id_bytes, nonce)
        assert response.revision == revision
        opened.append(response.record)
    return sorted(opened)


@pytest.mark.parametrize("clients", [1, 8])
def test_every_row_goes_in_once(town, spring, tmp_path, codes, clients):
    outcome, services, told = _run(town, spring, tmp_path, codes, clients=clients)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
    assert _box(town, spring) == sorted(records())
    assert services.seen == {"token-request": ROWS, "response": ROWS}
    assert told.calls[-1] == ("Sending responses", ROWS, ROWS)
    assert {title for title, _, _ in told.calls} == {"Preparing tokens", "Fetching tokens", "Sending responses"}


def test_nothing_to_enter_is_no_fault(town, spring, tmp_path):
    outcome, services, _ = _run(town, spring, tmp_path, [])
    assert (outcome.sent, outcome.failures, services.log) == (0, (), [])


def test_all_tokens_are_fetched_before_the_first_response_goes_out(town, spring, tmp_path, codes):
    _, services, _ = _run(town, spring, tmp_path, codes, clients=8)
    kinds = [kind for kind, _ in services.log]
    assert kinds == ["token-request"] * ROWS + ["response"] * ROWS


def test_neither_service_sees_the_order_of_the_list(town, spring, tmp_path, codes):
    _, services, _ = _run(town, spring, tmp_path, codes)
    asked = [header.removeprefix("Bearer ") for kind, header in services.log if kind == "token-request"]
    assert sorted(asked) == sorted(codes)
    assert asked != codes
    kept = rows(tmp_path / "state.sqlite", "SELECT row, sealed, blinded_message FROM entries")
    of_response = {sealed: row for row, sealed, _ in kept}
    of_request = {message: row for row, _, message in kept}
    responses = [of_response[body] for body in services.bodies["response"]]
    requests = [of_request[body[3:]] for body in services.bodies["token-request"]]
    assert sorted(responses) == sorted(requests) == list(range(ROWS))
    assert len({tuple(responses), tuple(requests), tuple(range(ROWS))}) == 3


POINTS = [
    ("after the tickets", "before", "token-request", 1),
    ("at the first token, which the registrar has given", "after", "token-request", 1),
    ("among the tokens", "before", "token-request", 11),
    ("among the tokens, answer lost", "after", "token-request", 13),
    ("after the tokens", "before", "response", 1),
    ("at the first response, which the intake has stored", "after", "response", 1),
    ("among the responses", "before", "response", 14),
    ("among the responses, answer lost", "after", "response", 17),
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
        _run(town, spring, tmp_path, codes, Trouble(**{when: stop}), clients)
    outcome, services, _ = _run(town, spring, tmp_path, codes, clients=clients)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
    assert _box(town, spring) == sorted(records())
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
        _run(town, spring, tmp_path, codes)
    outcome, _, _ = _run(town, spring, tmp_path, codes)
    assert outcome.sent == ROWS
    assert _box(town, spring) == sorted(records())
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
    _, again, _ = _run(town, spring, tmp_path, codes)
    assert stored <= {sealed for *_, sealed in town.box.ballots(spring.manifest.id_bytes)}
    assert set(again.bodies["response"]) & stored


def test_a_finished_entry_sends_nothing_more(town, spring, tmp_path, codes):
    _run(town, spring, tmp_path, codes)
    outcome, services, _ = _run(town, spring, tmp_path, codes)
    assert (outcome.sent, outcome.failures, services.log) == (ROWS, (), [])


def test_an_intake_restored_from_a_backup_gets_everything_again(town, spring, tmp_path, codes, rounds, clock):
    """It has some rows as they were, some in an older revision, and some not at all."""
    round_id, changed = spring.manifest.id_bytes, [b"\x02\x05", *records()[1:]]
    _run(town, spring, tmp_path, codes)
    older = list(town.box.ballots(round_id))
    _run(town, spring, tmp_path, codes, answers=changed)
    last = list(town.box.ballots(round_id))
    ((again, _),) = set(enumerate(last)) - set(enumerate(older))
    box = town.box = BallotBox.open(tmp_path / "restored.sqlite")
    town.intake = create_intake(rounds, box, clock)
    for ballot in {*older[: ROWS // 2], older[again]}:
        box.put(round_id, *ballot)

    assert _run(town, spring, tmp_path, codes, answers=changed)[1].log == []
    outcome, services, told = _run(town, spring, tmp_path, codes, answers=changed, clients=4, resend=True)

    assert (outcome.sent, outcome.sent_now, outcome.resent, outcome.failures) == (ROWS, 0, ROWS, ())
    assert list(box.ballots(round_id)) == last
    assert services.seen == {"response": ROWS}
    assert services.bodies["response"] != [
        row[0] for row in rows(tmp_path / "state.sqlite", "SELECT sealed FROM entries")
    ]
    assert told.calls[-1] == ("Sending responses", ROWS, ROWS)


def test_sending_again_goes_on_where_it_stopped_and_takes_new_rows_along(town, spring, tmp_path, codes):
    _run(town, spring, tmp_path, codes[:20], answers=records(20))

    def stop(kind, number):
        if (kind, number) == ("response", 9):
            raise Interrupted

    with pytest.raises(Interrupted):
        _run(town, spring, tmp_path, codes, Trouble(before=stop), resend=True)
    outcome, services, _ = _run(town, spring, tmp_path, codes)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
    assert services.seen["token-request"] == 0
    assert _box(town, spring) == sorted(records())


def test_nothing_is_forgotten_where_sending_again_is_held_back(town, spring, tmp_path, codes):
    _run(town, spring, tmp_path, codes[:5], answers=records(5))
    entered = [*codes[:5], "not-a-code"]
    outcome, services, _ = _run(town, spring, tmp_path, entered, answers=records(6), resend=True)
    assert (outcome.sent, outcome.resent, outcome.held_back, services.seen["response"]) == (5, 0, True, 0)
    outcome, _, _ = _run(town, spring, tmp_path, entered, answers=records(6), resend=True, skip_failed=True)
    assert (outcome.sent, outcome.resent, outcome.held_back, len(outcome.failures)) == (5, 5, False, 1)


def test_codes_that_fail_are_reported_by_row_and_the_others_go_in_when_asked(town, spring, autumn, tmp_path, codes):
    round_id = spring.manifest.id_bytes
    town.register.spend(round_id, hash_code(codes[3], round_id), b"someone else's message")
    town.register.revoke(round_id, hash_code(codes[7], round_id))
    entered = [*codes]
    entered[11] = "not-a-code"
    entered[12] = town.codes(autumn, 1)[0]
    held_back, services, _ = _run(town, spring, tmp_path, entered, clients=4)
    assert (held_back.sent, services.seen["response"]) == (0, 0)
    outcome, _, _ = _run(town, spring, tmp_path, entered, clients=4, skip_failed=True)
    reasons = {failure.row: failure.reason for failure in outcome.failures}
    assert list(reasons) == [3, 7, 11, 12]
    for row, words in ((3, "already used"), (7, "taken back"), (11, "26 letters"), (12, "not valid in this round")):
        assert words in reasons[row]
        assert entered[row] not in reasons[row]
    assert outcome.sent == ROWS - 4
    rest = [record for row, record in enumerate(records()) if row not in reasons]
    assert _box(town, spring) == sorted(rest)


def test_a_code_given_twice_counts_once(town, spring, tmp_path, codes):
    outcome, _, _ = _run(town, spring, tmp_path, [codes[0], codes[0], codes[1]], skip_failed=True)
    assert outcome.sent == 2
    assert len(outcome.failures) == 1
    assert outcome.failures[0].row in (0, 1)
    assert town.box.count(spring.manifest.id_bytes) == 2


def test_other_codes_or_fewer_rows_do_not_go_into_the_same_state(town, spring, tmp_path, codes):
    _run(town, spring, tmp_path, codes[:5], answers=records(5))
    for other_codes, other_answers in (
        ([codes[9], *codes[1:5]], records(5)),
        (codes[:4], records(4)),
    ):
        with pytest.raises(StateMismatch):
            _run(town, spring, tmp_path, other_codes, answers=other_answers)
    assert town.box.count(spring.manifest.id_bytes) == 5
    # More rows after those that are there do.
    outcome, _, _ = _run(town, spring, tmp_path, codes[:8], answers=records(8))
    assert (outcome.sent, town.box.count(spring.manifest.id_bytes)) == (8, 8)


def test_changed_answers_replace_the_response_of_the_same_row_and_add_none(town, spring, tmp_path, codes):
    _run(town, spring, tmp_path, codes[:5], answers=records(5))
    changed = [records(5)[0], b"\x01\x05", *records(5)[2:]]
    outcome, services, _ = _run(town, spring, tmp_path, codes[:5], answers=changed)
    assert (outcome.sent, outcome.failures, services.seen["response"]) == (5, (), 1)
    revisions = sorted(revision for _, revision, _, _ in town.box.ballots(spring.manifest.id_bytes))
    assert revisions == [1, 1, 1, 1, 2]
    assert _box(town, spring) == sorted(changed)


def test_a_state_of_one_round_is_refused_in_another(town, spring, autumn, tmp_path, codes):
    _run(town, spring, tmp_path, codes[:2], answers=records(2))
    with pytest.raises(StateMismatch):
        _run(town, autumn, tmp_path, codes[:2], answers=records(2))


def test_a_round_that_closes_on_the_way_fails_row_by_row_and_keeps_what_is_in(town, spring, tmp_path, codes, clock):
    def close(kind, number):
        if kind == "response" and number == 10:
            clock.time = CLOSES

    outcome, _, _ = _run(town, spring, tmp_path, codes, Trouble(after=close))
    assert outcome.sent == 10
    assert len(outcome.failures) == ROWS - 10
    assert all("closed" in failure.reason for failure in outcome.failures)
    assert town.box.count(spring.manifest.id_bytes) == 10


def test_a_registrar_that_signs_something_else_is_noticed(town, spring, autumn, tmp_path, codes, monkeypatch):
    """Bad signatures are reported, row by row, and nothing is sent under them."""

    def token_request(services, manifest, code, request):
        return autumn.issuer.sign((int.from_bytes(request.blinded_message) % autumn.issuer.modulus).to_bytes(256))

    monkeypatch.setattr(InProcessServices, "token_request", token_request)
    outcome, services, _ = _run(town, spring, tmp_path, codes[:3], answers=records(3))
    assert outcome.sent == 0
    assert [failure.row for failure in outcome.failures] == [0, 1, 2]
    assert services.seen["response"] == 0
    assert BadSignature.__name__ not in outcome.failures[0].reason


@pytest.mark.parametrize(
    "fault",
    [
        ServiceUnreachable("The registrar does not answer; try again later."),
        ServiceRefused("unreadable", "The service answered 502 without saying why; tell the society."),
        BadSignature("The registrar's signature is not valid under the key of this round; tell the society."),
    ],
)
def test_nothing_is_sent_while_a_token_is_missing(town, spring, tmp_path, codes, fault):
    """Whoever is sent alone, or after the others, could be told by the time; also if the registrar is the one."""

    def unreachable(kind, number):
        if kind == "token-request" and number in (3, 17):
            raise fault

    outcome, services, _ = _run(town, spring, tmp_path, codes, Trouble(before=unreachable))
    assert (outcome.sent, len(outcome.failures), services.seen["response"]) == (0, 2, 0)
    outcome, _, _ = _run(town, spring, tmp_path, codes)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
