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
    insert,
    select,
    update,
)

from storage.opening import open_database
from storage.schema import Schema
from storage.transactions import writing
from survey.respondent.ticket import Ticket

_metadata: Final = MetaData()

entries: Final = Table(
    "entries",
    _metadata,
    Column("row", Integer, primary_key=True),
    Column("code_digest", LargeBinary(32), nullable=False),
    Column("record_digest", LargeBinary(32), nullable=False),
    Column("secret", LargeBinary(32), nullable=False),
    Column("inverse", LargeBinary, nullable=False),
    Column("blinded_message", LargeBinary, nullable=False),
    Column("authenticator", LargeBinary),
    Column("revision", Integer, nullable=False, default=1),
    Column("sealed", LargeBinary),
    Column("sent", Boolean, nullable=False, default=False),
)

_SCHEMA: Final = Schema("entry", _metadata, Path(__file__).with_name("migrations"), "0001")


class StateMismatch(ValueError):
    """The state file was made for other codes or another round."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the answers and how far it has come."""

    row: int
    ticket: Ticket
    authenticator: bytes | None = field(repr=False)
    revision: int
    sealed: bytes | None = field(repr=False)
    sent: bool


class Wallet:
    """Tickets, tokens and sealed responses of one bulk entry, by row number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> Wallet:
        return cls(open_database(path, _SCHEMA))

    def close(self) -> None:
        """Leave one file and no log beside it: when that file is deleted, everything is."""
        self._engine.dispose()

    def known(self, code_digests: Sequence[bytes]) -> int:
        """How many rows have a ticket. Raises: StateMismatch unless they were made with the same codes."""
        query = select(entries.c.row, entries.c.code_digest).order_by(entries.c.row)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        if any(r.row >= len(code_digests) or code_digests[r.row] != r.code_digest for r in rows):
            raise StateMismatch(
                "The state file belongs to other codes, to another round, or to a table whose first rows were other "
                "ones: give the same codes in the same order, and add new rows at the end."
            )
        return len(rows)

    def change(self, record_digests: Sequence[bytes]) -> int:
        """Note which known rows have other answers now; they are to be sent as a further revision. How many.

        A response that was sealed may have arrived even if nobody said so, hence a revision above it.
        """
        query = select(entries.c.row, entries.c.record_digest, entries.c.revision, entries.c.sealed)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        changes: list[tuple[int, dict[str, object]]] = [
            (
                r.row,
                {
                    "record_digest": record_digests[r.row],
                    "revision": r.revision + (r.sealed is not None),
                    "sealed": None,
                    "sent": False,
                },
            )
            for r in rows
            if record_digests[r.row] != r.record_digest
        ]
        self._set(changes)
        return len(changes)

    def add(self, tickets: Iterable[tuple[int, bytes, bytes, Ticket]]) -> None:
        """Save new tickets: (row, digest of its code, digest of its record, ticket)."""
        rows = [
            {
                "row": row,
                "code_digest": code_digest,
                "record_digest": record_digest,
                "secret": ticket.secret,
                "inverse": ticket.inverse.to_bytes(256),
                "blinded_message": ticket.blinded_message,
            }
            for row, code_digest, record_digest, ticket in tickets
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
                r.revision,
                r.sealed,
                r.sent,
            )
            for r in rows
        ]

    def sent(self) -> frozenset[int]:
        """The rows whose response the intake has confirmed."""
        with self._engine.connect() as connection:
            return frozenset(connection.execute(select(entries.c.row).where(entries.c.sent)).scalars())

    def save_tokens(self, tokens: Iterable[tuple[int, bytes]]) -> None:
        self._set([(row, {"authenticator": authenticator}) for row, authenticator in tokens])

    def save_sealed(self, sealed: Iterable[tuple[int, bytes]]) -> None:
        """Saved before sending, so that a retry sends the same bytes under the same revision."""
        self._set([(row, {"sealed": data}) for row, data in sealed])

    def save_sent(self, rows: Iterable[int]) -> None:
        self._set([(row, {"sent": True}) for row in rows])

    def forget_sent(self) -> None:
        """Every row counts as unsent again; bytes and revisions stay as they were sealed."""
        with writing(self._engine) as connection:
            connection.execute(update(entries).values(sent=False))

    def _set(self, changes: list[tuple[int, dict[str, object]]]) -> None:
        with writing(self._engine) as connection:
            for row, values in changes:
                connection.execute(update(entries).where(entries.c.row == row).values(**values))


def code_digest(round_id: bytes, code: str) -> bytes:
    """What ties a row of the state to its code and its round."""
    return hashlib.sha256(round_id + code.encode()).digest()


def record_digest(record: bytes) -> bytes:
    """What tells whether a row's answers have changed since they were sealed."""
    return hashlib.sha256(record).digest()
