"""When a round is open, and what a host may say about it afterwards."""

import json
from datetime import timedelta

import pytest
import rfc8785
from a_round import CLOSES, CLOSES_LATEST, OPENS
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.rounds.closing import Phase, State, Statement, StatementError, phase, read_statement, sign_statement

SECOND = timedelta(seconds=1)


def _statement(round_, state=State.OPEN, closes=CLOSES, serial=1):
    return Statement(round_.manifest.id, state, closes, serial)


@settings(deadline=None)
@given(st.sampled_from(State), st.integers(0, 60 * 86400), st.integers(1, 10**9))
def test_a_statement_reads_back_as_it_was_signed(spring, state, seconds, serial):
    statement = _statement(spring, state, OPENS + timedelta(seconds=seconds), serial)
    assert read_statement(sign_statement(statement, spring.host), spring.manifest) == statement


def test_a_statement_of_another_host_or_round_is_refused(spring, autumn):
    statement = _statement(spring)
    with pytest.raises(StatementError, match="not signed"):
        read_statement(sign_statement(statement, autumn.host), spring.manifest)
    other = sign_statement(_statement(autumn), spring.host)
    with pytest.raises(StatementError, match="not of this round"):
        read_statement(other, spring.manifest)
    with pytest.raises(StatementError):
        read_statement(sign_statement(statement, spring.host), autumn.manifest)


def test_a_statement_later_than_the_round_allows_is_refused(spring):
    for state in State:
        late = _statement(spring, state, CLOSES_LATEST + SECOND)
        with pytest.raises(StatementError, match="later than the round allows"):
            read_statement(sign_statement(late, spring.host), spring.manifest)
        last = _statement(spring, state, CLOSES_LATEST)
        assert read_statement(sign_statement(last, spring.host), spring.manifest) == last


def test_a_change_of_any_byte_is_refused(spring):
    signed = sign_statement(_statement(spring), spring.host)
    for position in range(len(signed)):
        for flip in (1, 0x20):
            broken = bytearray(signed)
            broken[position] ^= flip
            with pytest.raises(StatementError):
                read_statement(bytes(broken), spring.manifest)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "paused"},
        {"serial": 0},
        {"serial": True},
        {"serial": "1"},
        {"serial": 2**70},
        {"closes": "tomorrow"},
        {"closes": "2026-03-31T12:00:00"},
        {"format": "subrosa/closing/v2"},
        {"round": "x"},
        {"more": 1},
    ],
)
def test_a_statement_that_cannot_be_is_refused_though_it_is_signed(spring, change):
    document = _statement(spring).to_json() | change
    try:
        signed = rfc8785.dumps(document)
    except ValueError:
        signed = json.dumps(document).encode()
    served = json.dumps({"statement": document, "signature": spring.host.sign(signed).hex()}).encode()
    with pytest.raises(StatementError):
        read_statement(served, spring.manifest)


@pytest.mark.parametrize(
    "served", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"statement":{},"signature":""}']
)
def test_other_bytes_are_no_statement(spring, served):
    with pytest.raises(StatementError):
        read_statement(served, spring.manifest)


def test_a_manifest_is_no_statement_and_a_statement_no_manifest(spring):
    """Both are signed with one key: what is one can never be read as the other."""
    with pytest.raises(StatementError):
        read_statement(spring.served, spring.manifest)
    document = json.loads(spring.served)
    with pytest.raises(StatementError):
        read_statement(
            rfc8785.dumps({"statement": document["manifest"], "signature": document["signature"]}), spring.manifest
        )


@pytest.mark.parametrize(
    ("state", "closes", "moment", "expected"),
    [
        (None, None, OPENS - SECOND, Phase.NOT_YET_OPEN),
        (None, None, OPENS, Phase.OPEN),
        (None, None, CLOSES - SECOND, Phase.OPEN),
        (None, None, CLOSES, Phase.CLOSED),
        (None, None, CLOSES_LATEST, Phase.CLOSED),
        (State.OPEN, CLOSES_LATEST, OPENS - SECOND, Phase.NOT_YET_OPEN),
        (State.OPEN, CLOSES_LATEST, CLOSES, Phase.OPEN),
        (State.OPEN, CLOSES_LATEST, CLOSES_LATEST - SECOND, Phase.OPEN),
        (State.OPEN, CLOSES_LATEST, CLOSES_LATEST, Phase.CLOSED),
        (State.CLOSED, CLOSES, OPENS + SECOND, Phase.CLOSED),
        (State.CLOSED, CLOSES, OPENS - SECOND, Phase.CLOSED),
        (State.CANCELLED, CLOSES, OPENS - SECOND, Phase.CANCELLED),
        (State.CANCELLED, CLOSES, OPENS, Phase.CANCELLED),
        (State.CANCELLED, CLOSES, CLOSES_LATEST, Phase.CANCELLED),
    ],
)
def test_the_phase_at_its_boundaries(spring, state, closes, moment, expected):
    statement = None if state is None else _statement(spring, state, closes)
    assert phase(spring.manifest, statement, moment) is expected
