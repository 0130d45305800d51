"""Sealing a response to the tally, and opening it: HPKE with a post-quantum hybrid KEM.

Source: RFC 9180 base mode; KEM MLKEM768-X25519 (X-Wing, draft-connolly-cfrg-xwing-kem), HKDF-SHA256, AES-256-GCM.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from survey.tokens import nonce_of

SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 1184 + 32
ENC_BYTES: Final = 1088 + 32
TAG_BYTES: Final = 16
SECRET_BYTES: Final = 32
MAX_REVISION: Final = 0xFFFF
_LABEL: Final = b"subrosa/response/v1"
_HEAD_BYTES: Final = SECRET_BYTES + 2 + 1


class Status(IntEnum):
    """What a response says: these are my answers, or I take them back. Outside, both look the same."""

    ANSWERS = 0
    WITHDRAWN = 1


class Unopenable(ValueError):
    """A sealed response that this key does not open, or whose inside does not fit its outside."""


@dataclass(frozen=True, slots=True)
class Response:
    """What is sealed: the respondent's secret k, the revision, the status and the record."""

    secret: bytes = field(repr=False)
    revision: int
    status: Status
    record: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        return self.secret + self.revision.to_bytes(2) + self.status.to_bytes(1) + self.record


class SealingKey:
    """The tally's private key of one round: a 32-byte X-Wing seed. Prints redacted, is never pickled."""

    __slots__ = ("_private", "_seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError("A sealing key is a seed of 32 bytes.")
        # X-Wing's key derivation: SHAKE-256 stretches the seed to the ML-KEM seed and the X25519 key.
        expanded = hashlib.shake_256(seed).digest(96)
        self._seed = seed
        self._private = MLKEM768X25519PrivateKey(
            mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
        )

    def __repr__(self) -> str:
        return "SealingKey(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("A sealing key is not pickled.")

    def to_seed(self) -> bytes:
        """For the key file (0600) only."""
        return self._seed

    @property
    def public(self) -> bytes:
        """The two raw public keys joined, ML-KEM first: 1,216 bytes."""
        expanded = hashlib.shake_256(self._seed).digest(96)
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key()
        dh = x25519.X25519PrivateKey.from_private_bytes(expanded[64:]).public_key()
        return kem.public_bytes_raw() + dh.public_bytes_raw()

    def open(self, sealed: bytes, round_id: bytes, nonce: bytes) -> Response:
        """Open one sealed response and check that it belongs under `nonce`.

        The nonce in `info` stops a response from being copied under another token; k inside, whose hash the
        nonce is, stops whoever holds tokens but no k from writing a response of their own.
        Raises: Unopenable.
        """
        try:
            plain = SUITE.decrypt(sealed, self._private, info=_info(round_id, nonce))
        except (InvalidTag, ValueError):
            raise Unopenable("A sealed response does not open under this round's key.") from None
        if len(plain) < _HEAD_BYTES or plain[34] not in (Status.ANSWERS, Status.WITHDRAWN):
            raise Unopenable("A sealed response is not made as the protocol says.")
        response = Response(plain[:32], int.from_bytes(plain[32:34]), Status(plain[34]), plain[_HEAD_BYTES:])
        if nonce_of(response.secret) != nonce:
            raise Unopenable("A sealed response was not written by the holder of its token.")
        return response


class SealingPublicKey:
    """The public half, as the manifest carries it."""

    __slots__ = ("_public",)

    def __init__(self, public: bytes) -> None:
        """Raises: ValueError unless `public` is 1,216 bytes that are two valid public keys."""
        if len(public) != PUBLIC_BYTES:
            raise ValueError("A public sealing key has 1,216 bytes.")
        self._public = MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(public[:1184]),
            x25519.X25519PublicKey.from_public_bytes(public[1184:]),
        )

    def seal(self, response: Response, round_id: bytes) -> bytes:
        """`enc` and ciphertext. Every response of one form has the same length, whatever it says."""
        if not 1 <= response.revision <= MAX_REVISION:
            raise ValueError("A revision is a number from 1 to 65535.")
        return SUITE.encrypt(response.to_bytes(), self._public, info=_info(round_id, nonce_of(response.secret)))


def sealed_length(record_length: int) -> int:
    """Bytes of a sealed response for a form whose records have `record_length` bytes."""
    return ENC_BYTES + _HEAD_BYTES + record_length + TAG_BYTES


def _info(round_id: bytes, nonce: bytes) -> bytes:
    return _LABEL + round_id + nonce
