"""Tokens: the bytes of RFC 9577 and 9578, and the one check a verifier makes."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import published

from survey.tokens import (
    MODULUS_BYTES,
    REQUEST_BYTES,
    TOKEN_BYTES,
    MalformedToken,
    Token,
    TokenChallenge,
    TokenKey,
    TokenRequest,
    TokenVerifier,
    authenticator_input,
    authorization,
    nonce_of,
    parse_authorization,
    www_authenticate,
)

quick = settings(deadline=None, max_examples=60)
thirty_two = st.binary(min_size=32, max_size=32)
tokens = st.builds(Token, thirty_two, thirty_two, thirty_two, st.binary(min_size=256, max_size=256))


class CountedVerifications:
    """Counts the RSA verifications of every token key."""

    def __init__(self, monkeypatch):
        self.count = 0
        real = TokenKey.verifies

        def verifies(key, message, signature):
            self.count += 1
            return real(key, message, signature)

        monkeypatch.setattr(TokenKey, "verifies", verifies)


def _challenge(vector):
    issuer, origin = bytes.fromhex(vector["issuer_name"]).decode(), bytes.fromhex(vector["origin_info"]).decode()
    return TokenChallenge(issuer, origin, bytes.fromhex(vector["redemption_context"]))


def test_challenges_and_tokens_are_those_of_rfc_9577():
    vectors = [vector for vector in published("rfc9577_auth_scheme_token") if vector["token_type"] == "0002"]
    assert vectors
    for vector in vectors:
        nonce, key_id = bytes.fromhex(vector["nonce"]), bytes.fromhex(vector["token_key_id"])
        signed = authenticator_input(nonce, _challenge(vector).digest, key_id)
        assert signed.hex() == vector["token_authenticator_input"]
        token = Token(nonce, _challenge(vector).digest, key_id, bytes(256))
        assert token.to_bytes()[:-256] == signed


def test_the_header_that_asks_for_a_token_is_that_of_rfc_9577():
    for vector in published("rfc9577_auth_scheme_header"):
        key = TokenKey.from_spki(bytes.fromhex(vector["token-key-0"]))
        challenge = TokenChallenge(
            "issuer.example",
            "origin.example",
            bytes.fromhex("8a3e83a33d98005d2f30bef419fa6bf4cd5c6005e36b1285bbb4ccd40fa4b383"),
        )
        assert challenge.to_bytes().hex() == vector["token-challenge-0"]
        # The RFC's header goes on with parameters and challenges that we do not send.
        assert vector["WWW-Authenticate"].startswith(www_authenticate(challenge, key) + ",")


def test_keys_challenges_and_tokens_are_those_of_rfc_9578():
    for vector in published("rfc9578_pub_verif_go"):
        key = TokenKey.from_spki(bytes.fromhex(vector["pkS"]))
        assert key.spki.hex() == vector["pkS"]
        token = Token.from_bytes(bytes.fromhex(vector["token"]))
        assert token.to_bytes().hex() == vector["token"]
        assert token.nonce.hex() == vector["nonce"]
        assert token.key_id == key.key_id
        signed = authenticator_input(token.nonce, token.challenge_digest, token.key_id)
        assert key.verifies(signed, token.authenticator)
        request = TokenRequest.from_bytes(bytes.fromhex(vector["token_request"]))
        assert request.truncated_key_id == key.key_id[-1]


@quick
@given(tokens)
def test_a_token_reads_back_as_it_was_written(token):
    assert Token.from_bytes(token.to_bytes()) == token
    assert len(token.to_bytes()) == TOKEN_BYTES


@quick
@given(st.integers(0, 255), st.binary(min_size=256, max_size=256))
def test_a_token_request_reads_back_as_it_was_written(key_id, message):
    request = TokenRequest(key_id, message)
    assert TokenRequest.from_bytes(request.to_bytes()) == request
    assert len(request.to_bytes()) == REQUEST_BYTES


@quick
@given(tokens)
def test_a_header_reads_back_as_it_was_written(token):
    assert parse_authorization(authorization(token)) == token


@quick
@given(tokens, st.sampled_from(["PrivateToken token={}", 'privatetoken  token="{}"', 'PRIVATETOKEN token = "{}" ']))
def test_quotes_spaces_and_the_case_of_the_scheme_do_not_matter(token, form):
    text = base64.urlsafe_b64encode(token.to_bytes()).decode()
    assert parse_authorization(form.format(text)) == token


@quick
@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from([b"", bytes(32)]))
def test_a_challenge_names_every_field_with_its_length(issuer, origin, context):
    written = TokenChallenge(issuer, origin, context).to_bytes()
    assert written[:2] == b"\0\2"
    length = int.from_bytes(written[2:4])
    assert written[4 : 4 + length].decode() == issuer
    rest = written[4 + length :]
    assert rest[1 : 1 + rest[0]] == context
    rest = rest[1 + rest[0] :]
    assert (int.from_bytes(rest[:2]), rest[2:].decode()) == (len(origin.encode()), origin)


def test_a_challenge_with_a_context_of_another_length_is_refused():
    with pytest.raises(MalformedToken):
        TokenChallenge("issuer", "origin", bytes(31)).to_bytes()


@quick
@given(st.binary(max_size=400).filter(lambda data: len(data) != TOKEN_BYTES or data[:2] != b"\0\2"))
def test_other_bytes_are_no_token(data):
    with pytest.raises(MalformedToken):
        Token.from_bytes(data)


@quick
@given(st.binary(max_size=300).filter(lambda data: len(data) != REQUEST_BYTES or data[:2] != b"\0\2"))
def test_other_bytes_are_no_token_request(data):
    with pytest.raises(MalformedToken):
        TokenRequest.from_bytes(data)


@quick
@given(st.none() | st.text(max_size=600) | st.text(max_size=480).map(lambda text: f"PrivateToken token={text}"))
def test_any_other_header_is_refused_with_the_same_words(header):
    with pytest.raises(MalformedToken, match=r"^This is not a token of type 0x0002\.$"):
        parse_authorization(header)


def test_a_token_and_a_request_print_nothing_of_themselves(spring):
    token = spring.member().token
    request = TokenRequest(1, token.authenticator)
    for shown in (repr(token), repr(request), str(token)):
        assert token.nonce.hex() not in shown
        assert "\\x" not in shown


def test_a_key_reads_back_as_it_was_written_and_only_in_its_one_encoding(spring):
    key = spring.issuer.public
    assert TokenKey.from_spki(key.spki) == key
    assert TokenKey.from_spki(key.spki).key_id == key.key_id
    for position in (*range(69), *range(len(key.spki) - 5, len(key.spki))):
        broken = bytearray(key.spki)
        broken[position] ^= 1
        with pytest.raises(MalformedToken):
            TokenKey.from_spki(bytes(broken))
    for other in (b"", key.spki[:-1], key.spki + b"\0"):
        with pytest.raises(MalformedToken):
            TokenKey.from_spki(other)


def test_a_key_of_another_size_is_refused():
    for bits in (1024, 2047, 2049):
        with pytest.raises(MalformedToken, match="2048"):
            TokenKey.from_modulus((1 << bits - 1) + 1)


def test_the_round_admits_its_own_tokens_and_no_others(spring, autumn):
    verifier = spring.manifest.verifier
    mine, foreign = spring.member().token, autumn.member().token
    assert verifier.admit(authorization(mine)) == mine
    assert verifier.admit(authorization(foreign)) is None
    assert autumn.manifest.verifier.admit(authorization(foreign)) == foreign


def test_a_token_bound_to_another_challenge_is_refused_though_the_key_is_the_same(spring):
    challenge = replace(spring.manifest.challenge, redemption_context=bytes(32))
    other = TokenVerifier.of(spring.issuer.public, challenge)
    token = spring.member().token
    assert other.admit(authorization(token)) is None
    assert other.admit(authorization(replace(token, challenge_digest=challenge.digest))) is None


def test_any_flipped_byte_makes_a_token_invalid(spring):
    verifier, token = spring.manifest.verifier, spring.member().token.to_bytes()
    for position in range(2, TOKEN_BYTES):
        broken = bytearray(token)
        broken[position] ^= 1 << position % 8
        assert verifier.admit(authorization(Token.from_bytes(bytes(broken)))) is None


def test_every_header_costs_exactly_one_verification(spring, autumn, monkeypatch):
    token = spring.member().token
    whole = authorization(token)
    counted = CountedVerifications(monkeypatch)
    headers = [
        None,
        "",
        "Bearer x",
        "PrivateToken",
        whole[:-9],
        whole.upper(),
        whole,
        authorization(autumn.member().token),
    ]
    counted.count = 0
    for number, header in enumerate(headers, start=1):
        spring.manifest.verifier.admit(header)
        assert counted.count == number


def test_the_nonce_is_the_hash_of_the_secret():
    assert nonce_of(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_signature_of_another_length_is_no_signature(spring):
    token = spring.member().token
    for wrong in (b"", token.authenticator[:-1], token.authenticator + b"\0", bytes(MODULUS_BYTES), b"\xff" * 256):
        assert not spring.manifest.verifier.accepts(token.nonce, wrong)
