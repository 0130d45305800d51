"""Open requests for a code by mail: in memory only, bounded in number, gone a quarter of an hour after their turn."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

from survey.registrar.mail_keys import AddressHash
from survey.rounds.times import Clock

VALID_FOR: Final = timedelta(minutes=15)
ATTEMPTS: Final = 5
MOST_PENDING: Final = 10_000
DIGITS: Final = 8


class RequestKey(NamedTuple):
    """Which open request: a round, and 16 random bytes of the client's choice."""

    round_id: bytes
    request: bytes


class Entered(Enum):
    """What became of a request for a code."""

    NEW = "new"
    SAME = "same"
    OTHER_ADDRESS = "other address"
    FULL = "full"


class WrongCode(Exception):
    """Not the code that was mailed for this request."""


class CodeOver(Exception):
    """No such request, or its code expired, or was tried too often."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a right code proves: hashes under the round's key."""

    address: AddressHash = field(repr=False)
    domain: bytes = field(repr=False)


@dataclass(slots=True)
class _Pending:
    address_tag: bytes = field(repr=False)
    verified: Verified
    expires: datetime
    # What no digits give, until a code is mailed; it stays that where none is, so that nobody can tell the two apart.
    code_tag: bytes = field(repr=False, default_factory=lambda: secrets.token_bytes(32))
    attempts: int = 0


class PendingRequests:
    """Requests by their key. Not safe to share by threads: its owner holds a lock."""

    def __init__(self, clock: Clock, most: int = MOST_PENDING) -> None:
        self._clock, self._most = clock, most
        self._key = secrets.token_bytes(32)
        self._requests: dict[RequestKey, _Pending] = {}  # in the order in which they expire

    def __repr__(self) -> str:
        return "PendingRequests(<redacted>)"

    def enter(self, key: RequestKey, counted: str, verified: Verified) -> Entered:
        """Open a request for which no digits are right yet."""
        self.forget_expired()
        tag = self._tag(counted.encode())
        known = self._requests.get(key)
        if known is not None:
            return Entered.SAME if hmac.compare_digest(known.address_tag, tag) else Entered.OTHER_ADDRESS
        if len(self._requests) >= self._most:
            return Entered.FULL
        self._requests[key] = _Pending(tag, verified, self._clock() + VALID_FOR)
        return Entered.NEW

    def renew(self, key: RequestKey) -> bool:
        """Whether the request is open still; if so its time begins anew.

        To be called for every request whose turn it is: whoever gets no mail would be told so by an earlier end.
        """
        self.forget_expired()
        pending = self._requests.pop(key, None)
        if pending is None:
            return False
        pending.expires = self._clock() + VALID_FOR
        self._requests[key] = pending
        return True

    def draw_code(self, key: RequestKey) -> str:
        """A fresh code for an open request, kept as a hash only. Raises: KeyError if it is not open."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        self._requests[key].code_tag = self._code_tag(key, code)
        return code

    def drop(self, key: RequestKey) -> None:
        self._requests.pop(key, None)

    def verify(self, key: RequestKey, digits: str) -> Verified:
        """What the code proves; a right one may be given again until it expires.

        Raises: WrongCode; CodeOver, from the sixth attempt on for right ones too.
        """
        self.forget_expired()
        pending = self._requests.get(key)
        if pending is None or pending.attempts >= ATTEMPTS:
            raise CodeOver
        if not hmac.compare_digest(pending.code_tag, self._code_tag(key, digits)):
            pending.attempts += 1
            raise WrongCode
        return pending.verified

    def _code_tag(self, key: RequestKey, digits: str) -> bytes:
        return self._tag(b"".join(key) + digits.encode())

    def _tag(self, what: bytes) -> bytes:
        return hmac.digest(self._key, what, hashlib.sha256)

    def forget_expired(self) -> None:
        """Drop requests whose time is over, with all that was known of their addresses."""
        now = self._clock()
        while self._requests:
            key, oldest = next(iter(self._requests.items()))
            if oldest.expires > now:
                return
            del self._requests[key]
