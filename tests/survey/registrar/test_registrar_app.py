"""The registrar over HTTP."""

import hashlib
import json
import logging
import resource
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from a_round import CLOSES, OPENS, rows

from survey.registrar.app import create_app
from survey.registrar.codes import hash_code, new_code
from survey.registrar.register import CodeCounts, Register
from survey.respondent.ticket import new_ticket, redeem, request_for
from survey.rounds.closing import State, Statement, sign_statement
from survey.tokens import TokenRequest


@dataclass
class Desk:
    """A registrar with codes for two rounds, and what a client of it does."""

    app: object
    register: Register
    issuers: dict
    codes: dict
    database: object
    sent: list = field(default_factory=list)

    def ask(self, round_, code, body=None, **how):
        """A token request; remembers what must never come back."""
        body = request_for(round_.manifest, new_ticket(round_.manifest)).to_bytes() if body is None else body
        headers = {"Authorization": f"Bearer {code}"} if code is not None else {}
        url = f"/v1/rounds/{how.pop('round_id', round_.manifest.id)}/token-request"
        return self.app.test_client().post(url, data=body, headers=headers | how.pop("headers", {}), **how)


@pytest.fixture
def desk(tmp_path, rounds, clock, spring, autumn):
    database = tmp_path / "registrar.sqlite"
    register = Register.open(database)
    codes = {round_.manifest.id: [new_code() for _ in range(6)] for round_ in (spring, autumn)}
    for round_ in (spring, autumn):
        register.add(
            round_.manifest.id_bytes, [hash_code(c, round_.manifest.id_bytes) for c in codes[round_.manifest.id]]
        )
    issuers = {round_.manifest.id: round_.issuer for round_ in (spring, autumn)}
    return Desk(create_app(rounds, register, issuers.get, clock), register, issuers, codes, database)


def refusal(answer, status, name, *secrets):
    """The answer is this problem, whole, and holds none of the secrets."""
    assert answer.status_code == status, answer.data
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.data)["type"] == f"urn:subrosa:problem:{name}"
    for secret in secrets:
        shown = secret if isinstance(secret, bytes) else str(secret).encode()
        assert shown not in answer.data
        assert shown.hex().encode() not in answer.data
        assert not any(str(secret) in value for value in answer.headers.values())


def test_a_code_gives_a_token_of_the_round(desk, spring):
    ticket = new_ticket(spring.manifest)
    code = desk.codes[spring.manifest.id][0]
    answer = desk.ask(spring, code, request_for(spring.manifest, ticket).to_bytes())
    assert answer.status_code == 200
    assert answer.content_type == "application/private-token-response"
    assert answer.headers["Cache-Control"] == "no-store"
    token = redeem(spring.manifest, ticket, answer.data)
    assert spring.manifest.verifier.accepts(token.nonce, token.authenticator)
    assert desk.register.counts(spring.manifest.id_bytes) == CodeCounts(6, 1, 0)


