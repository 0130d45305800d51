"""The state of a bulk entry."""

import stat

import pytest

from survey.respondent.ticket import new_ticket
from survey.respondent.wallet import StateMismatch, Wallet, input_digest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.sqlite"


@pytest.fixture
def tickets(spring):
    return [new_ticket(spring.manifest) for _ in range(3)]


def _filled(path, tickets):
    wallet = Wallet.open(path)
    wallet.add((row, bytes([row]) * 32, ticket) for row, ticket in enumerate(tickets))
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
    assert Wallet.open(path).sent() == 1


def test_rows_that_are_known_must_come_from_the_same_input(path, tickets):
    wallet = _filled(path, tickets)
    inputs = [bytes([row]) * 32 for row in range(5)]
    assert wallet.known(inputs) == 3
    assert wallet.known(inputs[:3]) == 3
    for other in ([b"x" * 32, *inputs[1:]], inputs[:2], [], inputs[::-1]):
        with pytest.raises(StateMismatch, match="--state"):
            wallet.known(other)


def test_an_empty_state_knows_nothing(path):
    wallet = Wallet.open(path)
    assert wallet.known([]) == wallet.known([b"x" * 32]) == wallet.sent() == 0
    assert wallet.unsent() == []


def test_the_digest_binds_round_code_and_answers():
    digests = {
        input_digest(round_id, code, record)
        for round_id in (bytes(32), b"r" * 32)
        for code in ("a", "ab")
        for record in (b"", b"b", b"a")
    }
    assert len(digests) == 12


def test_only_the_owner_can_read_the_state(path, tickets):
    _filled(path, tickets)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_an_entry_prints_nothing_confidential(path, tickets):
    wallet = _filled(path, tickets)
    wallet.save_tokens([(0, b"marked-token")])
    assert "marked" not in repr(wallet.unsent()[0])
