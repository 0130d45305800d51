"""When a round is open: the manifest's dates, and the signed statements that may follow them.

A statement can move the closing date up to `closes_latest`, close the round, or cancel it. It never changes the
manifest or the round's id. The one with the highest serial counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey.rounds.manifest import Manifest
from survey.rounds.schema import SignedStatementSchema, StatementSchema, load_strictly
from survey.rounds.times import instant, stamp

FORMAT: Final = "subrosa/closing/v1"


class StatementError(ValueError):
    """A closing statement that is malformed, unsigned, or not of this round."""


class State(Enum):
    """What a host has said of a round. Dates are judged apart from this."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Phase(Enum):
    """Where a round is at a given moment."""

    NOT_YET_OPEN = "not yet open"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the host has last said of the closing of a round."""

    round_id: str
    state: State
    closes: datetime
    serial: int

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "round": self.round_id,
            "state": self.state.value,
            "closes": stamp(self.closes),
            "serial": self.serial,
        }


def sign_statement(statement: Statement, host_key: Ed25519PrivateKey) -> bytes:
    document = statement.to_json()
    return rfc8785.dumps({"statement": document, "signature": host_key.sign(rfc8785.dumps(document)).hex()})


def read_statement(served: bytes, manifest: Manifest) -> Statement:
    """Read and check a statement for `manifest`. Raises: StatementError."""
    try:
        document = json.loads(served)
    except (ValueError, RecursionError):
        raise StatementError("This closing statement is not JSON.") from None
    signed = load_strictly(SignedStatementSchema(), document, StatementError)
    data = load_strictly(StatementSchema(), signed["statement"], StatementError)
    try:
        Ed25519PublicKey.from_public_bytes(manifest.host_key).verify(
            bytes.fromhex(signed["signature"]), rfc8785.dumps(signed["statement"])
        )
        closes = instant(data["closes"])
    except (InvalidSignature, ValueError):
        raise StatementError("This closing statement is not signed by the round's host.") from None
    if data["round"] != manifest.id or closes > manifest.closes_latest:
        raise StatementError("This closing statement is not of this round, or later than the round allows.")
    return Statement(data["round"], State(data["state"]), closes, data["serial"])


def phase(manifest: Manifest, statement: Statement | None, now: datetime) -> Phase:
    """Where the round is at `now`."""
    if statement is not None and statement.state is State.CANCELLED:
        return Phase.CANCELLED
    closes = statement.closes if statement is not None else manifest.closes
    if (statement is not None and statement.state is State.CLOSED) or now >= closes:
        return Phase.CLOSED
    return Phase.OPEN if now >= manifest.opens else Phase.NOT_YET_OPEN
