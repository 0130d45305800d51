"""The durable ledger: what every round cost, and its one measurement.

Append-only and hash-chained. Durable when a commit returns, on SQLite and on PostgreSQL.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from fractions import Fraction
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from privacy.errors import (
    BudgetExceeded,
    ChainBroken,
    CommitUnclear,
    OutsideTerm,
)
from privacy.measurement import Measurement
from privacy.store import DESTROYED, ENTRIES, LOST, MEASUREMENTS, SCHEMA, both_at_once
from privacy.terms import GENESIS, UNMEASURABLE, Entry, Kind, Term, left, paid, rounded_down, rounded_up
from privacy.unusable import reason_of, unusable
from storage.address import Address
from storage.opening import DatabaseUnavailable, open_database
from storage.postgresql import rewrite_tables
from storage.refusals import refused
from storage.transactions import begun, run_at_once

__all__ = ["Entry", "Ledger", "Term"]

NO_MEASUREMENT = ""  # in place of a measurement's digest: nothing was stored, and nothing ever will be
Clock = Callable[[], date]
_NOTHING = "nothing was charged now"
_STAYS = "what was charged stays charged"  # reading, and marking, come before and after a charge


@dataclass(slots=True)
class Transaction:
    """One exclusive look at the ledger, ending in at most one charge."""

    connection: sa.Connection = field(repr=False)
    term: Term
    today: date
    last: sa.Executable | None = field(default=None, repr=False)  # what a server is told, as the commit

    def measured(self, round_id: str) -> bool:
        """Whether the round is charged already."""
        found = self.connection.execute(sa.select(ENTRIES.c.seq).where(ENTRIES.c.round_id == round_id))
        return found.first() is not None

    def admit(self, rho: float) -> None:
        """Raises: OutsideTerm; BudgetExceeded if the term cannot pay rho."""
        entries = entries_in(self.connection)
        if self.today < self.term.start:
            raise OutsideTerm(f"the term {self.term.name} has not begun; wait for it, or set the clock right")
        if entries and entries[-1].day > self.today.isoformat():
            raise OutsideTerm("today is before the ledger's last entry; set the clock right")
        most = left(entries, self.term, self.today)
        if Fraction(rho) > most:
            raise BudgetExceeded(rho, rounded_down(most))

    def unmeasurable(self, round_id: str) -> bool:
        """Whether the round is charged and has no measurement, because the ledger was restored from a backup."""
        return _unmeasurable(self.connection, round_id)

    def record(self, round_id: str, kind: Kind, rho: float, document: bytes) -> None:
        """Add the charge and the measurement; they exist when the transaction commits.

        SQLite keeps them in memory until then. A PostgreSQL server would not: what it is told may reach its disk before
        the commit, or without one. So it is told nothing before the commit itself, and then in one statement.
        """
        row = self._next(round_id, kind, rho, sha256(document).hexdigest())
        if self.connection.dialect.name == "postgresql":
            self.last = both_at_once(row, document)
            return
        self.connection.execute(sa.insert(ENTRIES), [row])
        self.connection.execute(sa.insert(MEASUREMENTS), [{"round_id": round_id, "document": document}])

    def record_unmeasurable(self, round_id: str, rho: float) -> None:
        """Charge a round that may have been measured, and is never to be measured again, whatever the term has left.

        Raises: OutsideTerm if the clock is before the last charge.
        """
        entries = entries_in(self.connection)
        if entries and entries[-1].day > self.today.isoformat():
            raise OutsideTerm("today is before the ledger's last entry; set the clock right")
        row = self._next(round_id, UNMEASURABLE, rho, NO_MEASUREMENT)
        self.connection.execute(sa.insert(ENTRIES), [row])

    def _next(self, round_id: str, kind: Kind, rho: float, stored: str) -> dict[str, object]:
        """The entry that follows the last one."""
        entries = entries_in(self.connection)
        seq, previous = (entries[-1].seq + 1, entries[-1].digest) if entries else (1, GENESIS)
        term = (self.term.name, float(self.term.epsilon), float(self.term.delta))
        draft = Entry(seq, round_id, kind, rho, *term, self.today.isoformat(), stored, previous, "")
        return asdict(draft) | {"digest": draft.expected_digest()}


class Ledger:
    """The ledger of one tally."""

    def __init__(self, engine: sa.Engine, term: Term, clock: Clock) -> None:
        self._engine, self._term, self._clock = engine, term, clock

    @classmethod
    def open(cls, address: Address, term: Term, clock: Clock = date.today) -> "Ledger":
        """Open or create it, and check its chain.

        A connection is opened for each use, so that a child process never shares one.
        Raises: LedgerUnavailable, ChainBroken; SchemaUnknown, UnsafeServer.
        """
        try:
            ledger = cls(open_database(address, SCHEMA, pooled=False), term, clock)
            ledger._forget_uncommitted()
        except (OSError, DBAPIError, DatabaseUnavailable) as error:
            raise unusable(error, _NOTHING) from None
        ledger.verify_chain()
        return ledger

    @property
    def term(self) -> Term:
        """The term that rounds are charged to."""
        return self._term

    def entries(self) -> tuple[Entry, ...]:
        """All charges, the oldest first."""
        with self._reading() as connection:
            return entries_in(connection)

    def spent(self) -> float:
        """What the term has paid, rounded up."""
        return rounded_up(paid(self.entries(), self._term))

    def remaining(self) -> float:
        """What the term can still pay, rounded down."""
        return rounded_down(left(self.entries(), self._term, self._today()))

    def measurement(self, round_id: str) -> Measurement | None:
        """The round's one measurement, if it was measured."""
        with self._reading() as connection:
            query = sa.select(MEASUREMENTS.c.document).where(MEASUREMENTS.c.round_id == round_id)
            stored = connection.execute(query).scalar()
        return None if stored is None else Measurement.from_json(json.loads(stored))

    def unmeasurable(self, round_id: str) -> bool:
        """Whether the round is charged and has no measurement, because the ledger was restored from a backup."""
        with self._reading() as connection:
            return _unmeasurable(connection, round_id)

    def mark_destroyed(self, round_id: str) -> None:
        """Remember that the round's key and ballots are gone. Doing it twice changes nothing."""
        with self._writing() as connection:
            known = sa.select(DESTROYED.c.day).where(DESTROYED.c.round_id == round_id)
            if connection.execute(known).first() is None:
                row = {"round_id": round_id, "day": self._today().isoformat()}
                connection.execute(sa.insert(DESTROYED), [row])
            connection.commit()

    def destroyed(self, round_id: str) -> bool:
        """Whether the round's key and ballots are known to be gone."""
        with self._reading() as connection:
            query = sa.select(DESTROYED.c.day).where(DESTROYED.c.round_id == round_id)
            return connection.execute(query).first() is not None

    def verify_chain(self) -> None:
        """Raises: ChainBroken at the first entry that is not as it was written."""
        with self._reading() as connection:
            check_chain(connection)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One exclusive, durable transaction: whatever is raised inside leaves nothing behind.

        Raises: LedgerUnavailable, and nothing is stored; CommitUnclear if the commit itself failed.
        """
        unclear = None
        try:
            self._forget_cut_short()
            with begun(self._engine) as connection:
                transaction = Transaction(connection, self._term, self._today())
                yield transaction
                try:
                    if transaction.last is not None:
                        run_at_once(self._engine, transaction.last)
                    connection.commit()
                except IntegrityError:
                    raise  # the server looked at it and refused: somebody else was faster
                except DBAPIError as error:
                    unclear = CommitUnclear(reason_of(error), refused(error.orig))
                    raise unclear from None
        except DBAPIError as error:
            # What broke the commit may break the rolling back too, and that says nothing of what was stored.
            raise unclear or unusable(error, _NOTHING) from None

    def _today(self) -> date:
        now = self._clock()
        return date(now.year, now.month, now.day)  # a clock that knows the hour must not put it into the ledger

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _translated(), begun(self._engine) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with _translated(), self._engine.connect() as connection:
            yield connection

    def _forget_uncommitted(self) -> None:
        """Overwrite log frames that a commit cut short may have left, where nobody else is using them."""
        if self._engine.dialect.name == "sqlite":
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    def _forget_cut_short(self) -> None:
        """Before anything is drawn: no file of a server's tables may still hold what an earlier try drew."""
        if self._engine.dialect.name == "postgresql":
            rewrite_tables(self._engine, [ENTRIES.name, MEASUREMENTS.name])


