"""Rows of bulk entry that fail: reported by row, and nothing is sent while a token is missing."""

import pytest
from a_round import CLOSES
from bulk_entry import ROWS, in_box, records, run
from in_process import InProcessServices, Trouble

from survey.blinding import BadSignature
from survey.registrar.codes import hash_code
from survey.respondent.services import ServiceRefused, ServiceUnreachable


def test_nothing_is_forgotten_where_sending_again_is_held_back(town, spring, tmp_path, codes):
    run(town, spring, tmp_path, codes[:5], answers=records(5))
    entered = [*codes[:5], "not-a-code"]
    outcome, services, _ = run(town, spring, tmp_path, entered, answers=records(6), resend=True)
    assert (outcome.sent, outcome.resent, outcome.held_back, services.seen["response"]) == (5, 0, True, 0)
    outcome, _, _ = run(town, spring, tmp_path, entered, answers=records(6), resend=True, skip_failed=True)
    assert (outcome.sent, outcome.resent, outcome.held_back, len(outcome.failures)) == (5, 5, False, 1)


def test_codes_that_fail_are_reported_by_row_and_the_others_go_in_when_asked(town, spring, autumn, tmp_path, codes):
    round_id = spring.manifest.id_bytes
    town.register.spend(round_id, hash_code(codes[3], round_id), b"someone else's message")
    town.register.revoke(round_id, hash_code(codes[7], round_id))
    entered = [*codes]
    entered[10] = "not-a-code"
    entered[11] = town.codes(autumn, 1)[0]
    held_back, services, _ = run(town, spring, tmp_path, entered, clients=4)
    assert (held_back.sent, services.seen["response"]) == (0, 0)
    outcome, _, _ = run(town, spring, tmp_path, entered, clients=4, skip_failed=True)
    reasons = {failure.row: failure.reason for failure in outcome.failures}
    assert list(reasons) == [3, 7, 10, 11]
    for row, words in ((3, "already used"), (7, "taken back"), (10, "26 letters"), (11, "not valid in this round")):
        assert words in reasons[row]
        assert entered[row] not in reasons[row]
    assert outcome.sent == ROWS - 4
    rest = [record for row, record in enumerate(records()) if row not in reasons]
    assert in_box(town, spring) == sorted(rest)


def test_a_round_that_closes_on_the_way_fails_row_by_row_and_keeps_what_is_in(town, spring, tmp_path, codes, clock):
    def close(kind, number):
        if kind == "response" and number == 5:
            clock.time = CLOSES

    outcome, _, _ = run(town, spring, tmp_path, codes, Trouble(after=close))
    assert outcome.sent == 5
    assert len(outcome.failures) == ROWS - 5
    assert all("closed" in failure.reason for failure in outcome.failures)
    assert town.box.count(spring.manifest.id_bytes) == 5


def test_a_registrar_that_signs_something_else_is_noticed(town, spring, autumn, tmp_path, codes, monkeypatch):
    """Bad signatures are reported, row by row, and nothing is sent under them."""

    def token_request(services, manifest, code, request):
        return autumn.issuer.sign((int.from_bytes(request.blinded_message) % autumn.issuer.modulus).to_bytes(256))

    monkeypatch.setattr(InProcessServices, "token_request", token_request)
    outcome, services, _ = run(town, spring, tmp_path, codes[:3], answers=records(3))
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
        if kind == "token-request" and number in (3, 9):
            raise fault

    outcome, services, _ = run(town, spring, tmp_path, codes, Trouble(before=unreachable))
    assert (outcome.sent, len(outcome.failures), services.seen["response"]) == (0, 2, 0)
    outcome, _, _ = run(town, spring, tmp_path, codes)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
