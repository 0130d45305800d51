"""Tokens at the intake: one verification each, and a bad one is told nothing but that."""

import json
from dataclasses import replace

from intake_desks import refusal, whole

from survey.tokens import TokenChallenge, TokenKey, authorization, www_authenticate


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


def test_a_token_of_one_round_is_none_in_another(desk, spring, autumn, member, header):
    refusal(desk.put(autumn, header, autumn.seal(autumn.member())), 401, "bad-token", member.token.nonce)


def test_a_submission_that_is_refused_has_its_token_checked_once(desk, spring, monkeypatch):
    checked, real, one = [], TokenKey.verifies, spring.member()
    monkeypatch.setattr(TokenKey, "verifies", lambda key, *given: checked.append(1) or real(key, *given))
    refusal(desk.put(spring, authorization(one.token), b"short"), 400, "bad-length")
    assert len(checked) == 1
    assert desk.put(spring, authorization(one.token), spring.seal(one)).status_code == 201
    assert len(checked) == 2
