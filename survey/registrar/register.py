"""The register: which codes exist, which are spent, and on which blinded message; and the passes given by mail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from storage.address import Address
from storage.checking import check_works
from storage.opening import open_database, server_weaknesses
from storage.outages import tell_outages
from storage.settling import settle
from storage.transactions import beside, writing
from survey.registrar.codes import CodeHash
from survey.registrar.passes import Passes, close_passes
from survey.registrar.tables import SCHEMA, UNSPENT, codes, totals

DATABASE: Final = "registrar.sqlite"
_AT_ONCE: Final = 2000  # rows in memory while many are written


class Verdict(Enum):
    """Whether a code may have this blinded message signed."""

    SIGN = "sign"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    USED = "used"


@dataclass(frozen=True, slots=True)
class CodeCounts:
    """How many codes a round has: for the host's operations."""

    issued: int
    spent: int
    revoked: int


class RegisterClosed(RuntimeError):
    """The round is closed; codes that came now would stay for ever."""

    def __init__(self) -> None:
        super().__init__("The round is closed and takes no new codes.")


class Register:
    """The registrar's store. Every method is one transaction, on disk before it returns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, address: Address) -> Register:
        """The register at this address, made if there is none."""
        return cls(open_database(address, SCHEMA))

    @property
    def passes(self) -> Passes:
        """The same store's part about mail addresses."""
        return Passes(self._engine)

    def add(
        self, round_id: bytes, hashes: Iterable[CodeHash], advance: Callable[[int], None] = lambda _done: None
    ) -> None:
        """Enter new codes. Sorted first: not even the order in which they were written down is kept.

        advance: told how many are written so far. Raises: RegisterClosed.
        """
        unspent, new = {"round_id": round_id, "blinded_hash": UNSPENT, "revoked": False}, sorted(hashes)
        if not new:
            return
        with writing(self._engine) as connection:
            if _kept_totals(connection, round_id) is not None:
                raise RegisterClosed
            for start in range(0, len(new), _AT_ONCE):
                some = new[start : start + _AT_ONCE]
                connection.execute(insert(codes), [{**unspent, "code_hash": code_hash} for code_hash in some])
                advance(start + len(some))

    def spend(self, round_id: bytes, code: CodeHash, blinded_message: bytes) -> Verdict:
        """Bind a code to one blinded message, durably, before anything is signed.

        The same message again gets the same verdict, so that a lost answer can be asked for again; another
        message on a used code is refused, so that a code gives one token.
        """
        blinded_hash = hashlib.sha256(blinded_message).digest()
        key = (codes.c.round_id == round_id) & (codes.c.code_hash == code)
        with beside(self._engine) as connection:
            query = select(codes.c.blinded_hash, codes.c.revoked).where(key).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is None:
                return Verdict.UNKNOWN
            if row.blinded_hash == UNSPENT:
                if row.revoked:
                    return Verdict.REVOKED
                connection.execute(update(codes).where(key).values(blinded_hash=blinded_hash))
                return Verdict.SIGN
            return Verdict.SIGN if row.blinded_hash == blinded_hash else Verdict.USED

    def revoke(self, round_id: bytes, code: CodeHash) -> Verdict:
        """Take back an unspent code: REVOKED. USED if it gave a token already, which cannot be undone."""
        key = (codes.c.round_id == round_id) & (codes.c.code_hash == code)
        with beside(self._engine) as connection:
            row = connection.execute(select(codes.c.blinded_hash).where(key).with_for_update()).one_or_none()
            if row is None:
                return Verdict.UNKNOWN
            if row.blinded_hash != UNSPENT:
                return Verdict.USED
            connection.execute(update(codes).where(key).values(revoked=True))
            return Verdict.REVOKED

    def revoke_all(self, round_id: bytes, hashes: Iterable[CodeHash]) -> None:
        """Take back every one of these that is unspent, sorted first: nothing tells in which order they were made."""
        keys = [{"of_round": round_id, "of_hash": h} for h in sorted(hashes)]
        mine = (codes.c.round_id == bindparam("of_round")) & (codes.c.code_hash == bindparam("of_hash"))
        if keys:
            with writing(self._engine) as connection:
                unspent = codes.c.blinded_hash == UNSPENT
                connection.execute(update(codes).where(mine & unspent).values(revoked=True), keys)

    def counts(self, round_id: bytes) -> CodeCounts:
        with self._engine.connect() as connection:
            return _counts(connection, round_id)

    def is_closed(self, round_id: bytes) -> bool:
        """Whether this register closed the round: then its keys are destroyed, and not lost."""
        return self.passes.is_closed(round_id)

    def close(self, round_id: bytes) -> None:
        """Keep the numbers; delete codes, and hashes of addresses: who took part is nobody's business now."""
        with writing(self._engine) as connection:
            close_round(connection, round_id)
        settle(self._engine)

    def check(self) -> None:
        """Raises: DBAPIError if the store cannot be read and written now. Nothing is written."""
        check_works(self._engine, codes)

    def release(self) -> None:
        """Close every connection: none may be carried over a fork into a worker."""
        self._engine.dispose()

    def settle(self) -> None:
        """Remove the order in which codes were spent from the file and its log."""
        settle(self._engine)

    def server_weaknesses(self) -> tuple[str, ...]:
        """What of its server's settings keeps that order longer than need be."""
        return server_weaknesses(self._engine)

    def tell_outages(self) -> None:
        """Say once when its database server goes, and once when it is back."""
        tell_outages(self._engine, SCHEMA.name)


def close_round(connection: Connection, round_id: bytes) -> None:
    """Keep a round's numbers and delete who: the whole of closing, within a transaction."""
    if _kept_totals(connection, round_id) is None:
        counted = _counts(connection, round_id)
        connection.execute(insert(totals).values(round_id=round_id, **asdict(counted)))
    connection.execute(delete(codes).where(codes.c.round_id == round_id))
    close_passes(connection, round_id)


def _counts(connection: Connection, round_id: bytes) -> CodeCounts:
    kept = _kept_totals(connection, round_id)
    if kept is not None:
        return kept
    spent = func.count().filter(codes.c.blinded_hash != UNSPENT)
    # Restoring once marked codes that were spent, too; they give their pass again, and are none of these.
    revoked = func.count().filter(codes.c.revoked & (codes.c.blinded_hash == UNSPENT))
    query = select(func.count(), spent, revoked).where(codes.c.round_id == round_id)
    return CodeCounts(*connection.execute(query).one())


def _kept_totals(connection: Connection, round_id: bytes) -> CodeCounts | None:
    columns = (totals.c.issued, totals.c.spent, totals.c.revoked)
    row = connection.execute(select(*columns).where(totals.c.round_id == round_id)).one_or_none()
    return None if row is None else CodeCounts(*row)