def check_chain(connection: sa.Connection) -> None:
    """Raises: ChainBroken at the first entry that is not as it was written."""
    entries = entries_in(connection)
    query = sa.select(MEASUREMENTS.c.round_id, MEASUREMENTS.c.document)
    stored = {row.round_id: sha256(row.document).hexdigest() for row in connection.execute(query)}
    lost = set(connection.execute(sa.select(LOST.c.round_id)).scalars())
    previous = GENESIS
    for seq, entry in enumerate(entries, start=1):
        if entry.seq != seq or entry.previous != previous:
            raise ChainBroken(seq, "it does not follow the entry before it")
        if entry.digest != entry.expected_digest():
            raise ChainBroken(seq, "it was changed")
        previous = entry.digest
    with_one = {entry.round_id for entry in entries if entry.kind != UNMEASURABLE}
    if lost & set(stored) or lost | set(stored) != with_one:
        raise ChainBroken(len(entries) + 1, "entries and stored measurements are not of the same rounds")
    for entry in entries:
        if stored.get(entry.round_id, entry.measurement) != entry.measurement:
            raise ChainBroken(entry.seq, "its stored measurement was changed")
        if (entry.measurement == NO_MEASUREMENT) != (entry.kind == UNMEASURABLE):
            raise ChainBroken(entry.seq, "it does not say whether there was a measurement")


def _unmeasurable(connection: sa.Connection, round_id: str) -> bool:
    charged = sa.select(ENTRIES.c.seq).where(ENTRIES.c.round_id == round_id)
    stored = sa.select(MEASUREMENTS.c.round_id).where(MEASUREMENTS.c.round_id == round_id)
    return connection.execute(charged).first() is not None and connection.execute(stored).first() is None


def entries_in(connection: sa.Connection) -> tuple[Entry, ...]:
    """All charges, the oldest first."""
    rows = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.seq))
    return tuple(Entry(**row) for row in rows.mappings())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise unusable(error, _STAYS) from None
