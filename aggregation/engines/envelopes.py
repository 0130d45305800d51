"""Messages that only the tally and one worker can read, whatever lies between them and writes logs.

TLS ends at the scheduler, which passes on what tally and workers say to each other; and Dask logs the raw bytes of a
message that it cannot read. So the private key goes out, and counts come back, sealed once more, from end to end.
Source: RFC 9180 base mode, with the same hybrid suite as responses.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from survey.sealing import SUITE

_KEM_BYTES: Final = 1184


class NotOurs(ValueError):
    """A message that was not sealed to this key for this purpose."""


class EnvelopeKey:
    """A key pair for one run. It exists in the memory of one process and is never written or sent."""

    __slots__ = ("_private", "public")

    def __init__(self) -> None:
        kem, dh = mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate()
        self._private = MLKEM768X25519PrivateKey(kem, dh)
        self.public = kem.public_key().public_bytes_raw() + dh.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "EnvelopeKey(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("An envelope key is not pickled.")

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises: NotOurs."""
        try:
            return SUITE.decrypt(sealed, self._private, info=purpose.encode())
        except (InvalidTag, ValueError, TypeError):
            raise NotOurs("A message does not open under the key of this run.") from None


def enclose(public: bytes, plain: bytes, purpose: str) -> bytes:
    """Seal `plain` to whoever has the private half. Raises: ValueError if `public` is no public key."""
    kem = mlkem.MLKEM768PublicKey.from_public_bytes(public[:_KEM_BYTES])
    dh = x25519.X25519PublicKey.from_public_bytes(public[_KEM_BYTES:])
    return SUITE.encrypt(plain, MLKEM768X25519PublicKey(kem, dh), info=purpose.encode())
