"""The desk for codes by mail: one pace for everybody, slow and failing mail servers, and one source that asks a lot."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_worlds import name_of, new_request

from survey.registrar import mail_desk
from survey.registrar.mail_addresses import read_address
from survey.registrar.mail_desk import (
    BEAT_SECONDS,
    MAILS_PER_ADDRESS,
    MAILS_PER_ASKER,
    REQUESTS_PER_SOURCE,
    THREADS,
    until_beat,
)
from survey.registrar.mailing import MailRefused, MailServerGone
from survey.registrar.pending import VALID_FOR

ANA = "ana.marked@society.example"


def enter(registrar, round_, *members):
    key = registrar.keys[round_.manifest.id]
    hashes = [key.address_hash(round_.manifest.id_bytes, read_address(member)) for member in members]
    registrar.register.passes.add_members(round_.manifest.id_bytes, hashes)


def test_mail_goes_to_what_is_counted_and_not_to_what_was_typed(world):
    registrar, round_ = world(domains=("society.example",))
    registrar.mailed(round_, "Ana.Marked+other.person@Society.Example")
    assert registrar.post.sent[-1][0] == ANA


def test_strangers_and_who_was_mailed_enough_cost_a_session_like_members(world):
    registrar, round_ = world(members_only=True)
    enter(registrar, round_, ANA)
    for address in (ANA,) * (MAILS_PER_ASKER + 1) + ("stranger@society.example",):
        assert registrar.ask(round_, address).status_code == 202
        registrar.desk.mail_next()
    assert registrar.post.sessions == ["mail"] * MAILS_PER_ASKER + ["nothing"] * 2


def test_a_stranger_s_request_lives_as_long_as_a_member_s(world):
    registrar, round_ = world(members_only=True)
    enter(registrar, round_, ANA)
    requests = {address: new_request() for address in (ANA, "stranger@society.example")}
    for address, request in requests.items():
        assert registrar.ask(round_, address, request).status_code == 202
    registrar.clock.time += VALID_FOR / 2
    for _ in requests:
        registrar.desk.mail_next()

    def guesses():
        return [name_of(registrar.token(round_, request, "12345678")) for request in requests.values()]

    registrar.clock.time += VALID_FOR - timedelta(seconds=1)
    assert guesses() == ["wrong-mail-code"] * 2
    registrar.clock.time += timedelta(seconds=1)
    assert guesses() == ["mail-code-over"] * 2


def test_a_code_is_valid_for_a_quarter_of_an_hour_from_its_mail_on(world):
    registrar, round_ = world()
    request = new_request()
    assert registrar.ask(round_, ANA, request).status_code == 202
    registrar.clock.time += VALID_FOR - timedelta(seconds=1)
    registrar.desk.mail_next()
    registrar.clock.time += VALID_FOR - timedelta(seconds=1)
    assert registrar.token(round_, request, registrar.post.code).status_code == 200


def test_requests_that_ended_while_they_waited_use_up_no_mails(world):
    registrar, round_ = world()
    for number in range(MAILS_PER_ADDRESS):
        assert registrar.ask(round_, ANA, sender=f"203.0.113.{number}").status_code == 202
    registrar.clock.time += VALID_FOR
    for _ in range(MAILS_PER_ADDRESS):
        registrar.desk.mail_next()
    assert registrar.post.sessions == ["nothing"] * MAILS_PER_ADDRESS
    for number in range(MAILS_PER_ADDRESS):
        registrar.mailed(round_, ANA, sender=f"203.0.113.{number}")


@pytest.mark.parametrize("where", ["fault", "away"])
def test_a_mail_server_that_is_away_uses_up_no_mails(world, where):
    registrar, round_ = world()
    setattr(registrar.post, where, MailServerGone("away"))
    for number in range(MAILS_PER_ADDRESS):
        assert registrar.ask(round_, ANA, sender=f"203.0.113.{number % 3}").status_code == 202
        registrar.desk.mail_next()
    setattr(registrar.post, where, None)
    for number in range(MAILS_PER_ADDRESS):
        registrar.mailed(round_, ANA, sender=f"203.0.113.{number % 3}")


def test_a_mail_that_was_refused_counts(world):
    registrar, round_ = world()
    registrar.post.fault = MailRefused("550")
    for number in range(MAILS_PER_ADDRESS):
        assert registrar.ask(round_, ANA, sender=f"203.0.113.{number}").status_code == 202
        registrar.desk.mail_next()
    registrar.post.fault = None
    assert registrar.ask(round_, ANA, sender="203.0.113.99").status_code == 202
    registrar.desk.mail_next()
    assert registrar.post.sent == []


def test_who_is_given_many_networks_of_ipv6_is_one_source(world):
    registrar, round_ = world()
    statuses = [
        registrar.ask(round_, f"p{n}@society.example", sender=f"2001:db8:77:{n:x}::1").status_code
        for n in range(REQUESTS_PER_SOURCE + 5)
    ]
    assert statuses == [202] * REQUESTS_PER_SOURCE + [429] * 5
    assert registrar.ask(round_, ANA, sender="203.0.113.1").status_code == 202


def test_sources_take_up_no_memory_beyond_the_bound_of_all(world, monkeypatch):
    registrar, round_ = world()
    registrar.desk._in_all._most = 5
    for number in range(20):
        registrar.ask(round_, f"p{number}@society.example", sender=f"203.0.113.{number}")
    assert len(registrar.desk._per_source._times) == 5


def test_a_source_that_is_refused_uses_up_nothing_of_what_all_may_ask(world):
    registrar, round_ = world()
    for number in range(REQUESTS_PER_SOURCE + 20):
        registrar.ask(round_, f"p{number}@society.example", sender="203.0.113.1")
    assert len(registrar.desk._in_all._times[b""]) == REQUESTS_PER_SOURCE


def test_one_slow_address_does_not_hold_up_the_others(world):
    registrar, round_ = world()
    stuck, post = threading.Event(), registrar.post

    class Slow:
        @contextmanager
        def session(self, _timeout):
            yield self

        def send(self, to, subject, body):
            if to.startswith("slow"):
                stuck.wait(60)
            post.send(to, subject, body)

    registrar.desk._server = Slow()
    try:
        for address in (*(f"slow{n}@society.example" for n in range(THREADS - 1)), ANA):
            assert registrar.ask(round_, address).status_code == 202
        registrar.desk.start()
        assert post.arrived.get(timeout=30) == ANA
    finally:
        stuck.set()


def test_mails_go_out_at_beats_and_not_when_somebody_asks(world, monkeypatch):
    registrar, round_ = world()
    waits, beat = threading.Semaphore(0), threading.Semaphore(0)
    others = threading.enumerate()  # of the desks of other tests: the beat is not theirs

    def wait(_seconds):
        if threading.current_thread() in others:
            threading.Event().wait()
        waits.release()
        beat.acquire()

    monkeypatch.setattr(mail_desk, "sleep", wait)
    registrar.desk.start()
    for _ in range(THREADS):
        assert waits.acquire(timeout=30)  # all of them wait for a beat, though nothing is to be done
    for number in range(2):
        assert registrar.ask(round_, f"p{number}@society.example").status_code == 202
    beat.release()
    assert registrar.post.arrived.get(timeout=30) == "p0@society.example"
    assert waits.acquire(timeout=30)  # and again before the next
    assert registrar.post.arrived.empty()


@given(st.floats(0, 1e6), st.integers(0, THREADS - 1))
def test_beats_are_evenly_apart(moment, number):
    offset = number * BEAT_SECONDS / THREADS
    seconds = until_beat(moment, offset)
    assert 0 < seconds <= BEAT_SECONDS
    beats = (moment + seconds - offset) / BEAT_SECONDS
    assert abs(beats - round(beats)) < 1e-6
