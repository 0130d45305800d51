"""In front of a role's app: nobody's requests crowd out those of all others, and nothing of a source goes further."""

import json

import pytest
from flask import Flask, request

from survey.limiting import RETRY_AFTER_SECONDS, limited
from survey.rates import Rate
from survey.service import answer

OFFICE, HOME = "203.0.113.7", "198.51.100.8"


@pytest.fixture
def seen():
    return []


@pytest.fixture
def client(seen):
    app = Flask("bare")

    @app.route("/", methods=["GET", "PUT"])
    def look():
        seen.append(dict(request.environ))
        return "looked"

    app.wsgi_app = limited(app.wsgi_app, Rate(3, lambda: 0.0), answer, "https://site.example")
    return app.test_client()


def ask(client, sender, forwarded=None, **more):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client.get("/", headers=headers, environ_base={"REMOTE_ADDR": sender}, **more)


def test_a_source_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_held_up(client):
    answers = [ask(client, OFFICE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    assert json.loads(refused.data)["type"] == "urn:subrosa:problem:too-often"
    assert refused.headers["Retry-After"] == str(RETRY_AFTER_SECONDS)
    assert refused.headers["Access-Control-Allow-Origin"] == "https://site.example"
    assert (answers[3].headers, answers[3].data) == (refused.headers, refused.data)
    assert ask(client, HOME).status_code == 200


def test_what_is_refused_never_reaches_the_app(client, seen):
    for _ in range(5):
        client.put("/", data=b"x" * 1000, environ_base={"REMOTE_ADDR": OFFICE})
    assert len(seen) == 3


@pytest.mark.parametrize("sender", ["127.0.0.1", "::1", ""])
def test_where_nobody_knows_the_source_nobody_is_limited(client, sender):
    """An onion service, a proxy that passes nothing on, or bulk entry on this machine."""
    assert {ask(client, sender).status_code for _ in range(20)} == {200}


def test_behind_a_proxy_on_this_machine_each_source_counts_for_itself(client):
    assert [ask(client, "127.0.0.1", OFFICE).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ask(client, "127.0.0.1", HOME).status_code == 200


def test_the_app_is_not_told_the_source_s_token(client, seen):
    ask(client, OFFICE)
    assert not [value for value in seen[0].values() if isinstance(value, bytes) and len(value) == 32]
