"""What registrar and intake have in common, tried on a bare service."""

import json
import logging
from datetime import timedelta

import pytest
from a_round import CLOSES, OPENS, make_round
from flask import request
from sqlalchemy.exc import OperationalError

from survey.problems import Refused
from survey.rounds.closing import State, Statement, sign_statement
from survey.service import find_open, new_service

MARKS = {
    "X-Forwarded-For": "203.0.113.77",
    "Forwarded": "for=203.0.113.77",
    "X-Real-IP": "203.0.113.77",
    "User-Agent": "Marked-Browser/1.0",
    "Cookie": "marked=cookie",
    "Referer": "https://marked.example/",
    "Accept-Language": "xx-MARKED",
    "Sec-Ch-Ua": "Marked",
}


@pytest.fixture
def seen():
    return []


@pytest.fixture
def client(rounds, seen):
    app = new_service(rounds, 1000)

    @app.post("/look")
    def look():
        request.get_data()
        seen.append(dict(request.environ))
        return "looked"

    @app.get("/fail")
    def fail():
        raise RuntimeError("marked-secret")

    @app.get("/full")
    def full():
        raise OperationalError("INSERT", {"marked": "secret"}, Exception("marked-secret"))

    return app.test_client()


def _name(answer):
    return json.loads(answer.data)["type"].rpartition(":")[2]


def test_the_manifest_is_served_byte_for_byte(client, spring, autumn):
    for round_ in (spring, autumn):
        answer = client.get(f"/v1/rounds/{round_.manifest.id}/manifest")
        assert (answer.status_code, answer.data) == (200, round_.served)
        assert answer.content_type == "application/json"


def test_a_statement_is_served_once_there_is_one(client, spring, rounds):
    url = f"/v1/rounds/{spring.manifest.id}/closing"
    assert _name(client.get(url)) == "no-statement"
    signed = sign_statement(Statement(spring.manifest.id, State.OPEN, CLOSES + timedelta(1), 1), spring.host)
    rounds.state(spring.manifest, signed)
    assert client.get(url).data == signed


def test_a_round_published_later_is_served_without_a_restart(client, rounds):
    late = make_round("late")
    url = f"/v1/rounds/{late.manifest.id}/manifest"
    assert _name(client.get(url)) == "unknown-round"
    rounds.add(late.served)
    assert client.get(url).data == late.served


@pytest.mark.parametrize("document", ["manifest", "closing"])
@pytest.mark.parametrize("round_id", ["0" * 64, "spring", "..", "%2e%2e", "a" * 63, "A" * 64, "manifest.json"])
def test_an_unknown_round_is_a_problem_and_not_a_path(client, round_id, document):
    answer = client.get(f"/v1/rounds/{round_id}/{document}")
    assert answer.status_code == 404
    assert _name(answer) in ("unknown-round", "not-found")


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/", 404, "not-found"),
        ("GET", "/marked", 404, "not-found"),
        ("DELETE", "/look", 405, "wrong-method"),
        ("GET", "/fail", 500, "fault"),
        ("GET", "/full", 503, "storage"),
        ("GET", "//look", 404, "not-found"),
    ],
)
def test_every_fault_is_a_fixed_problem(client, method, path, status, name, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = client.open(path, method=method)
    assert (answer.status_code, _name(answer)) == (status, name)
    assert answer.content_type == "application/problem+json"
    assert b"marked" not in answer.data
    assert b"Traceback" not in answer.data
    assert "marked" not in caplog.text
    assert "Traceback" not in caplog.text


def test_only_the_kind_of_a_fault_is_logged(client, caplog):
    client.get("/fail")
    client.get("/full")
    assert [record.getMessage() for record in caplog.records if record.name == "subrosa"] == [
        "fault: RuntimeError",
        "storage fault: OperationalError",
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_who_sends_a_request_never_reaches_the_app(client, seen):
    client.post("/look?marked=query", data=b"body", headers=MARKS, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    (environ,) = seen
    own = {key: value for key, value in environ.items() if not key.startswith("werkzeug.")}
    assert "203.0.113.77" not in str(own)
    for mark in ("Marked", "MARKED", "cookie"):
        assert mark not in str({key: value for key, value in own.items() if key.startswith(("HTTP_", "REMOTE"))})
    assert environ["QUERY_STRING"] == ""


def test_all_that_a_service_may_be_told_of_a_sender_is_a_token(rounds):
    def source(environ):
        return b"token" if environ["REMOTE_ADDR"] == "203.0.113.77" and environ["PATH_INFO"] == "/look" else None

    app = new_service(rounds, 1000, source=source)
    seen = []
    paths = ("/look", "/elsewhere")
    for path in paths:
        app.post(path, endpoint=path)(lambda: seen.append(dict(request.environ)) or "looked")
    for path in paths:
        app.test_client().post(path, headers=MARKS, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    assert [environ["subrosa.source"] for environ in seen] == [b"token", None]
    for environ in seen:
        assert "203.0.113.77" not in str({k: v for k, v in environ.items() if not k.startswith("werkzeug.")})


def test_no_answer_sets_a_cookie_or_can_be_kept_or_framed(client, spring):
    for path in (f"/v1/rounds/{spring.manifest.id}/manifest", "/nothing", "/fail"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_body_that_is_announced_too_large_is_refused_unread(client, seen):
    answer = client.post("/look", data=b"x" * 1001)
    assert (answer.status_code, _name(answer)) == (413, "too-large")
    assert not seen
    assert client.post("/look", data=b"x" * 1000).status_code == 200


def test_find_open_says_which_reason_it_is(rounds, spring, clock):
    def refused(time):
        clock.time = time
        with pytest.raises(Refused) as caught:
            find_open(rounds, spring.manifest.id, clock)
        return caught.value.problem.name

    assert find_open(rounds, spring.manifest.id, clock).served == spring.served
    assert refused(OPENS - timedelta(seconds=1)) == "not-yet-open"
    assert refused(CLOSES) == "closed"
    signed = sign_statement(Statement(spring.manifest.id, State.CANCELLED, CLOSES, 1), spring.host)
    rounds.state(spring.manifest, signed)
    assert refused(OPENS) == "cancelled"
