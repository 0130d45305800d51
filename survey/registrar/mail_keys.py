"""The key under which a round's mail addresses are hashed: without it a hash tells nothing, not even to who guesses."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final, NewType

from survey.registrar.mail_addresses import MailAddress

KEY_BYTES: Final = 32
NO_DOMAIN: Final = bytes(32)
_ADDRESS: Final = b"subrosa/mail-address/v1"
_DOMAIN: Final = b"subrosa/mail-domain/v1"

AddressHash = NewType("AddressHash", bytes)


class MailKey:
    """One round's secret key. It is destroyed at closing: from then on no address can be compared with what is kept."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Raises: ValueError if these are not 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError("The round's key for mail addresses is damaged; cancel the round and open another.")
        self._key = key

    def __repr__(self) -> str:
        return "MailKey(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("A key for mail addresses is not pickled.")

    @classmethod
    def generate(cls) -> MailKey:
        return cls(secrets.token_bytes(KEY_BYTES))

    def to_bytes(self) -> bytes:
        return self._key

    def address_hash(self, round_id: bytes, address: MailAddress) -> AddressHash:
        return AddressHash(self._hash(_ADDRESS, round_id, address.counted))

    def domain_hash(self, round_id: bytes, address: MailAddress) -> bytes:
        return self._hash(_DOMAIN, round_id, address.domain)

    def _hash(self, label: bytes, round_id: bytes, text: str) -> bytes:
        # Label and round id have fixed lengths, so that no two inputs can be joined to the same bytes.
        return hmac.digest(self._key, label + round_id + text.encode("ascii"), hashlib.sha256)