def test_a_code_may_be_typed_as_people_type(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    body = request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes()
    first = desk.ask(spring, code, body)
    again = desk.ask(spring, code.upper().replace("-", " "), body)
    assert first.status_code == again.status_code == 200
    assert first.data == again.data


def test_the_same_request_again_gets_the_same_answer_and_another_is_refused(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    one, two = (request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes() for _ in range(2))
    first = desk.ask(spring, code, one)
    refusal(desk.ask(spring, code, two), 409, "used-code", code, two, two[3:])
    again = desk.ask(spring, code, one)
    assert (again.status_code, again.data) == (200, first.data)
    assert desk.register.counts(spring.manifest.id_bytes).spent == 1


def test_a_wrong_code_is_refused(desk, spring, autumn):
    for code in (new_code(), desk.codes[autumn.manifest.id][0]):
        refusal(desk.ask(spring, code), 401, "wrong-code", code)
    assert desk.register.counts(spring.manifest.id_bytes).spent == 0


@pytest.mark.parametrize("code", [None, "", "marked-code", "a" * 25, "a" * 27, "ü" * 26, "a" * 3000])
def test_a_malformed_code_is_refused(desk, spring, code):
    refusal(desk.ask(spring, code), 401, "malformed-code", *([code] if code and len(code) > 3 else []))


def test_a_code_under_another_scheme_is_malformed(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    for header in (code, f"Basic {code}", f"Bearer{code}", f"PrivateToken token={code}"):
        refusal(desk.ask(spring, None, headers={"Authorization": header}), 401, "malformed-code", code)
    assert desk.ask(spring, None, headers={"Authorization": f"bearer {code}"}).status_code == 200


def test_a_revoked_code_is_refused(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    desk.register.revoke(spring.manifest.id_bytes, hash_code(code, spring.manifest.id_bytes))
    refusal(desk.ask(spring, code), 403, "revoked-code", code)


def test_a_body_that_is_no_request_for_this_round_spends_no_code(desk, spring, autumn):
    code = desk.codes[spring.manifest.id][0]
    good = request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes()
    foreign = request_for(autumn.manifest, new_ticket(autumn.manifest))
    # Even where the two keys happen to share the one byte that tells them apart.
    foreign = TokenRequest(foreign.truncated_key_id, foreign.blinded_message).to_bytes()
    if foreign[2] == good[2]:
        foreign = foreign[:2] + bytes([foreign[2] ^ 1]) + foreign[3:]
    bodies = {
        "empty": b"",
        "truncated": good[:-1],
        "longer": good + b"\0",
        "another type": b"\0\1" + good[2:],
        "the key of another round": foreign,
        "zero": good[:3] + bytes(256),
        "the modulus": good[:3] + spring.issuer.modulus.to_bytes(256),
        "out of range": good[:3] + b"\xff" * 256,
    }
    for what, body in bodies.items():
        refusal(desk.ask(spring, code, body), 422, "bad-token-request", code)
        assert desk.register.counts(spring.manifest.id_bytes).spent == 0, what
    assert desk.ask(spring, code, good).status_code == 200


def test_a_body_cut_short_on_its_way_spends_no_code(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    body = request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes()
    answer = desk.ask(spring, code, body[:100], headers={"Content-Length": str(len(body))})
    assert 400 <= answer.status_code < 500
    assert desk.register.counts(spring.manifest.id_bytes).spent == 0
    assert desk.ask(spring, code, body).status_code == 200


def test_a_body_without_a_length_spends_no_code(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    body = request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes()
    answer = desk.ask(spring, code, b"", headers={"Transfer-Encoding": "chunked"}, input_stream=None)
    assert 400 <= answer.status_code < 500
    assert desk.register.counts(spring.manifest.id_bytes).spent == 0
    assert desk.ask(spring, code, body).status_code == 200


def test_a_body_too_large_is_refused_unread(desk, spring):
    refusal(desk.ask(spring, desk.codes[spring.manifest.id][0], b"x" * 5000), 413, "too-large")


@pytest.mark.parametrize(
    ("moment", "status", "name"),
    [
        (OPENS - timedelta(seconds=1), 403, "not-yet-open"),
        (CLOSES, 403, "closed"),
        (CLOSES + timedelta(9), 403, "closed"),
    ],
)
def test_no_tokens_before_opening_and_from_closing_on(desk, spring, clock, moment, status, name):
    clock.time = moment
    code = desk.codes[spring.manifest.id][0]
    refusal(desk.ask(spring, code), status, name, code)
    assert desk.register.counts(spring.manifest.id_bytes).spent == 0


def test_tokens_from_the_first_second_to_the_last(desk, spring, clock):
    for number, moment in enumerate((OPENS, CLOSES - timedelta(seconds=1))):
        clock.time = moment
        assert desk.ask(spring, desk.codes[spring.manifest.id][number]).status_code == 200


def test_no_tokens_once_the_host_has_closed_or_cancelled(desk, spring, rounds):
    code = desk.codes[spring.manifest.id][0]
    for serial, (state, status, name) in enumerate(
        [(State.CLOSED, 403, "closed"), (State.CANCELLED, 410, "cancelled")], start=1
    ):
        statement = Statement(spring.manifest.id, state, CLOSES, serial)
        rounds.state(spring.manifest, sign_statement(statement, spring.host))
        refusal(desk.ask(spring, code), status, name, code)


def test_no_tokens_once_the_key_is_destroyed_and_a_round_whose_key_is_lost_is_not_called_closed(desk, spring, autumn):
    code = desk.codes[spring.manifest.id][0]
    del desk.issuers[spring.manifest.id]
    refusal(desk.ask(spring, code), 503, "storage", code)
    desk.issuers[spring.manifest.id] = spring.issuer
    assert desk.ask(spring, code).status_code == 200
    del desk.issuers[spring.manifest.id]
    desk.register.close(spring.manifest.id_bytes)
    refusal(desk.ask(spring, code), 403, "closed", code)
    assert desk.ask(autumn, desk.codes[autumn.manifest.id][0]).status_code == 200


@pytest.mark.parametrize("round_id", ["0" * 64, "x", "spring", "F" * 64, "..%2f..", "0" * 63 + "g"])
def test_an_unknown_round_is_refused(desk, spring, round_id):
    code = desk.codes[spring.manifest.id][0]
    answer = desk.ask(spring, code, round_id=round_id)
    assert answer.status_code == 404
    assert code.encode() not in answer.data


class BrokenIssuer:
    """An issuer that fails just when it is asked to sign, after looking at what is on disk by then."""

    def __init__(self, issuer, look):
        self.issuer, self.look, self.seen = issuer, look, None

    def check(self, blinded_message):
        self.issuer.check(blinded_message)

    def sign(self, blinded_message):
        self.seen = self.look()
        raise RuntimeError(f"marked fault {blinded_message.hex()}")


def test_the_code_is_bound_on_disk_before_anything_is_signed(desk, spring, caplog):
    code = desk.codes[spring.manifest.id][0]
    one, two = (request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes() for _ in range(2))
    hashed = hash_code(code, spring.manifest.id_bytes)

    def look():
        return rows(desk.database, "SELECT blinded_hash FROM codes WHERE code_hash = ?", [hashed])

    desk.issuers[spring.manifest.id] = broken = BrokenIssuer(spring.issuer, look)
    with caplog.at_level(logging.DEBUG):
        refusal(desk.ask(spring, code, one), 500, "fault", code, one[3:], "marked", "RuntimeError")
    assert broken.seen == [(hashlib.sha256(one[3:]).digest(),)]
    assert "marked" not in caplog.text
    assert one[3:].hex() not in caplog.text
    desk.issuers[spring.manifest.id] = spring.issuer
    refusal(desk.ask(spring, code, two), 409, "used-code", code)
    assert desk.ask(spring, code, one).status_code == 200


@contextmanager
def full_disk():
    """No file of this process can grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_gives_no_token_and_burns_no_code(desk, spring, caplog):
    code = desk.codes[spring.manifest.id][0]
    body = request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes()
    desk.register.settle()
    with full_disk():
        answer = desk.ask(spring, code, body)
    refusal(answer, 503, "storage", code, body)
    assert code not in caplog.text
    assert desk.register.counts(spring.manifest.id_bytes) == CodeCounts(6, 0, 0)
    other = request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes()
    assert desk.ask(spring, code, other).status_code == 200


def test_a_register_that_cannot_grow_keeps_what_it_has(desk, spring):
    """New codes do not fit; codes that are there can still be spent, because that takes no room."""
    code = desk.codes[spring.manifest.id][0]
    with desk.register._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Exception, match="full"):
        desk.register.add(spring.manifest.id_bytes, [bytes([n % 256, n // 256]) * 16 for n in range(2000)])
    assert desk.register.counts(spring.manifest.id_bytes).issued == 6
    assert desk.ask(spring, code).status_code == 200


def test_of_many_requests_at_once_with_one_code_one_wins(desk, spring):
    code = desk.codes[spring.manifest.id][0]
    bodies = [request_for(spring.manifest, new_ticket(spring.manifest)).to_bytes() for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda body: desk.ask(spring, code, body).status_code, bodies))
        assert sorted(statuses) == [200] + [409] * 15
        winner = bodies[statuses.index(200)]
        answers = list(pool.map(lambda _: desk.ask(spring, code, winner).data, range(8)))
    assert len(set(answers)) == 1
    assert desk.register.counts(spring.manifest.id_bytes).spent == 1
