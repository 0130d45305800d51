"""The tombstone of a release: the host's signed word that it stands by none of its revisions any longer.

It lies beside the release, `<round id>.withdrawn.json`. No file of the release is changed by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey.rounds.plain_text import one_line
from survey.rounds.times import day

FORMAT: Final = "subrosa/withdrawal/v1"
SUFFIX: Final = ".withdrawn.json"
LONGEST: Final = 64 * 1024
_ABSURD: Final = (ValueError, TypeError, KeyError, RecursionError, rfc8785.CanonicalizationError)


class WithdrawalError(ValueError):
    """A tombstone that is malformed, unsigned, or not of this release."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That a release was withdrawn: why, and on which day (ISO 8601)."""

    round_id: str
    reason: str
    day: str
    host_key: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "round": self.round_id,
            "reason": self.reason,
            "day": self.day,
            "host_key": self.host_key.hex(),
        }


def sign_withdrawal(withdrawal: Withdrawal, host_key: Ed25519PrivateKey) -> bytes:
    """The file: tombstone and signature as one canonical JSON object."""
    document = withdrawal.to_json()
    return rfc8785.dumps({"withdrawal": document, "signature": host_key.sign(rfc8785.dumps(document)).hex()})


def read_withdrawal(data: bytes, round_id: str, host_key: bytes) -> Withdrawal:
    """Read and check the tombstone of this round's release, signed with the key that its manifest names.

    Raises: WithdrawalError.
    """
    try:
        signed = json.loads(data)
        document = signed["withdrawal"]
        found = Withdrawal(round_id, one_line(document["reason"]), day(document["day"]), host_key)
        # Read otherwise than it stands there, it would be another document than the one that was signed.
        whole = rfc8785.dumps({"withdrawal": found.to_json(), "signature": signed["signature"]}) == data
        Ed25519PublicKey.from_public_bytes(host_key).verify(bytes.fromhex(signed["signature"]), rfc8785.dumps(document))
    except InvalidSignature:
        whole = False
    except _ABSURD:
        raise WithdrawalError("This is not the withdrawal of a release.") from None
    if not whole:
        raise WithdrawalError("This withdrawal is not of this release, or not signed by the round's host.")
    return found


def read_claimed_withdrawal(data: bytes, round_id: str) -> Withdrawal:
    """The same where no manifest is at hand: signed with the key that it names itself, whosever that may be.

    Raises: WithdrawalError.
    """
    try:
        key = bytes.fromhex(json.loads(data)["withdrawal"]["host_key"])
    except _ABSURD:
        raise WithdrawalError("This is not the withdrawal of a release.") from None
    return read_withdrawal(data, round_id, key)
