"""The intake over HTTP."""

import inspect
import json
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from a_round import CLOSES, OPENS

from survey.intake.app import MAX_BODY, create_app
from survey.intake.box import BallotBox
from survey.rounds.closing import State, Statement, sign_statement
from survey.sealing import Status
from survey.tokens import TokenChallenge, TokenKey, authorization, www_authenticate


@dataclass
class Desk:
    """An intake and what a client of it does."""

    app: object
    box: BallotBox

    def put(self, round_, header, body, revision="1", round_id=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if header is not None:
            headers["Authorization"] = header
        if revision is not None:
            headers["Subrosa-Revision"] = str(revision)
        url = f"/v1/rounds/{round_id or round_.manifest.id}/response"
        return self.app.test_client().put(url, data=body, headers=headers)

    def stored(self, round_):
        return list(self.box.ballots(round_.manifest.id_bytes))


@pytest.fixture
def desk(tmp_path, rounds, clock):
    box = BallotBox.open(tmp_path / "intake.sqlite")
    return Desk(create_app(rounds, box, clock), box)


@pytest.fixture(scope="module")
def member(spring):
    return spring.member()


@pytest.fixture(scope="module")
def header(member):
    return authorization(member.token)


def whole(answer):
    """Everything an observer sees of an answer."""
    return answer.status_code, sorted(answer.headers.items()), answer.data


def refusal(answer, status, name, *secrets):
    assert (answer.status_code, json.loads(answer.data)["type"]) == (status, f"urn:subrosa:problem:{name}")
    shown = answer.data + str(answer.headers).encode()
    for secret in secrets:
        assert secret not in shown
        assert secret.hex().encode() not in shown


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


def _bad_headers(spring, autumn, member):
    good, token = authorization(member.token), member.token
    foreign = replace(spring.manifest.challenge, redemption_context=autumn.manifest.id_bytes)
    return {
        "missing": None,
        "empty": "",
        "scheme alone": "PrivateToken",
        "another scheme": good.replace("PrivateToken", "Bearer"),
        "an eligibility code": "Bearer abcde-abcde-abcde-abcde-abcde-a",
        "truncated": good[:-20],
        "longer": good[:-1] + 'AAAA"',
        "not base64": good[:100] + "!" + good[101:],
        "beyond ascii": good[:100] + "ü" + good[101:],
        "very long": good * 8,
        "another type": authorization(token)[:20] + "B" + authorization(token)[21:],
        "zeros": authorization(replace(token, authenticator=bytes(256))),
        "not below the modulus": authorization(replace(token, authenticator=b"\xff" * 256)),
        "a bad signature": authorization(replace(token, authenticator=token.authenticator[:-1] + b"x")),
        "another nonce": authorization(replace(token, nonce=bytes(32))),
        "another round": authorization(autumn.member().token),
        "another challenge": authorization(replace(token, challenge_digest=foreign.digest)),
        "another key id": authorization(replace(token, key_id=autumn.issuer.public.key_id)),
    }


def test_all_bad_tokens_look_the_same_after_exactly_one_verification(desk, spring, autumn, member, monkeypatch):
    verifications, operations = [], []
    real, admit = TokenKey.verifies, type(spring.manifest.verifier).accepts

    def verifies(key, message, signature):
        operations.append(len(signature))
        return real(key, message, signature)

    def accepts(verifier, nonce, authenticator):
        verifications.append(nonce)
        return admit(verifier, nonce, authenticator)

    headers, sealed = _bad_headers(spring, autumn, member), spring.seal(member)
    monkeypatch.setattr(TokenKey, "verifies", verifies)
    monkeypatch.setattr(type(spring.manifest.verifier), "accepts", accepts)
    answers = {}
    for number, (what, header) in enumerate(headers.items(), start=1):
        answers[what] = whole(desk.put(spring, header, sealed))
        assert len(operations) == len(verifications) == number, what
    assert set(operations) == {256}
    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    status, names, body = answers["missing"]
    assert (status, json.loads(body)["type"]) == (401, "urn:subrosa:problem:bad-token")
    challenge = TokenChallenge("registrar.example", "intake.example", spring.manifest.id_bytes)
    assert ("WWW-Authenticate", www_authenticate(challenge, spring.issuer.public)) in names
    assert desk.stored(spring) == []


def test_a_good_token_costs_one_verification_too(desk, spring, member, header, monkeypatch):
    counted, real = [], TokenKey.verifies
    sealed = spring.seal(member)
    monkeypatch.setattr(TokenKey, "verifies", lambda *given: counted.append(1) or real(*given))
    assert desk.put(spring, header, sealed).status_code == 201
    assert len(counted) == 1


def test_a_bad_token_is_refused_before_anything_else_is_looked_at(desk, spring, autumn, member):
    """So that no answer tells a holder of a forged token more than that."""
    foreign = authorization(autumn.member().token)
    answers = {
        repr(whole(desk.put(spring, foreign, body, revision)))
        for body in (b"", b"x", spring.seal(member))
        for revision in (None, "x", 1)
    }
    assert len(answers) == 1


@pytest.mark.parametrize("revision", [None, "", "0", "-1", "1.0", "65536", "999999", "x", "١", "+1", "0x1", " "])
def test_a_revision_that_is_none_is_refused(desk, spring, member, header, revision):
    refusal(desk.put(spring, header, spring.seal(member), revision), 400, "bad-revision")
    assert desk.stored(spring) == []


def test_the_first_and_the_last_revision_are_taken(desk, spring, member, header):
    assert desk.put(spring, header, spring.seal(member), 1).status_code == 201
    assert desk.put(spring, header, spring.seal(member, revision=65535), 65535).status_code == 200


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


def test_a_token_of_one_round_is_none_in_another(desk, spring, autumn, member, header):
    refusal(desk.put(autumn, header, autumn.seal(autumn.member())), 401, "bad-token", member.token.nonce)


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


def test_a_box_that_cannot_grow_refuses_and_loses_nothing(desk, spring, caplog):
    with desk.box._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")
    taken, refused = [], None
    while refused is None and len(taken) < 50:
        one = spring.member()
        answer = desk.put(spring, authorization(one.token), spring.seal(one))
        if answer.status_code == 201:
            taken.append(one)
        else:
            refused = one
            refusal(answer, 503, "storage", one.token.nonce)
    assert taken
    assert refused is not None
    assert [row[0] for row in desk.stored(spring)] == sorted(one.token.nonce for one in taken)
    assert refused.token.nonce.hex() not in caplog.text
    # A change has the length of what it replaces, so that it finds room in a full box too.
    changing, newer = authorization(taken[0].token), spring.seal(taken[0], revision=2)
    assert desk.put(spring, changing, newer, 2).status_code == 200
    assert sorted(row[1] for row in desk.stored(spring)) == [*[1] * (len(taken) - 1), 2]
    with desk.box._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert desk.put(spring, authorization(refused.token), spring.seal(refused)).status_code == 201


def test_no_answer_and_no_log_line_repeats_what_was_sent(desk, spring, member, header, monkeypatch, caplog):
    def fail(*_given, **_named):
        raise RuntimeError(f"marked {member.token.nonce.hex()}")

    sealed = spring.seal(member)
    monkeypatch.setattr(BallotBox, "putting", fail)
    with caplog.at_level(logging.DEBUG):
        answer = desk.put(spring, header, sealed, User_Agent="marked-agent")
    refusal(answer, 500, "fault", member.token.nonce, member.token.authenticator, sealed, b"marked")
    assert "marked" not in caplog.text
    assert header not in caplog.text


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


def test_a_submission_that_is_refused_has_its_token_checked_once(desk, spring, monkeypatch):
    checked, real, one = [], TokenKey.verifies, spring.member()
    monkeypatch.setattr(TokenKey, "verifies", lambda key, *given: checked.append(1) or real(key, *given))
    refusal(desk.put(spring, authorization(one.token), b"short"), 400, "bad-length")
    assert len(checked) == 1
    assert desk.put(spring, authorization(one.token), spring.seal(one)).status_code == 201
    assert len(checked) == 2


def test_a_submission_that_is_stored_never_reaches_flask(desk, spring, monkeypatch):
    monkeypatch.setattr(type(desk.app), "full_dispatch_request", lambda _app: pytest.fail("Flask was asked"))
    one = spring.member()
    assert desk.put(spring, authorization(one.token), spring.seal(one)).status_code == 201


def test_a_database_server_that_is_away_is_503_and_comes_back_by_itself(
    postgres, database, rounds, clock, spring, member, header, caplog
):
    box = BallotBox.open(database)
    box.tell_outages()
    desk, sealed = Desk(create_app(rounds, box, clock), box), spring.seal(member)
    postgres.stop()
    try:
        for _ in range(3):
            answer = desk.put(spring, header, sealed)
            refusal(answer, 503, "storage", member.token.nonce, database.query["host"].encode())
    finally:
        postgres.start()
    gone = "The intake's database does not answer; it goes on by itself when it is back."
    said = [record for record in caplog.records if record.name == "subrosa"]
    assert [record.message for record in said] == [gone]  # once, however many ask
    assert desk.put(spring, header, sealed).status_code == 201
    assert desk.put(spring, header, sealed).status_code == 200
    said = [record for record in caplog.records if record.name == "subrosa"]
    assert [record.message for record in said] == [gone, "The intake's database answers again."]
    box.release()
