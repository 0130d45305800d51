"""The intake over HTTP: what is stored."""

import inspect
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from intake_desks import Desk, refusal, whole

from survey.intake.app import create_app
from survey.sealing import Status
from survey.tokens import authorization


def test_a_response_is_created_and_then_changed(desk, spring, member, header):
    first, second = spring.seal(member), spring.seal(member, revision=2)
    created = desk.put(spring, header, first)
    assert (created.status_code, created.data) == (201, b"")
    changed = desk.put(spring, header, second, 2)
    assert (changed.status_code, changed.data) == (200, b"")
    nonce, authenticator = member.token.nonce, member.token.authenticator
    assert desk.stored(spring) == [(nonce, 2, authenticator, second)]


def test_a_replayed_request_changes_nothing(desk, spring, member, header):
    sealed = spring.seal(member)
    desk.put(spring, header, sealed)
    before = desk.stored(spring)
    for _ in range(3):
        assert desk.put(spring, header, sealed).status_code == 200
        assert desk.stored(spring) == before


def test_an_older_revision_is_refused_and_the_newer_kept(desk, spring, member, header):
    newer, older = spring.seal(member, revision=300), spring.seal(member, revision=299)
    desk.put(spring, header, newer, 300)
    refusal(desk.put(spring, header, older, 299), 409, "older-revision", older)
    assert desk.stored(spring)[0][1::2] == (300, newer)


def test_the_same_revision_with_other_bytes_is_refused_and_the_first_kept(desk, spring, member, header):
    first, second = spring.seal(member), spring.seal(member)
    desk.put(spring, header, first)
    refusal(desk.put(spring, header, second), 409, "revision-taken", second)
    assert desk.stored(spring)[0][1::2] == (1, first)


def test_the_first_and_the_last_revision_are_taken(desk, spring, member, header):
    assert desk.put(spring, header, spring.seal(member), 1).status_code == 201
    assert desk.put(spring, header, spring.seal(member, revision=65535), 65535).status_code == 200


def test_a_withdrawal_looks_like_any_other_response(desk, spring):
    answers, stored = [], []
    for status in (Status.ANSWERS, Status.WITHDRAWN):
        one = spring.member()
        record = spring.record if status is Status.ANSWERS else bytes(len(spring.record))
        bodies = [
            spring.seal(one),
            spring.seal(one, record=record, revision=2, status=status),
        ]
        token = authorization(one.token)
        answers.append([whole(desk.put(spring, token, body, n)) for n, body in enumerate(bodies, start=1)])
        stored.append([len(body) for body in bodies])
    assert answers[0] == answers[1]
    assert stored[0] == stored[1] == [spring.sealed_length] * 2


def test_many_submissions_of_one_token_at_once_leave_one_row_with_the_highest_revision(desk, spring, member, header):
    bodies = {revision: spring.seal(member, revision=revision) for revision in range(1, 21)}
    order = random.Random(5).sample(sorted(bodies), len(bodies))
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda n: desk.put(spring, header, bodies[n], n).status_code, order))
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}
    assert desk.stored(spring) == [(member.token.nonce, 20, member.token.authenticator, bodies[20])]


def test_many_members_at_once_are_all_stored(desk, spring):
    members = [spring.member() for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        statuses = list(
            pool.map(lambda one: desk.put(spring, authorization(one.token), spring.seal(one)).status_code, members)
        )
    assert statuses == [201] * 24
    assert [row[0] for row in desk.stored(spring)] == sorted(one.token.nonce for one in members)


@pytest.mark.parametrize("origin", [None, "https://site.example"])
def test_what_is_answered_before_flask_is_answered_like_flask_byte_by_byte(desk, rounds, clock, spring, origin):
    app = create_app(rounds, desk.box, clock, origin)
    shortcut, answers = app.wsgi_app, []
    for way in (shortcut, inspect.getclosurevars(shortcut).nonlocals["flask"]):
        app.wsgi_app = way
        one = spring.member()
        sealed, header = spring.seal(one), authorization(one.token)
        answers.append([whole(Desk(app, desk.box).put(spring, header, sealed)) for _ in range(2)])
    assert answers[0] == answers[1]
    assert [status for status, *_ in answers[0]] == [201, 200]


def test_a_submission_that_is_stored_never_reaches_flask(desk, spring, monkeypatch):
    monkeypatch.setattr(type(desk.app), "full_dispatch_request", lambda _app: pytest.fail("Flask was asked"))
    one = spring.member()
    assert desk.put(spring, authorization(one.token), spring.seal(one)).status_code == 201
