"""What a browser is told before and after it asks a service: one origin, the headers it needs, no cookies."""

import pytest
from a_round import DURING

from survey.intake.app import create_app as new_intake
from survey.intake.box import BallotBox
from survey.registrar.app import create_app as new_registrar
from survey.registrar.register import Register

ORIGIN = "https://site.example"
ELSEWHERE = {"Origin": "https://marked.example", "Access-Control-Request-Method": "DELETE"}


@pytest.fixture
def services(tmp_path, rounds, clock):
    """Both services, as they answer the pages of one site; and as they answer nobody's."""
    clock.time = DURING
    register, box = Register.open(tmp_path / "register.sqlite"), BallotBox.open(tmp_path / "box.sqlite")

    def made(origin):
        return {
            "registrar": new_registrar(rounds, register, lambda _: None, clock, origin).test_client(),
            "intake": new_intake(rounds, box, clock, origin).test_client(),
        }

    yield made
    register.release()
    box.release()


def cors(answer):
    return {name: value for name, value in answer.headers if name.startswith("Access-Control")}


@pytest.mark.parametrize(
    ("role", "path", "method", "headers"),
    [
        ("registrar", "token-request", "POST", "Authorization, Content-Type"),
        ("registrar", "mail-request", "POST", "Authorization, Content-Type"),
        ("intake", "response", "PUT", "Authorization, Content-Type, Subrosa-Revision"),
    ],
)
def test_a_browser_may_ask_what_a_page_of_the_site_needs(services, spring, role, path, method, headers):
    answer = services(ORIGIN)[role].options(f"/v1/rounds/{spring.manifest.id}/{path}", headers=ELSEWHERE)
    assert answer.status_code == 200
    assert cors(answer) == {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": method,
        "Access-Control-Allow-Headers": headers,
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize("role", ["registrar", "intake"])
def test_documents_and_refusals_can_be_read_by_the_site_alone(services, spring, role):
    client = services(ORIGIN)[role]
    for path in ("manifest", "closing"):
        answer = client.get(f"/v1/rounds/{spring.manifest.id}/{path}", headers=ELSEWHERE)
        assert cors(answer) == {"Access-Control-Allow-Origin": ORIGIN}
    refused = {"registrar": ("post", "token-request"), "intake": ("put", "response")}[role]
    answer = getattr(client, refused[0])(f"/v1/rounds/{spring.manifest.id}/{refused[1]}", headers=ELSEWHERE)
    assert answer.status_code >= 400
    assert cors(answer) == {"Access-Control-Allow-Origin": ORIGIN}


@pytest.mark.parametrize("role", ["registrar", "intake"])
def test_nothing_else_is_opened_to_browsers(services, spring, role):
    assert cors(services(ORIGIN)[role].get("/elsewhere")) == {}
    alone = services(None)[role]
    for path in ("manifest", "closing", "response", "token-request"):
        assert cors(alone.get(f"/v1/rounds/{spring.manifest.id}/{path}")) == {}
        assert cors(alone.options(f"/v1/rounds/{spring.manifest.id}/{path}")) == {}
