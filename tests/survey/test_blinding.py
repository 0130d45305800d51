"""The respondent's half of a blind signature."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import published

from survey.blinding import SALT_BYTES, BadSignature, blind, blind_with, emsa_pss, finalize
from survey.registrar.issuing import Issuer
from survey.tokens import (
    PUBLIC_EXPONENT,
    Token,
    TokenChallenge,
    TokenKey,
    TokenRequest,
    authenticator_input,
)


def _number(vector, name):
    return int(vector[name], 16)


def _big_key(modulus):
    """A token key of a size that tokens do not have, for the vectors of RFC 9474."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    return TokenKey(modulus, RSAPublicNumbers(PUBLIC_EXPONENT, modulus).public_key())


def test_blinding_and_finalizing_are_those_of_rfc_9474():
    vectors = [v for v in published("rfc9474_from_draft_text") if "PSSZERO" not in v["name"]]
    assert {v["name"] for v in vectors} == {"RSABSSA-SHA384-PSS-Deterministic", "RSABSSA-SHA384-PSS-Randomized"}
    for vector in vectors:
        modulus, message = _number(vector, "n"), bytes.fromhex(vector["prepared_msg"])
        encoded = emsa_pss(message, bytes.fromhex(vector["salt"]), modulus.bit_length() - 1)
        assert encoded.hex() == vector["encoded_msg"]
        factor = pow(_number(vector, "inv"), -1, modulus)
        blinded = blind_with(modulus, int.from_bytes(encoded), factor)
        assert blinded.message.hex() == vector["blinded_msg"]
        assert blinded.inverse == _number(vector, "inv")
        signature = finalize(_big_key(modulus), message, bytes.fromhex(vector["blind_sig"]), blinded.inverse)
        assert signature.hex() == vector["sig"]


def test_the_encoding_without_salt_is_that_of_rfc_9474():
    for vector in published("rfc9474_from_draft_text"):
        if "PSSZERO" in vector["name"]:
            bits = _number(vector, "n").bit_length() - 1
            encoded = emsa_pss(bytes.fromhex(vector["prepared_msg"]), b"", bits)
            assert encoded.hex() == vector["encoded_msg"]


def test_request_answer_and_token_are_those_of_rfc_9578():
    for vector in published("rfc9578_pub_verif_go"):
        from cryptography.hazmat.primitives import serialization

        private = serialization.load_pem_private_key(bytes.fromhex(vector["skS"]), password=None)
        issuer = Issuer(
            private.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        key = TokenKey.from_spki(bytes.fromhex(vector["pkS"]))
        assert issuer.modulus == key.modulus
        challenge = _read_challenge(bytes.fromhex(vector["token_challenge"]))
        message = authenticator_input(bytes.fromhex(vector["nonce"]), challenge.digest, key.key_id)
        encoded = emsa_pss(message, bytes.fromhex(vector["salt"]), 2047)
        blinded = blind_with(key.modulus, int.from_bytes(encoded), _number(vector, "blind"))
        request = TokenRequest(key.key_id[-1], blinded.message)
        assert request.to_bytes().hex() == vector["token_request"]
        answer = issuer.sign(blinded.message)
        assert answer.hex() == vector["token_response"]
        authenticator = finalize(key, message, answer, blinded.inverse)
        token = Token(bytes.fromhex(vector["nonce"]), challenge.digest, key.key_id, authenticator)
        assert token.to_bytes().hex() == vector["token"]


def _read_challenge(data):
    """A challenge from its bytes; only tests read one."""
    issuer_end = 4 + int.from_bytes(data[2:4])
    context_end = issuer_end + 1 + data[issuer_end]
    challenge = TokenChallenge(
        data[4:issuer_end].decode(), data[context_end + 2 :].decode(), data[issuer_end + 1 : context_end]
    )
    assert challenge.to_bytes() == data
    return challenge


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=200))
def test_what_is_signed_blindly_verifies_openly(spring, message):
    key = spring.issuer.public
    blinded = blind(key, message)
    signature = finalize(key, message, spring.issuer.sign(blinded.message), blinded.inverse)
    assert key.verifies(message, signature)
    assert not key.verifies(message + b"x", signature)


