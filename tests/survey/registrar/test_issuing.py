"""The issuer's half of a blind signature."""

import copy
import ctypes
import gc
import pickle
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from published import published

from survey.registrar import issuing
from survey.registrar.issuing import Issuer, OutOfRange, SigningUnavailable, self_test
from survey.tokens import PUBLIC_EXPONENT


def _der(private):
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _from_numbers(p, q, d):
    dp, dq, qinv = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    public = rsa.RSAPublicNumbers(PUBLIC_EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qinv, public).private_key()


def test_signing_is_that_of_rfc_9474():
    for vector in published("rfc9474_from_draft_text"):
        p, q, d = (int(vector[name], 16) for name in ("p", "q", "d"))
        issuer = Issuer(_der(_from_numbers(p, q, d)))
        assert issuer.sign(bytes.fromhex(vector["blinded_msg"])).hex() == vector["blind_sig"]


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_signature_raised_to_the_public_exponent_is_the_message(spring, data):
    issuer = spring.issuer
    number = data.draw(st.integers(1, issuer.modulus - 1))
    signature = issuer.sign(number.to_bytes(256))
    assert len(signature) == 256
    assert pow(int.from_bytes(signature), PUBLIC_EXPONENT, issuer.modulus) == number


def test_one_and_the_last_residue_can_be_signed(spring):
    issuer = spring.issuer
    assert int.from_bytes(issuer.sign((1).to_bytes(256))) == 1
    assert int.from_bytes(issuer.sign((issuer.modulus - 1).to_bytes(256))) == issuer.modulus - 1


def test_what_is_out_of_range_or_of_another_length_is_refused_unsigned(spring, monkeypatch):
    issuer = spring.issuer
    monkeypatch.setattr(Issuer, "_private_operation", lambda *_: pytest.fail("signed what is out of range"))
    for message in (
        bytes(256),
        issuer.modulus.to_bytes(256),
        (issuer.modulus + 1).to_bytes(256),
        b"\xff" * 256,
        b"",
        (5).to_bytes(255),
        (5).to_bytes(257),
    ):
        for refuse in (issuer.check, issuer.sign):
            with pytest.raises(OutOfRange):
                refuse(message)


def test_many_threads_share_one_issuer(spring):
    issuer = spring.issuer
    messages = [(secrets.randbelow(issuer.modulus - 1) + 1).to_bytes(256) for _ in range(200)]
    with ThreadPoolExecutor(16) as pool:
        signatures = list(pool.map(issuer.sign, messages))
    for message, signature in zip(messages, signatures, strict=True):
        assert pow(int.from_bytes(signature), PUBLIC_EXPONENT, issuer.modulus) == int.from_bytes(message)


def test_a_faulty_signature_is_never_given_out(spring, monkeypatch):
    """A fault in one half of the CRT would give the key away (Boneh, DeMillo, Lipton)."""
    real = Issuer._private_operation

    def faulty(issuer, data):
        result = bytearray(real(issuer, data))
        result[100] ^= 1
        return bytes(result)

    monkeypatch.setattr(Issuer, "_private_operation", faulty)
    with pytest.raises(SigningUnavailable, match="nothing was sent"):
        spring.issuer.sign((12345).to_bytes(256))


@pytest.mark.parametrize(
    "step",
    [
        "EVP_PKEY_CTX_new",
        "EVP_PKEY_decrypt_init",
        "EVP_PKEY_CTX_ctrl_str",
        "EVP_PKEY_decrypt",
        "EVP_PKEY_encrypt_init",
        "EVP_PKEY_encrypt",
    ],
)
def test_any_step_that_openssl_refuses_is_an_error(spring, monkeypatch, step):
    class Failing:
        def __getattr__(self, name):
            return (lambda *_: 0) if name == step else getattr(library, name)

    library, failing = issuing._openssl(), Failing()
    with monkeypatch.context() as patch:
        patch.setattr(issuing, "_openssl", lambda: failing)
        with pytest.raises(SigningUnavailable, match="OpenSSL refused"):
            spring.issuer.sign((5).to_bytes(256))
    assert spring.issuer.sign((1).to_bytes(256))


def test_the_self_test_passes_here():
    self_test()


def _without_openssl(patch):
    def missing(_name):
        raise OSError

    patch.setattr(ctypes, "CDLL", missing)
    gc.collect()  # so that no key of an earlier test is freed while there is no library
    issuing._openssl.cache_clear()


def test_the_self_test_fails_loudly_where_openssl_is_missing():
    with pytest.MonkeyPatch.context() as patch:
        _without_openssl(patch)
        with pytest.raises(SigningUnavailable, match="install"):
            self_test()
    issuing._openssl.cache_clear()
    self_test()


def test_a_library_without_the_functions_is_no_openssl():
    with pytest.MonkeyPatch.context() as patch:
        gc.collect()
        patch.setattr(issuing, "_SIGNATURES", {"no_such_function": (None, ())})
        issuing._openssl.cache_clear()
        with pytest.raises(SigningUnavailable):
            self_test()
    issuing._openssl.cache_clear()
    self_test()


def test_the_self_test_fails_where_signatures_are_wrong(monkeypatch):
    monkeypatch.setattr(Issuer, "_private_operation", lambda _issuer, data: data)
    with pytest.raises(SigningUnavailable):
        self_test()


def test_the_private_key_is_never_raised_to_in_python():
    """Python's `pow` takes a time that depends on its exponent: the private one must not be anywhere near it."""
    source = issuing.__loader__.get_source(issuing.__name__)
    assert "pow(" not in source
    assert "**" not in source
    assert "private_numbers" not in source


def test_a_key_prints_redacted_and_is_not_pickled_or_copied(spring):
    assert repr(spring.issuer) == str(spring.issuer) == "Issuer(<redacted>)"
    for taking in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            taking(spring.issuer)


def test_a_key_reads_back_from_its_file(spring):
    again = Issuer(spring.issuer.to_der())
    assert again.public == spring.issuer.public
    message = (54321).to_bytes(256)
    assert again.sign(message) == spring.issuer.sign(message)


def test_keys_of_another_kind_are_refused():
    other = rsa.generate_private_key(public_exponent=3, key_size=2048)
    for private in (ec.generate_private_key(ec.SECP256R1()), other):
        with pytest.raises(SigningUnavailable, match="open the round anew"):
            Issuer(_der(private))
