"""Sealing a response and opening it."""

import copy
import hashlib
import pickle

import pytest
from cryptography.hazmat.primitives import hpke
from hypothesis import given, settings
from hypothesis import strategies as st
from published import hpke_vectors, published

from survey.sealing import (
    ENC_BYTES,
    MAX_REVISION,
    PUBLIC_BYTES,
    SUITE,
    Response,
    SealingKey,
    SealingPublicKey,
    Status,
    Unopenable,
    sealed_length,
)
from survey.tokens import nonce_of

XWING = 0x647A
KDFS = {
    1: hpke.KDF.HKDF_SHA256,
    2: hpke.KDF.HKDF_SHA384,
    3: hpke.KDF.HKDF_SHA512,
    16: hpke.KDF.SHAKE128,
    17: hpke.KDF.SHAKE256,
}
AEADS = {1: hpke.AEAD.AES_128_GCM, 2: hpke.AEAD.AES_256_GCM, 3: hpke.AEAD.CHACHA20_POLY1305}

KEY = SealingKey(bytes(range(32)))
ROUND = hashlib.sha256(b"round").digest()
quick = settings(deadline=None, max_examples=40)
responses = st.builds(
    Response,
    st.binary(min_size=32, max_size=32),
    st.integers(1, MAX_REVISION),
    st.sampled_from(Status),
    st.binary(max_size=80),
)
SAMPLE = Response(b"k" * 32, 7, Status.ANSWERS, b"\1\2\3\0")


def _sealed(response=SAMPLE, round_id=ROUND):
    return SealingPublicKey(KEY.public).seal(response, round_id)


def _seal_raw(plain, info):
    """What someone writes who does not keep to the protocol."""
    return SUITE.encrypt(plain, SealingPublicKey(KEY.public)._public, info=info)


def _info(nonce, round_id=ROUND, label=b"subrosa/response/v1"):
    return label + round_id + nonce


def test_seed_and_public_key_are_those_of_x_wing():
    for vector in published("xwing"):
        key = SealingKey(bytes.fromhex(vector["sk"]))
        assert key.public.hex() == vector["pk"]
        assert key.to_seed().hex() == vector["seed"]
        assert len(bytes.fromhex(vector["ct"])) == ENC_BYTES
        assert len(key.public) == PUBLIC_BYTES


@pytest.mark.parametrize("source", [lambda: published("hpke-pq"), hpke_vectors], ids=["published", "pypi"])
def test_our_key_opens_the_published_hybrid_hpke_vectors(source):
    """Ours is the same KEM; the vectors have no AES-256-GCM, so the suite is theirs and the key is ours."""
    vectors = [vector for vector in source() if vector["kem_id"] == XWING]
    assert vectors
    for vector in vectors:
        key = SealingKey(bytes.fromhex(vector["skRm"]))
        assert key.public.hex() == vector["pkRm"]
        suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, KDFS[vector["kdf_id"]], AEADS[vector["aead_id"]])
        first = vector["encryptions"][0]
        plain = hpke.rust_openssl.hpke._decrypt_with_aad(
            suite,
            bytes.fromhex(vector["enc"] + first["ct"]),
            key._private,
            info=bytes.fromhex(vector["info"]),
            aad=bytes.fromhex(first["aad"]),
        )
        assert plain.hex() == first["pt"]