def test_blinding_the_same_message_twice_gives_unlike_requests_and_unlike_tokens(spring):
    key, message = spring.issuer.public, b"the same"
    seen, signatures = set(), set()
    for _ in range(20):
        blinded = blind(key, message)
        assert len(blinded.message) == 256
        assert 0 < int.from_bytes(blinded.message) < key.modulus
        seen.add(blinded.message)
        signatures.add(finalize(key, message, spring.issuer.sign(blinded.message), blinded.inverse))
    assert len(seen) == len(signatures) == 20


def test_any_request_could_have_led_to_any_token(spring):
    """Unlinkable: for every pair of request and token there is one blinding factor that joins them."""
    key, members = spring.issuer.public, [spring.member() for _ in range(3)]
    for one in members:
        for other in members:
            request = int.from_bytes(one.ticket.blinded_message)
            encoded = pow(int.from_bytes(other.token.authenticator), PUBLIC_EXPONENT, key.modulus)
            answer = int.from_bytes(spring.issuer.sign(one.ticket.blinded_message))
            factor = answer * pow(int.from_bytes(other.token.authenticator), -1, key.modulus) % key.modulus
            assert encoded * pow(factor, PUBLIC_EXPONENT, key.modulus) % key.modulus == request


def test_blinded_messages_are_spread_over_the_whole_range(spring):
    """The leading byte of 300 blinded messages: a bias here would be a mark on them."""
    key = spring.issuer.public
    leading = [int.from_bytes(blind(key, b"m").message) * 8 // key.modulus for _ in range(300)]
    counts = [leading.count(part) for part in range(8)]
    assert sum((count - 37.5) ** 2 / 37.5 for count in counts) < 40  # chi squared, 7 degrees: p < 1e-5


def test_salt_and_factor_are_drawn_anew(spring, monkeypatch):
    from survey import blinding

    lengths = []
    real = blinding.secrets.token_bytes
    monkeypatch.setattr(blinding.secrets, "token_bytes", lambda n: lengths.append(n) or real(n))
    blind(spring.issuer.public, b"m")
    assert lengths == [SALT_BYTES]


def test_an_answer_to_another_request_is_refused(spring, autumn):
    key, message = spring.issuer.public, b"mine"
    mine, other = blind(key, message), blind(key, message)
    answer = spring.issuer.sign(mine.message)
    with pytest.raises(BadSignature):
        finalize(key, message, spring.issuer.sign(other.message), mine.inverse)
    with pytest.raises(BadSignature):
        finalize(key, b"other", answer, mine.inverse)
    with pytest.raises(BadSignature):
        finalize(autumn.issuer.public, message, answer, mine.inverse)


@pytest.mark.parametrize("answer", [b"", bytes(255), bytes(256), bytes(257), b"\xff" * 256])
def test_an_answer_that_is_none_is_refused(spring, answer):
    blinded = blind(spring.issuer.public, b"m")
    with pytest.raises(BadSignature):
        finalize(spring.issuer.public, b"m", answer, blinded.inverse)


def test_any_flipped_bit_of_an_answer_is_noticed(spring):
    key = spring.issuer.public
    blinded = blind(key, b"m")
    answer = spring.issuer.sign(blinded.message)
    for position in range(0, 2048, 31):
        broken = (int.from_bytes(answer) ^ 1 << position).to_bytes(256)
        with pytest.raises(BadSignature):
            finalize(key, b"m", broken, blinded.inverse)


def test_a_broken_key_is_noticed_and_nothing_secret_is_printed(spring):
    with pytest.raises(ValueError, match="token key is broken"):
        blind_with(15, 5, 2)
    blinded = blind(spring.issuer.public, b"m")
    assert repr(blinded) == "Blinded()"
