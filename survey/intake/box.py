"""The ballot box: one sealed response a token, the highest revision kept, in no order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from storage.address import Address
from storage.opening import open_database, server_weaknesses
from storage.settling import settle
from storage.transactions import beside, insert_new, writing
from survey.intake.tables import SCHEMA, ballots, box_states

DATABASE: Final = "intake.sqlite"


class Stored(Enum):
    """What became of a submission."""

    NEW = "new"
    KEPT = "kept"  # stored before, or now in place of an older revision
    OLDER = "older"
    OTHER_BYTES = "other bytes"
    BOX_CLOSED = "box closed"


class BallotBox:
    """The intake's store. Every method is one transaction; what it reports as stored is on disk."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, address: Address) -> BallotBox:
        """The box at this address, made if there is none."""
        return cls(open_database(address, SCHEMA))

    def put(self, round_id: bytes, nonce: bytes, revision: int, authenticator: bytes, sealed: bytes) -> Stored:
        """Store a submission whose token has been checked.

        The highest revision wins whatever the order of arrival; the first bytes of a revision win. However many
        processes store at once, each nonce has one row, and nothing goes in beside a closing.
        """
        key = (ballots.c.round_id == round_id) & (ballots.c.nonce == nonce)
        content = {"revision": revision, "authenticator": authenticator, "sealed": sealed}
        with beside(self._engine) as connection:
            if _state(connection, round_id) is not None:
                return Stored.BOX_CLOSED
            row = {"round_id": round_id, "nonce": nonce, **content}
            if connection.execute(insert_new(connection, ballots).values(**row)).rowcount == 1:
                return Stored.NEW
            query = select(ballots.c.revision, ballots.c.sealed).where(key).with_for_update()
            old = connection.execute(query).one()
            if revision < old.revision:
                return Stored.OLDER
            if revision == old.revision:
                return Stored.KEPT if sealed == old.sealed else Stored.OTHER_BYTES
            connection.execute(update(ballots).where(key).values(**content))
            return Stored.KEPT

    def count(self, round_id: bytes) -> int:
        """How many tokens have a response here: for the host's operations, never for a release."""
        with self._engine.connect() as connection:
            query = select(func.count()).where(ballots.c.round_id == round_id)
            return int(connection.execute(query).scalar_one())

    def ballots(
        self, round_id: bytes, start: bytes = b"", end: bytes | None = None
    ) -> Iterator[tuple[bytes, int, bytes, bytes]]:
        """Ballots as (nonce, revision, authenticator, sealed), in strictly increasing nonce order.

        start, end: only nonces from `start` on and below `end`.
        """
        columns = (ballots.c.nonce, ballots.c.revision, ballots.c.authenticator, ballots.c.sealed)
        query = select(*columns).where(ballots.c.round_id == round_id, ballots.c.nonce >= start)
        if end is not None:
            query = query.where(ballots.c.nonce < end)
        query = query.order_by(ballots.c.nonce).execution_options(yield_per=1000)
        # Closed here, also where nobody reads to the end: a server would keep the reading, and its locks, open.
        with self._engine.connect() as connection, connection.execute(query) as found:
            for row in found:
                yield row.nonce, row.revision, row.authenticator, row.sealed

    def state(self, round_id: bytes) -> str | None:
        """None while the box takes ballots, else "closed" or "destroyed"."""
        with self._engine.connect() as connection:
            return _state(connection, round_id)

    def close(self, round_id: bytes) -> None:
        """No ballot goes in after this, not even one already on its way; the order of arrival is removed."""
        with writing(self._engine) as connection:
            if _state(connection, round_id) is None:
                connection.execute(insert(box_states).values(round_id=round_id, state="closed"))
        settle(self._engine)

    def destroy(self, round_id: bytes) -> None:
        """Delete every ballot of the round, overwrite their pages and close the box for good."""
        with writing(self._engine) as connection:
            connection.execute(delete(ballots).where(ballots.c.round_id == round_id))
            connection.execute(delete(box_states).where(box_states.c.round_id == round_id))
            connection.execute(insert(box_states).values(round_id=round_id, state="destroyed"))
        settle(self._engine)

    def release(self) -> None:
        """Close every connection: none may be carried over a fork into a worker."""
        self._engine.dispose()

    def settle(self) -> None:
        """Remove the order of arrival from the file and its log."""
        settle(self._engine)

    def server_weaknesses(self) -> tuple[str, ...]:
        """What of its server's settings keeps the order of arrival longer than need be."""
        return server_weaknesses(self._engine)


def _state(connection: Connection, round_id: bytes) -> str | None:
    query = select(box_states.c.state).where(box_states.c.round_id == round_id)
    return connection.execute(query).scalar_one_or_none()
