"""The ballot box: one sealed response a token, the highest revision kept, in no order of arrival."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, delete, exists, func, insert, select, update

from storage.address import Address
from storage.checking import check_works
from storage.opening import open_database, server_weaknesses
from storage.outages import tell_outages
from storage.settling import settle
from storage.transactions import begun, beside, insert_new, writing
from survey.intake.tables import SCHEMA, ballots, box_states
from survey.intake.together import Together

DATABASE: Final = "intake.sqlite"


class Stored(Enum):
    """What became of a submission."""

    NEW = "new"
    KEPT = "kept"  # stored before, or now in place of an older revision
    OLDER = "older"
    OTHER_BYTES = "other bytes"
    BOX_CLOSED = "box closed"


@dataclass(frozen=True, slots=True)
class Submission:
    """A sealed response under its token, which has been checked."""

    round_id: bytes
    nonce: bytes = field(repr=False)
    revision: int
    authenticator: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    def to_row(self) -> dict[str, bytes | int]:
        return {name: getattr(self, name) for name in self.__slots__}


class BallotBox:
    """The intake's store. What it reports as stored is on disk.

    Every method is one transaction. What several threads put in at the same moment shares one: most of the time of a
    transaction is waiting for the disk.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._together = Together(self._put_all)
        self._insert: Any = None

    @classmethod
    def open(cls, address: Address) -> BallotBox:
        """The box at this address, made if there is none."""
        return cls(open_database(address, SCHEMA))

    def put(self, round_id: bytes, nonce: bytes, revision: int, authenticator: bytes, sealed: bytes) -> Stored:
        """Store a submission whose token has been checked.

        The highest revision wins whatever the order of arrival; the first bytes of a revision win. However many
        processes store at once, each nonce has one row, and nothing goes in beside a closing.
        """
        return self._together.do(Submission(round_id, nonce, revision, authenticator, sealed))

    def _put_all(self, submissions: Sequence[Submission]) -> list[Stored]:
        """All as new ones, if they are that; else each by itself, which is rare: a token is spent once as a rule."""
        if len(submissions) > 1 and self._all_new(submissions):
            return [Stored.NEW] * len(submissions)
        return [self._put_one(submission) for submission in submissions]

    def _all_new(self, submissions: Sequence[Submission]) -> bool:
        """Whether all are stored now; else none of them is."""
        # In key order, so that two processes never wait for each other's rows.
        rows = [one.to_row() for one in sorted(submissions, key=lambda one: (one.round_id, one.nonce))]
        with begun(self._engine, alone=False) as connection:
            if self._insert is None:  # made once, because that takes longer than running it
                self._insert = _into_open(connection)
            # The lock is held by now, so that a box that this statement finds open is open until the commit.
            if connection.execute(self._insert, rows).rowcount != len(rows):
                return False  # the transaction ends without a commit
            connection.commit()
            return True

    def _put_one(self, submission: Submission) -> Stored:
        key = (ballots.c.round_id == submission.round_id) & (ballots.c.nonce == submission.nonce)
        with beside(self._engine) as connection:
            if _state(connection, submission.round_id) is not None:
                return Stored.BOX_CLOSED
            row = submission.to_row()
            if connection.execute(insert_new(connection, ballots), row).rowcount == 1:
                return Stored.NEW
            query = select(ballots.c.revision, ballots.c.sealed).where(key).with_for_update()
            old = connection.execute(query).one()
            if submission.revision < old.revision:
                return Stored.OLDER
            if submission.revision == old.revision:
                return Stored.KEPT if submission.sealed == old.sealed else Stored.OTHER_BYTES
            content = {name: row[name] for name in ("revision", "authenticator", "sealed")}
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

    def check(self) -> None:
        """Raises: DBAPIError if the store cannot be read and written now. Nothing is written."""
        check_works(self._engine, ballots)

    def release(self) -> None:
        """Close every connection: none may be carried over a fork into a worker."""
        self._engine.dispose()

    def settle(self) -> None:
        """Remove the order of arrival from the file and its log."""
        settle(self._engine)

    def server_weaknesses(self) -> tuple[str, ...]:
        """What of its server's settings keeps the order of arrival longer than need be."""
        return server_weaknesses(self._engine)

    def tell_outages(self) -> None:
        """Say once when its database server goes, and once when it is back."""
        tell_outages(self._engine, SCHEMA.name)


def _into_open(connection: Connection) -> Any:
    """Adds a row unless its key is there or its box is closed: one INSERT for both, for many rows one after another."""
    row = {column.name: bindparam(column.name, type_=column.type) for column in ballots.columns}
    closed = exists().where(box_states.c.round_id == row["round_id"])
    return insert_new(connection, ballots).from_select(list(row), select(*row.values()).where(~closed))


def _state(connection: Connection, round_id: bytes) -> str | None:
    query = select(box_states.c.state).where(box_states.c.round_id == round_id)
    return connection.execute(query).scalar_one_or_none()
