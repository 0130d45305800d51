"""Our own vectors of tokens and sealing are what the code does now, and they hold it to what it did."""

import pytest
from protocol_vectors import VECTORS, as_text, read, sealing_vectors, token_vectors

from survey.sealing import SUITE, SealingKey, SealingPublicKey, Status, Unopenable, sealed_length
from survey.tokens import Token, TokenKey, TokenVerifier, parse_authorization

TOKENS, SEALING = read("tokens"), read("sealing")


@pytest.mark.parametrize(("name", "vectors"), [("tokens", token_vectors), ("sealing", sealing_vectors)])
def test_the_vectors_are_written_as_the_code_would_write_them(name, vectors):
    """After a wanted change: PYTHONPATH=. python tests/survey/protocol_vectors.py"""
    assert (VECTORS / f"{name}.json").read_text(encoding="utf-8") == as_text(vectors(read(name)))


def test_the_layout_of_tokens_holds_when_read_from_the_file_alone():
    for case in TOKENS["cases"]:
        signed = "0002" + case["nonce"] + TOKENS["challenge_digest"] + TOKENS["token_key_id"]
        assert case["authenticator_input"] == signed
        assert case["token"].startswith(signed)
        assert len(case["token"]) == 2 * 354
        assert case["request"].startswith("0002" + TOKENS["token_key_id"][-2:])
        key = TokenKey.from_spki(bytes.fromhex(TOKENS["token_key"]))
        verifier = TokenVerifier(key, bytes.fromhex(TOKENS["token_key_id"]), bytes.fromhex(TOKENS["challenge_digest"]))
        token = verifier.admit(case["authorization"])
        assert token == Token.from_bytes(bytes.fromhex(case["token"])) == parse_authorization(case["authorization"])


def test_the_layout_of_responses_holds_when_read_from_the_file_alone():
    key = SealingKey(bytes.fromhex(SEALING["seed"]))
    assert key.public.hex() == SEALING["public_key"]
    for case in SEALING["cases"]:
        assert case["info"] == SEALING["label"] + SEALING["round"] + case["nonce"]
        status = {"answers": "00", "withdrawn": "01"}[case["status"]]
        assert case["plaintext"] == case["k"] + f"{case['revision']:04x}" + status + case["record"]
        opened = key.open(bytes.fromhex(case["sealed"]), bytes.fromhex(SEALING["round"]), bytes.fromhex(case["nonce"]))
        assert opened.to_bytes().hex() == case["plaintext"]
        assert len(case["sealed"]) == 2 * sealed_length(len(opened.record))
    for length in SEALING["lengths"]:
        assert sealed_length(length["record"]) == length["sealed"] == 1120 + 35 + length["record"] + 16
    assert {case["status"] for case in SEALING["cases"]} == {status.name.lower() for status in Status}


def test_the_vectors_do_not_open_under_another_cases_nonce():
    key, (first, second, *_) = SealingKey(bytes.fromhex(SEALING["seed"])), SEALING["cases"]
    with pytest.raises(Unopenable):
        key.open(bytes.fromhex(first["sealed"]), bytes.fromhex(SEALING["round"]), bytes.fromhex(second["nonce"]))
    public = SealingPublicKey(key.public)._public
    crossed = SUITE.encrypt(bytes.fromhex(first["plaintext"]), public, info=bytes.fromhex(second["info"]))
    with pytest.raises(Unopenable):
        key.open(crossed, bytes.fromhex(SEALING["round"]), bytes.fromhex(second["nonce"]))
