"""The respondent's half of a blind signature: blind a message, and unblind what comes back.

Source: RFC 9474, RSABSSA-SHA384-PSS-Deterministic. The arithmetic here runs on the respondent's own machine
on one-time values; the issuer's private key is never near it (that is `survey.registrar.issuing`).
"""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass, field
from typing import Final

from survey.tokens import PUBLIC_EXPONENT, TokenKey

SALT_BYTES: Final = 48
_DIGEST_BYTES: Final = 48


class BadSignature(ValueError):
    """The issuer's answer is not a signature of the message that was blinded."""


@dataclass(frozen=True, slots=True)
class Blinded:
    """A blinded message, safe to send, and the inverse that unblinds its signature, to be kept."""

    message: bytes = field(repr=False)
    inverse: int = field(repr=False)


def blind(key: TokenKey, message: bytes) -> Blinded:
    """Blind `message` with fresh salt and a fresh blinding factor.

    Guarantee: the blinded message is uniform modulo n and independent of `message`, so that the issuer learns
    nothing, whatever its computing power.
    """
    encoded = int.from_bytes(emsa_pss(message, secrets.token_bytes(SALT_BYTES), key.modulus.bit_length() - 1))
    factor = 0
    while factor == 0 or math.gcd(factor, key.modulus) != 1:
        factor = secrets.randbelow(key.modulus)
    return blind_with(key.modulus, encoded, factor)


def blind_with(modulus: int, encoded: int, factor: int) -> Blinded:
    """RFC 9474 section 4.2 with the randomness given."""
    if math.gcd(encoded, modulus) != 1:
        raise ValueError("The encoded message shares a factor with the modulus: this token key is broken.")
    size = (modulus.bit_length() + 7) // 8
    blinded = encoded * pow(factor, PUBLIC_EXPONENT, modulus) % modulus
    return Blinded(blinded.to_bytes(size), pow(factor, -1, modulus))


def finalize(key: TokenKey, message: bytes, blind_signature: bytes, inverse: int) -> bytes:
    """The signature of `message`, checked (RFC 9474 section 4.4).

    Raises: BadSignature if the issuer signed something else, or with another key.
    """
    size = (key.modulus.bit_length() + 7) // 8
    if len(blind_signature) != size:
        raise BadSignature("The registrar's answer has the wrong length; tell the society.")
    signature = (int.from_bytes(blind_signature) * inverse % key.modulus).to_bytes(size)
    if not key.verifies(message, signature):
        raise BadSignature("The registrar's signature is not valid under the key of this round; tell the society.")
    return signature


def emsa_pss(message: bytes, salt: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 and MGF1 (RFC 8017 section 9.1.1), `bits` = modulus bits - 1."""
    size = (bits + 7) // 8
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = b"\x01".rjust(size - len(salt) - _DIGEST_BYTES - 1, b"\0") + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mgf1(digest, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + digest + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    blocks = (hashlib.sha384(seed + i.to_bytes(4)).digest() for i in range(-(-length // _DIGEST_BYTES)))
    return b"".join(blocks)[:length]
