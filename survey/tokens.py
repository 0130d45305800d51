"""Privacy Pass tokens, publicly verifiable type 0x0002: the bytes, and the one check a verifier makes.

Source: RFC 9578 section 6 (messages), RFC 9577 sections 2.1 and 2.2 (challenge, token, HTTP scheme),
RFC 9474 (RSABSSA-SHA384-PSS-Deterministic: salt of 48 bytes, identity preparation).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

TOKEN_TYPE: Final = 0x0002
MODULUS_BYTES: Final = 256
NONCE_BYTES: Final = 32
TOKEN_BYTES: Final = 2 + 32 + 32 + 32 + MODULUS_BYTES
REQUEST_BYTES: Final = 2 + 1 + MODULUS_BYTES
PUBLIC_EXPONENT: Final = 65537

# The one DER form of a 2048-bit RSASSA-PSS key with SHA-384 that RFC 9578 section 6.5 asks for. It is spelled
# out because `token_key_id` is a digest of these bytes, and libraries that read the key write it back otherwise.
_SPKI_HEAD: Final = bytes.fromhex(
    "30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f70d010108300b"
    "0609608648016503040202a2030201300382010f003082010a0282010100"
)
_SPKI_TAIL: Final = bytes.fromhex("0203010001")
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)


class MalformedToken(ValueError):
    """Bytes that are no token, token request, challenge or token key of type 0x0002."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """An issuer's public key: 2048-bit modulus, exponent 65537."""

    modulus: int
    verifier: rsa.RSAPublicKey = field(compare=False, repr=False)

    @classmethod
    def from_modulus(cls, modulus: int) -> TokenKey:
        if modulus.bit_length() != 8 * MODULUS_BYTES:
            raise MalformedToken("A token key must be an RSA key of 2048 bits.")
        return cls(modulus, rsa.RSAPublicNumbers(PUBLIC_EXPONENT, modulus).public_key())

    @classmethod
    def from_spki(cls, spki: bytes) -> TokenKey:
        """Read the key as it stands in a manifest. Only the one canonical encoding is accepted."""
        modulus = spki[len(_SPKI_HEAD) : len(_SPKI_HEAD) + MODULUS_BYTES]
        if len(modulus) != MODULUS_BYTES or spki != _SPKI_HEAD + modulus + _SPKI_TAIL:
            raise MalformedToken("A token key must be an RSASSA-PSS key of 2048 bits with SHA-384.")
        return cls.from_modulus(int.from_bytes(modulus))

    @property
    def spki(self) -> bytes:
        return _SPKI_HEAD + self.modulus.to_bytes(MODULUS_BYTES) + _SPKI_TAIL

    @property
    def key_id(self) -> bytes:
        """`token_key_id`, 32 bytes."""
        return hashlib.sha256(self.spki).digest()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is RSASSA-PSS (SHA-384, salt 48) of `message`: exactly one RSA operation."""
        try:
            self.verifier.verify(signature, message, _PSS, hashes.SHA384())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class TokenChallenge:
    """RFC 9577 section 2.1.1. The same for everyone in a round: the round id is the redemption context."""

    issuer_name: str
    origin_info: str
    redemption_context: bytes

    def to_bytes(self) -> bytes:
        issuer, origin = self.issuer_name.encode(), self.origin_info.encode()
        if len(self.redemption_context) not in (0, 32):
            raise MalformedToken("A redemption context has 32 bytes or none.")
        return b"".join(
            (
                TOKEN_TYPE.to_bytes(2),
                len(issuer).to_bytes(2),
                issuer,
                len(self.redemption_context).to_bytes(1),
                self.redemption_context,
                len(origin).to_bytes(2),
                origin,
            )
        )

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.to_bytes()).digest()


@dataclass(frozen=True, slots=True)
class Token:
    """RFC 9577 section 2.2. Who holds the 354 bytes can spend it, hence the silent repr."""

    nonce: bytes = field(repr=False)
    challenge_digest: bytes = field(repr=False)
    key_id: bytes = field(repr=False)
    authenticator: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        return authenticator_input(self.nonce, self.challenge_digest, self.key_id) + self.authenticator

    @classmethod
    def from_bytes(cls, data: bytes) -> Token:
        if len(data) != TOKEN_BYTES or data[:2] != TOKEN_TYPE.to_bytes(2):
            raise MalformedToken("This is not a token of type 0x0002.")
        return cls(data[2:34], data[34:66], data[66:98], data[98:])


# What is verified in place of a malformed token: below every modulus, so that the whole operation is done.
_STAND_IN: Final = Token(bytes(32), bytes(32), bytes(32), b"\x5a" * MODULUS_BYTES)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """RFC 9578 section 6.1: what the registrar is asked to sign without seeing it."""

    truncated_key_id: int
    blinded_message: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        return TOKEN_TYPE.to_bytes(2) + self.truncated_key_id.to_bytes(1) + self.blinded_message

    @classmethod
    def from_bytes(cls, data: bytes) -> TokenRequest:
        if len(data) != REQUEST_BYTES or data[:2] != TOKEN_TYPE.to_bytes(2):
            raise MalformedToken("This is not a token request of type 0x0002.")
        return cls(data[2], data[3:])


def authenticator_input(nonce: bytes, challenge_digest: bytes, key_id: bytes) -> bytes:
    """The 98 bytes that the issuer signs blindly."""
    return TOKEN_TYPE.to_bytes(2) + nonce + challenge_digest + key_id


def nonce_of(secret: bytes) -> bytes:
    """The token's nonce for a respondent's secret k: only who knows k can write a response under it."""
    return hashlib.sha256(secret).digest()


def authorization(token: Token) -> str:
    """The `Authorization` header that spends a token (RFC 9577 section 2.2)."""
    return f'PrivateToken token="{base64.urlsafe_b64encode(token.to_bytes()).decode()}"'


def www_authenticate(challenge: TokenChallenge, key: TokenKey) -> str:
    """The `WWW-Authenticate` header that asks for a token (RFC 9577 section 2.1)."""
    encoded = base64.urlsafe_b64encode(challenge.to_bytes()).decode()
    return f'PrivateToken challenge="{encoded}", token-key="{base64.urlsafe_b64encode(key.spki).decode()}"'


def parse_authorization(header: str | None) -> Token:
    """The token in an `Authorization` header; quotes and base64 padding may be left out.

    Raises: MalformedToken for everything else, always with the same text.
    """
    scheme, _, rest = (header or "").strip().partition(" ")
    name, _, value = rest.strip().partition("=")
    if scheme.lower() != "privatetoken" or name.strip().lower() != "token":
        raise MalformedToken("This is not a token of type 0x0002.")
    text = value.strip().strip('"').rstrip("=")
    if len(text) != -(-TOKEN_BYTES * 8 // 6):
        raise MalformedToken("This is not a token of type 0x0002.")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedToken("This is not a token of type 0x0002.") from None
    return Token.from_bytes(raw)


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Accepts the tokens of one round: its issuer key and its challenge."""

    key: TokenKey
    key_id: bytes
    challenge_digest: bytes

    @classmethod
    def of(cls, key: TokenKey, challenge: TokenChallenge) -> TokenVerifier:
        return cls(key, key.key_id, challenge.digest)

    def accepts(self, nonce: bytes, authenticator: bytes) -> bool:
        """Whether the round's issuer signed this nonce: one RSA verification, whatever the input."""
        return self.key.verifies(authenticator_input(nonce, self.challenge_digest, self.key_id), authenticator)

    def admit(self, header: str | None) -> Token | None:
        """The token in a header if it is of this round, else None, after exactly one RSA verification.

        A malformed header and a token of another round cost the same operation as a forged one, so that
        neither the answer nor the time taken says why a token was turned away.
        """
        try:
            token = parse_authorization(header)
        except MalformedToken:
            token = _STAND_IN
        signed = self.accepts(token.nonce, token.authenticator)
        bound = token.challenge_digest == self.challenge_digest and token.key_id == self.key_id
        return token if signed and bound else None
