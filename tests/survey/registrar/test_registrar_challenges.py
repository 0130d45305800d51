"""With 401 the registrar says which credentials a round takes, and nothing of those that came."""

import pytest
from mail_worlds import new_request, wrong

BEARER, MAIL_CODE = 'Bearer realm="subrosa"', 'MailCode realm="subrosa"'


def challenge(answer):
    return answer.status_code, answer.headers.getlist("WWW-Authenticate")


@pytest.mark.parametrize("codes", [True, False])
def test_every_401_names_what_the_round_takes_whatever_was_sent(world, codes):
    registrar, round_ = world(codes=codes)
    request, digits = registrar.mailed(round_, "anna@firm.example")
    asked = [f"MailCode {request}:{wrong(digits)}", f"MailCode {new_request()}:{digits}", "MailCode", "MailCode x:y"]
    if codes:
        asked += ["", "Bearer", "Bearer marked-code", f"Bearer {'a' * 26}", "Basic abc", "PrivateToken token=abc"]
    offered = f"{BEARER}, {MAIL_CODE}" if codes else MAIL_CODE
    for credentials in asked:
        assert challenge(registrar.token_for(round_, credentials)) == (401, [offered]), credentials
    assert challenge(registrar.token(round_, request, digits)) == (200, [])


def test_a_round_without_mail_asks_for_a_code(world, spring):
    registrar, _ = world()
    assert challenge(registrar.token_for(spring, "Bearer marked-code")) == (401, [BEARER])


def test_what_is_refused_for_another_reason_asks_for_nothing(world, spring):
    registrar, round_ = world()
    refused = [registrar.token_for(spring, f"MailCode {new_request()}:12345678")]
    refused += [registrar.token_for(round_, f"Bearer {'a' * 26}")]
    refused += [registrar.app.test_client().post(f"/v1/rounds/{'0' * 64}/token-request")]
    assert [challenge(one) for one in refused] == [(403, []), (403, []), (404, [])]


def test_the_description_says_so(world):
    registrar, _ = world()
    described = registrar.app.test_client().get("/openapi.json").get_json()
    answers = described["paths"]["/v1/rounds/{round_id}/token-request"]["post"]["responses"]
    assert [status for status, one in answers.items() if "WWW-Authenticate" in one.get("headers", {})] == ["401"]
