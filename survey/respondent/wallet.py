"""The state of a bulk entry, on disk before each step that could lose something.

Whoever holds this file can change the responses it lists until the round closes, and can tell which row is which:
it is made with mode 0600 and is to be deleted when all is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
    update,
)

from survey.database import open_database, writing
from survey.respondent.ticket import Ticket

_metadata: Final = MetaData()

entries: Final = Table(
    "entries",
    _metadata,
    Column("row", Integer, primary_key=True),
    Column("input_digest", LargeBinary(32), nullable=False),
    Column("secret", LargeBinary(32), nullable=False),
    Column("inverse", LargeBinary, nullable=False),
    Column("blinded_message", LargeBinary, nullable=False),
    Column("authenticator", LargeBinary),
    Column("sealed", LargeBinary),
    Column("sent", Boolean, nullable=False, default=False),
)


class StateMismatch(ValueError):
    """The state file was made for other answers, codes or another round."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the answers and how far it has come."""

    row: int
    ticket: Ticket
    authenticator: bytes | None = field(repr=False)
    sealed: bytes | None = field(repr=False)
    sent: bool


class Wallet:
    """Tickets, tokens and sealed responses of one bulk entry, by row number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> Wallet:
        return cls(open_database(path, _metadata))

    def close(self) -> None:
        """Leave one file and no log beside it: when that file is deleted, everything is."""
        self._engine.dispose()

    def known(self, inputs: Sequence[bytes]) -> int:
        """How many rows have a ticket. Raises: StateMismatch unless they were made from the same inputs."""
        query = select(entries.c.row, entries.c.input_digest).order_by(entries.c.row)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        if any(r.row >= len(inputs) or inputs[r.row] != r.input_digest for r in rows):
            raise StateMismatch(
                "The state file belongs to other answers, codes or another round; name a new one with --state."
            )
        return len(rows)

    def add(self, tickets: Iterable[tuple[int, bytes, Ticket]]) -> None:
        """Save new tickets: (row, digest of its input, ticket)."""
        rows = [
            {
                "row": row,
                "input_digest": digest,
                "secret": ticket.secret,
                "inverse": ticket.inverse.to_bytes(256),
                "blinded_message": ticket.blinded_message,
            }
            for row, digest, ticket in tickets
        ]
        with writing(self._engine) as connection:
            connection.execute(insert(entries), rows)

    def unsent(self) -> list[Entry]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(entries).where(~entries.c.sent).order_by(entries.c.row)).all()
        return [
            Entry(
                r.row,
                Ticket(r.secret, int.from_bytes(r.inverse), r.blinded_message),
                r.authenticator,
                r.sealed,
                r.sent,
            )
            for r in rows
        ]

    def sent(self) -> int:
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).where(entries.c.sent)).scalar_one())

    def save_tokens(self, tokens: Iterable[tuple[int, bytes]]) -> None:
        self._set([(row, {"authenticator": authenticator}) for row, authenticator in tokens])

    def save_sealed(self, sealed: Iterable[tuple[int, bytes]]) -> None:
        """Saved before sending, so that a retry sends the same bytes under the same revision."""
        self._set([(row, {"sealed": data}) for row, data in sealed])

    def save_sent(self, rows: Iterable[int]) -> None:
        self._set([(row, {"sent": True}) for row in rows])

    def _set(self, changes: list[tuple[int, dict[str, object]]]) -> None:
        with writing(self._engine) as connection:
            for row, values in changes:
                connection.execute(update(entries).where(entries.c.row == row).values(**values))


def input_digest(round_id: bytes, code: str, record: bytes) -> bytes:
    """What ties a row of the state to its code, its answers and its round."""
    return hashlib.sha256(b"\0".join((round_id, code.encode(), record))).digest()
