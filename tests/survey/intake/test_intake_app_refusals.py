"""The intake over HTTP: what is refused, and costs nothing that was stored."""

from datetime import timedelta

import pytest
from a_round import CLOSES, OPENS
from intake_desks import refusal

from survey.intake.app import MAX_BODY
from survey.rounds.closing import State, Statement, sign_statement


@pytest.mark.parametrize("revision", [None, "", "0", "-1", "1.0", "65536", "999999", "x", "١", "+1", "0x1", " "])
def test_a_revision_that_is_none_is_refused(desk, spring, member, header, revision):
    refusal(desk.put(spring, header, spring.seal(member), revision), 400, "bad-revision")
    assert desk.stored(spring) == []


def test_a_body_of_another_length_is_refused_and_loses_nothing(desk, spring, member, header):
    sealed = spring.seal(member)
    desk.put(spring, header, sealed)
    for body in (b"", b"x", sealed[:-1], sealed + b"\0", sealed * 2, b"x" * MAX_BODY):
        refusal(desk.put(spring, header, body, 2), 400, "bad-length", *([body] if len(body) > 9 else []))
    assert desk.stored(spring)[0][1::2] == (1, sealed)


def test_a_body_cut_short_on_its_way_is_not_stored(desk, spring, member, header):
    sealed = spring.seal(member)
    answer = desk.put(spring, header, sealed[:500], Content_Length=str(len(sealed)))
    assert 400 <= answer.status_code < 500
    assert desk.stored(spring) == []
    assert desk.put(spring, header, sealed).status_code == 201


class BreakingOff:
    """A body whose connection is reset while it is read."""

    def read(self, *_size):
        raise ConnectionResetError


@pytest.mark.parametrize("in_two_ways", ["before Flask", "in Flask"])
def test_a_connection_that_breaks_off_in_the_body_is_answered_like_a_short_body(
    desk, spring, member, header, caplog, monkeypatch, in_two_ways
):
    if in_two_ways == "in Flask":
        monkeypatch.setattr("survey.intake.submitting._round_of", lambda _environ: None)
    answer = desk.app.test_client().put(
        f"/v1/rounds/{spring.manifest.id}/response",
        headers={"Authorization": header, "Subrosa-Revision": "1"},
        environ_overrides={"wsgi.input": BreakingOff(), "CONTENT_LENGTH": str(len(spring.seal(member)))},
    )
    refusal(answer, 400, "bad-length")
    assert [record for record in caplog.records if record.name == "subrosa"] == []
    assert desk.stored(spring) == []


def test_a_body_too_large_is_refused(desk, spring, header):
    refusal(desk.put(spring, header, b"x" * (MAX_BODY + 1)), 413, "too-large")


@pytest.mark.parametrize(
    ("moment", "name"),
    [(OPENS - timedelta(seconds=1), "not-yet-open"), (CLOSES, "closed"), (CLOSES + timedelta(days=99), "closed")],
)
def test_nothing_is_taken_before_opening_and_from_closing_on(desk, spring, member, header, clock, moment, name):
    clock.time = moment
    refusal(desk.put(spring, header, spring.seal(member)), 403, name)
    assert desk.stored(spring) == []


def test_a_round_that_was_extended_goes_on(desk, spring, member, header, clock, rounds):
    clock.time = CLOSES
    statement = Statement(spring.manifest.id, State.OPEN, CLOSES + timedelta(days=3), 1)
    rounds.state(spring.manifest, sign_statement(statement, spring.host))
    assert desk.put(spring, header, spring.seal(member)).status_code == 201


def test_nothing_is_taken_once_the_host_has_closed_or_cancelled(desk, spring, member, header, rounds):
    for serial, (state, status) in enumerate([(State.CLOSED, 403), (State.CANCELLED, 410)], start=1):
        statement = Statement(spring.manifest.id, state, CLOSES, serial)
        rounds.state(spring.manifest, sign_statement(statement, spring.host))
        refusal(desk.put(spring, header, spring.seal(member)), status, state.value)
    assert desk.stored(spring) == []


def test_a_box_that_was_closed_meanwhile_has_the_last_word(desk, spring, member, header):
    """The dates still say open when the request comes in; the box was closed while the body was on its way."""
    first = spring.seal(member)
    desk.put(spring, header, first)
    desk.box.close(spring.manifest.id_bytes)
    refusal(desk.put(spring, header, spring.seal(member, revision=2), 2), 403, "closed")
    assert desk.stored(spring)[0][1::2] == (1, first)


def test_an_unknown_round_is_refused(desk, spring, member, header):
    for round_id in ("0" * 64, "spring", "x"):
        refusal(desk.put(spring, header, spring.seal(member), round_id=round_id), 404, "unknown-round")
