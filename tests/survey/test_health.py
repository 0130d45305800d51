"""`/healthz` and `/readyz`: fixed answers that tell nothing of who comes, how many, or what is wrong."""

import json

import pytest

from survey.health import serve_health
from survey.readiness import Readiness
from survey.service import answer, new_service


@pytest.fixture
def broken():
    return set()


@pytest.fixture
def client(rounds, broken):
    def check(name):
        if name in broken:
            raise RuntimeError("marked")

    app = new_service(rounds, 1000)
    ticks = iter(range(0, 10**6, 10))
    names = ("store", "disk")
    readiness = Readiness({name: lambda name=name: check(name) for name in names}, lambda: next(ticks))
    serve_health(app, readiness, answer)
    return app.test_client()


def test_a_process_that_answers_is_healthy_whatever_is_broken(client, broken):
    broken.add("store")
    answered = client.get("/healthz")
    assert (answered.status_code, answered.data) == (200, b"ok\n")
    assert client.head("/healthz").data == b""


def test_a_role_is_ready_as_long_as_everything_it_needs_works(client, broken):
    assert (client.get("/readyz").status_code, client.get("/readyz").data) == (200, b"ok\n")
    refusals = []
    for what in ("store", "disk"):
        broken.add(what)
        refusals.append(client.get("/readyz"))
        broken.clear()
    assert [refusal.status_code for refusal in refusals] == [503, 503]
    assert json.loads(refusals[0].data)["type"] == "urn:subrosa:problem:not-ready"
    assert (refusals[0].data, refusals[0].headers) == (refusals[1].data, refusals[1].headers)
    assert int(refusals[0].headers["Retry-After"]) > 0
    assert client.get("/readyz").status_code == 200


def test_both_take_nothing_and_can_be_kept_by_nobody(client):
    for path in ("/healthz", "/readyz"):
        assert client.post(path, data=b"x").status_code == 405
        assert client.get(path).headers["Cache-Control"] == "no-store"
