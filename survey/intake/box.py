"""The ballot box: one sealed response a token, the highest revision kept, in no order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, text, update

from storage.address import Address
from storage.checking import check_works
from storage.one_trip import run_beside, spelled_out
from storage.opening import open_database, server_weaknesses
from storage.outages import tell_outages
from storage.settling import settle
from storage.transactions import beside, insert_new, writing
from survey.intake.tables import SCHEMA, ballots, box_states
from survey.intake.together import Together

DATABASE: Final = "intake.sqlite"
_Key = tuple[bytes, bytes]  # round and nonce
_ADD_NEW: Final = text(
    "INSERT INTO ballots (round_id, nonce, revision, authenticator, sealed)"
    " SELECT :round_id, :nonce, :revision, :authenticator, :sealed"
    " WHERE NOT EXISTS (SELECT 1 FROM box_states WHERE round_id = :round_id) ON CONFLICT DO NOTHING"
)


class Stored(Enum):
    """What became of a submission."""

    NEW = "new"
    KEPT = "kept"  # stored before, or now in place of an older revision, or by a trip to the server that was lost
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

    @property
    def key(self) -> _Key:
        return self.round_id, self.nonce

    def to_row(self) -> dict[str, bytes | int]:
        return {name: getattr(self, name) for name in self.__slots__}


class BallotBox:
    """The intake's store. What it reports as stored is on disk.

    Every method is one transaction, but `put`, which is another where a token has a response already. What is put in at
    the same moment, by however many threads, shares them: most of the time of a transaction is waiting for the disk.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._together = Together(self._put_all)
        # Made once, because that takes longer than running them.
        self._add_new = spelled_out(engine, _ADD_NEW)
        self._insert = insert_new(engine, ballots).returning(ballots.c.round_id, ballots.c.nonce)

    @classmethod
    def open(cls, address: Address) -> BallotBox:
        """The box at this address, made if there is none."""
        return cls(open_database(address, SCHEMA))

    def put(self, round_id: bytes, nonce: bytes, revision: int, authenticator: bytes, sealed: bytes) -> Stored:
        """Store a submission whose token has been checked.

        The highest revision wins whatever the order of arrival; the first bytes of a revision win. However many
        processes store at once, each nonce has one row, and nothing goes in beside a closing.
        """
        return self.putting(Submission(round_id, nonce, revision, authenticator, sealed))()

    def putting(self, submission: Submission) -> Callable[[], Stored]:
        """As `put`, in two steps, so that one thread can store several together; what it returns must be called."""
        return self._together.begin(submission)

    def _put_all(self, submissions: Sequence[Submission]) -> list[Stored | Exception]:
        """What becomes of each, as if they were put one after another in this order.

        Almost every one is the first of its token: these are added by one commit, and what is left by another. If that
        fails, what is left has its fault, and what was added is NEW.
        Raises: DBAPIError if adding is refused. Then nothing was changed.
        """
        first = {one.key: place for place, one in reversed(list(enumerate(submissions)))}
        # In key order, here and below, so that two processes never wait for each other's rows.
        places = [first[key] for key in sorted(first)]
        new = self._add([submissions[place] for place in places])
        added = {place for place, is_new in zip(places, new, strict=True) if is_new}
        others = [one for place, one in enumerate(submissions) if place not in added]
        judged = iter(self._judge_others(others))
        return [Stored.NEW if place in added else next(judged) for place in range(len(submissions))]

    def _add(self, submissions: Sequence[Submission]) -> list[bool]:
        """Whether each is stored now and was not before. No two of one token."""
        added = run_beside(self._engine, self._add_new, [one.to_row() for one in submissions])
        # Where the connection was lost, which it may have been while it waited for use, what was added is found: KEPT.
        return [False] * len(submissions) if added is None else added

    def _judge_others(self, submissions: Sequence[Submission]) -> Sequence[Stored | Exception]:
        """What became of each, or the fault of all of them."""
        try:
            return self._judge_all(submissions) if submissions else ()
        except Exception as fault:
            return [fault] * len(submissions)

    def _judge_all(self, submissions: Sequence[Submission]) -> list[Stored]:
        """Whatever they are; one commit for all of them."""
        with beside(self._engine) as connection:
            # The lock is held by now, so that a box that is found open is open until the commit.
            closed = _closed(connection, {one.round_id for one in submissions})
            first: dict[_Key, Submission] = {}
            for one in submissions:
                if one.round_id not in closed:
                    first.setdefault(one.key, one)
            rows = [first[key].to_row() for key in sorted(first)]
            new = {(row.round_id, row.nonce) for row in connection.execute(self._insert, rows)} if rows else set()
            outcomes, changed = _judge(submissions, closed, _locked(connection, first.keys() - new))
            for key in sorted(changed):
                content = {name: getattr(changed[key], name) for name in ("revision", "authenticator", "sealed")}
                connection.execute(update(ballots).where(_is(key)).values(**content))
            return outcomes

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


def _judge(
    submissions: Sequence[Submission], closed: Set[bytes], kept: Mapping[_Key, Submission]
) -> tuple[list[Stored], dict[_Key, Submission]]:
    """What becomes of each, one after another; and what of it takes the place of an older revision.

    kept: what was stored before any of them.
    """
    now, changed = dict(kept), {}
    outcomes = []
    for one in submissions:
        old = now.get(one.key)
        if one.round_id in closed:
            outcome = Stored.BOX_CLOSED
        elif old is None:
            outcome, now[one.key] = Stored.NEW, one
        elif one.revision < old.revision:
            outcome = Stored.OLDER
        elif one.revision > old.revision:
            outcome, now[one.key], changed[one.key] = Stored.KEPT, one, one
        else:
            outcome = Stored.KEPT if one.sealed == old.sealed else Stored.OTHER_BYTES
        outcomes.append(outcome)
    return outcomes, changed


def _locked(connection: Connection, keys: Set[_Key]) -> dict[_Key, Submission]:
    """What is stored under these keys, which nobody else changes until the commit."""
    if not keys:
        return {}
    rounds, nonces = (sorted(set(part)) for part in zip(*keys, strict=True))
    query = select(ballots).where(ballots.c.round_id.in_(rounds), ballots.c.nonce.in_(nonces))
    query = query.order_by(ballots.c.round_id, ballots.c.nonce).with_for_update()
    found = (Submission(**row) for row in connection.execute(query).mappings())
    return {one.key: one for one in found if one.key in keys}  # one nonce may be in two rounds


def _closed(connection: Connection, rounds: Set[bytes]) -> set[bytes]:
    query = select(box_states.c.round_id).where(box_states.c.round_id.in_(sorted(rounds)))
    return set(connection.execute(query).scalars())


def _is(key: _Key) -> ColumnElement[bool]:
    return (ballots.c.round_id == key[0]) & (ballots.c.nonce == key[1])


def _state(connection: Connection, round_id: bytes) -> str | None:
    query = select(box_states.c.state).where(box_states.c.round_id == round_id)
    return connection.execute(query).scalar_one_or_none()
