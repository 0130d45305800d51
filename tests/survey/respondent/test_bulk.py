"""Bulk entry: every row goes in exactly once, and nobody sees the order of the list."""

import pytest
from a_round import rows
from bulk_entry import ROWS, in_box, records, run

from survey.respondent.wallet import StateMismatch


@pytest.mark.parametrize("clients", [1, 8])
def test_every_row_goes_in_once(town, spring, tmp_path, codes, clients):
    outcome, services, told = run(town, spring, tmp_path, codes, clients=clients)
    assert (outcome.sent, outcome.failures) == (ROWS, ())
    assert in_box(town, spring) == sorted(records())
    assert services.seen == {"token-request": ROWS, "response": ROWS}
    assert told.calls[-1] == ("Sending responses", ROWS, ROWS)
    assert {title for title, _, _ in told.calls} == {"Preparing tokens", "Fetching tokens", "Sending responses"}


def test_nothing_to_enter_is_no_fault(town, spring, tmp_path):
    outcome, services, _ = run(town, spring, tmp_path, [])
    assert (outcome.sent, outcome.failures, services.log) == (0, (), [])


def test_all_tokens_are_fetched_before_the_first_response_goes_out(town, spring, tmp_path, codes):
    _, services, _ = run(town, spring, tmp_path, codes, clients=8)
    kinds = [kind for kind, _ in services.log]
    assert kinds == ["token-request"] * ROWS + ["response"] * ROWS


def test_neither_service_sees_the_order_of_the_list(town, spring, tmp_path, codes):
    _, services, _ = run(town, spring, tmp_path, codes)
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


def test_a_code_given_twice_counts_once(town, spring, tmp_path, codes):
    outcome, _, _ = run(town, spring, tmp_path, [codes[0], codes[0], codes[1]], skip_failed=True)
    assert outcome.sent == 2
    assert len(outcome.failures) == 1
    assert outcome.failures[0].row in (0, 1)
    assert town.box.count(spring.manifest.id_bytes) == 2


def test_other_codes_or_fewer_rows_do_not_go_into_the_same_state(town, spring, tmp_path, codes):
    run(town, spring, tmp_path, codes[:5], answers=records(5))
    for other_codes, other_answers in (
        ([codes[9], *codes[1:5]], records(5)),
        (codes[:4], records(4)),
    ):
        with pytest.raises(StateMismatch):
            run(town, spring, tmp_path, other_codes, answers=other_answers)
    assert town.box.count(spring.manifest.id_bytes) == 5
    # More rows after those that are there do.
    outcome, _, _ = run(town, spring, tmp_path, codes[:8], answers=records(8))
    assert (outcome.sent, town.box.count(spring.manifest.id_bytes)) == (8, 8)


def test_changed_answers_replace_the_response_of_the_same_row_and_add_none(town, spring, tmp_path, codes):
    run(town, spring, tmp_path, codes[:5], answers=records(5))
    changed = [records(5)[0], b"\x01\x05", *records(5)[2:]]
    outcome, services, _ = run(town, spring, tmp_path, codes[:5], answers=changed)
    assert (outcome.sent, outcome.failures, services.seen["response"]) == (5, (), 1)
    revisions = sorted(revision for _, revision, _, _ in town.box.ballots(spring.manifest.id_bytes))
    assert revisions == [1, 1, 1, 1, 2]
    assert in_box(town, spring) == sorted(changed)


def test_a_state_of_one_round_is_refused_in_another(town, spring, autumn, tmp_path, codes):
    run(town, spring, tmp_path, codes[:2], answers=records(2))
    with pytest.raises(StateMismatch):
        run(town, autumn, tmp_path, codes[:2], answers=records(2))