def test_the_library_keeps_to_rfc_9180():
    """The key schedule and AEAD we use (HKDF-SHA256, AES-256-GCM), by the RFC's own vectors."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    vectors = [v for v in published("rfc9180_x25519_base") if v["kdf_id"] in KDFS and v["aead_id"] in AEADS]
    assert any((v["kdf_id"], v["aead_id"]) == (1, 2) for v in vectors)
    for vector in vectors:
        first = vector["encryptions"][0]
        plain = hpke.rust_openssl.hpke._decrypt_with_aad(
            hpke.Suite(hpke.KEM.X25519, KDFS[vector["kdf_id"]], AEADS[vector["aead_id"]]),
            bytes.fromhex(vector["enc"] + first["ct"]),
            X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"])),
            info=bytes.fromhex(vector["info"]),
            aad=bytes.fromhex(first["aad"]),
        )
        assert plain.hex() == first["pt"]


@quick
@given(responses, st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_again(response, round_id):
    sealed = _sealed(response, round_id)
    assert KEY.open(sealed, round_id, nonce_of(response.secret)) == response


@quick
@given(responses, responses)
def test_all_responses_of_a_form_have_the_same_length(one, other):
    padded = Response(other.secret, other.revision, other.status, other.record[:10].ljust(10, b"\0"))
    shaped = Response(one.secret, one.revision, one.status, one.record[:10].ljust(10, b"\0"))
    assert len(_sealed(shaped)) == len(_sealed(padded)) == sealed_length(10)
    assert len(_sealed(one)) == sealed_length(len(one.record))


def test_sealing_twice_gives_unlike_bytes():
    assert len({_sealed() for _ in range(20)}) == 20


def test_any_flipped_bit_fails_to_open():
    sealed, nonce = _sealed(), nonce_of(SAMPLE.secret)
    for position in range(len(sealed)):
        broken = bytearray(sealed)
        broken[position] ^= 1 << position % 8
        with pytest.raises(Unopenable):
            KEY.open(bytes(broken), ROUND, nonce)


def test_any_other_length_fails_to_open():
    sealed, nonce = _sealed(), nonce_of(SAMPLE.secret)
    for end in (*range(0, len(sealed), 61), ENC_BYTES - 1, ENC_BYTES, ENC_BYTES + 15, ENC_BYTES + 16, len(sealed) - 1):
        with pytest.raises(Unopenable):
            KEY.open(sealed[:end], ROUND, nonce)
    with pytest.raises(Unopenable):
        KEY.open(sealed + b"\0", ROUND, nonce)


def test_a_degenerate_curve_point_fails_to_open_like_anything_else():
    """The X25519 half of `enc` as the zero point, which has no shared secret: anyone can send it."""
    sealed = _sealed()
    with pytest.raises(Unopenable):
        KEY.open(sealed[:1088] + bytes(32) + sealed[1120:], ROUND, nonce_of(SAMPLE.secret))


def test_another_nonce_round_or_key_fails_to_open():
    sealed, nonce = _sealed(), nonce_of(SAMPLE.secret)
    for key, round_id, other in (
        (KEY, ROUND, nonce_of(b"o" * 32)),
        (KEY, hashlib.sha256(b"other").digest(), nonce),
        (SealingKey(bytes(32)), ROUND, nonce),
    ):
        with pytest.raises(Unopenable):
            key.open(sealed, round_id, other)


def test_a_response_written_without_k_fails_to_open():
    """The intake knows every nonce and could seal under it, but it does not know what hashes to it."""
    nonce = nonce_of(SAMPLE.secret)
    forged = Response(b"x" * 32, 7, Status.ANSWERS, b"\1\2\3\0")
    with pytest.raises(Unopenable, match="not written by the holder"):
        KEY.open(_seal_raw(forged.to_bytes(), _info(nonce)), ROUND, nonce)


@pytest.mark.parametrize("plain", [b"", SAMPLE.secret, SAMPLE.to_bytes()[:34], SAMPLE.to_bytes()[:34] + b"\2rec"])
def test_an_inside_that_the_protocol_does_not_know_fails_to_open(plain):
    nonce = nonce_of(SAMPLE.secret)
    with pytest.raises(Unopenable, match="not made as the protocol says"):
        KEY.open(_seal_raw(plain, _info(nonce)), ROUND, nonce)


def test_the_info_has_its_label_so_that_nothing_sealed_for_another_purpose_opens():
    nonce = nonce_of(SAMPLE.secret)
    assert KEY.open(_seal_raw(SAMPLE.to_bytes(), _info(nonce)), ROUND, nonce) == SAMPLE
    for info in (_info(nonce, label=b""), _info(nonce, label=b"subrosa/response/v2"), None):
        with pytest.raises(Unopenable):
            KEY.open(_seal_raw(SAMPLE.to_bytes(), info), ROUND, nonce)


@pytest.mark.parametrize("revision", [0, -1, MAX_REVISION + 1])
def test_a_revision_outside_its_range_is_not_sealed(revision):
    with pytest.raises(ValueError, match="from 1 to 65535"):
        _sealed(Response(b"k" * 32, revision, Status.ANSWERS, b""))


def test_keys_of_another_length_are_refused():
    for seed in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="32 bytes"):
            SealingKey(seed)
    for public in (b"", KEY.public[:-1], KEY.public + b"\0", b"\xff" * PUBLIC_BYTES):
        with pytest.raises(ValueError):
            SealingPublicKey(public)


def test_a_key_prints_redacted_and_is_not_pickled_or_copied():
    assert repr(KEY) == str(KEY) == "SealingKey(<redacted>)"
    for taking in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            taking(KEY)


def test_a_response_prints_nothing_confidential():
    assert "k" * 32 not in repr(SAMPLE)
    assert "record" not in repr(SAMPLE)
