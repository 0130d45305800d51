"""The state of a bulk entry."""

import stat

import pytest

from survey.respondent.ticket import new_ticket
from survey.respondent.wallet import StateMismatch, Wallet, code_digest, record_digest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.sqlite"


@pytest.fixture
def tickets(spring):
    return [new_ticket(spring.manifest) for _ in range(3)]


def _filled(path, tickets):
    wallet = Wallet.open(path)
    wallet.add((row, bytes([row]) * 32, bytes([100 + row]) * 32, ticket) for row, ticket in enumerate(tickets))
    return wallet


def test_everything_is_read_back_after_a_restart(path, tickets):
    wallet = _filled(path, tickets)
    wallet.save_tokens([(0, b"token zero"), (2, b"token two")])
    wallet.save_sealed([(2, b"sealed two")])
    again = Wallet.open(path)
    entries = again.unsent()
    assert [entry.ticket for entry in entries] == tickets
    assert [entry.authenticator for entry in entries] == [b"token zero", None, b"token two"]
    assert [entry.sealed for entry in entries] == [None, None, b"sealed two"]
    again.save_sent([2])
    assert [entry.row for entry in Wallet.open(path).unsent()] == [0, 1]
    assert Wallet.open(path).sent() == {2}
    again.forget_sent()
    assert Wallet.open(path).sent() == frozenset()
    assert Wallet.open(path).unsent() == entries


def test_rows_that_are_known_must_come_with_the_same_codes(path, tickets):
    wallet = _filled(path, tickets)
    inputs = [bytes([row]) * 32 for row in range(5)]
    assert wallet.known(inputs) == 3
    assert wallet.known(inputs[:3]) == 3
    for other in ([b"x" * 32, *inputs[1:]], inputs[:2], [], inputs[::-1]):
        with pytest.raises(StateMismatch, match="same codes"):
            wallet.known(other)


def test_an_empty_state_knows_nothing(path):
    wallet = Wallet.open(path)
    assert wallet.known([]) == wallet.known([b"x" * 32]) == len(wallet.sent()) == 0
    assert wallet.unsent() == []


def test_the_digests_bind_round_and_code_and_the_answers():
    assert len({code_digest(round_id, code) for round_id in (bytes(32), b"r" * 32) for code in ("a", "ab")}) == 4
    assert record_digest(b"a") != record_digest(b"b")


def test_a_changed_row_is_to_be_sent_again_above_any_revision_that_may_have_arrived(path, tickets):
    wallet = _filled(path, tickets)
    wallet.save_sealed([(0, b"sent"), (1, b"perhaps sent")])
    wallet.save_sent([0])
    records = [bytes([100 + row]) * 32 for row in range(3)]
    assert wallet.change(records) == 0
    assert [entry.row for entry in wallet.unsent()] == [1, 2]
    assert wallet.change([b"n" * 32] * 3) == 3
    assert [(e.row, e.revision, e.sealed) for e in wallet.unsent()] == [(0, 2, None), (1, 2, None), (2, 1, None)]
    assert wallet.change([b"n" * 32] * 3) == 0


def test_only_the_owner_can_read_the_state(path, tickets):
    _filled(path, tickets)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_an_entry_prints_nothing_confidential(path, tickets):
    wallet = _filled(path, tickets)
    wallet.save_tokens([(0, b"marked-token")])
    assert "marked" not in repr(wallet.unsent()[0])
