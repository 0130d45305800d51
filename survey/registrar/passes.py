"""Passes given for mail addresses: at most one an address and round, and at most so many a domain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum

from sqlalchemy import Connection, Engine, delete, func, insert, select

from storage.transactions import insert_new, writing
from survey.registrar.mail_keys import AddressHash
from survey.registrar.tables import mail_members, mail_passes, mail_totals, totals


class Grant(Enum):
    """Whether a verified address may have this blinded message signed."""

    SIGN = "sign"
    USED = "used"
    DOMAIN_FULL = "domain full"
    CLOSED = "closed"
    STOPPED = "stopped"  # the register was restored from a backup, and does not know who got a pass since


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How many passes went out by mail, and how many members were entered: for the host's operations."""

    passes: int
    members: int


class MembersClosed(RuntimeError):
    """The round is closed; members that came now would stay for ever."""

    def __init__(self) -> None:
        super().__init__("The round is closed and takes no new members.")


class Passes:
    """The register's part about mail addresses. Every method is one transaction, on disk when it returns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def grant(
        self, round_id: bytes, address: AddressHash, domain: bytes, blinded_message: bytes, per_domain: int | None
    ) -> Grant:
        """Bind an address that was verified to one blinded message, durably, before anything is signed.

        The same message again gets the same verdict, so that a lost answer can be asked for again. Only a new address
        counts against its domain.
        """
        blinded_hash = hashlib.sha256(blinded_message).digest()
        key = (mail_passes.c.round_id == round_id) & (mail_passes.c.address_hash == address)
        with writing(self._engine) as connection:
            bound = connection.execute(select(mail_passes.c.blinded_hash).where(key)).scalar_one_or_none()
            if bound is not None:
                return Grant.SIGN if bound == blinded_hash else Grant.USED
            if _kept_totals(connection, round_id) is not None:
                return Grant.CLOSED if _is_closed(connection, round_id) else Grant.STOPPED
            if per_domain is not None and _of_domain(connection, round_id, domain) >= per_domain:
                return Grant.DOMAIN_FULL
            row = {
                "round_id": round_id,
                "address_hash": address,
                "domain_hash": domain,
                "blinded_hash": blinded_hash,
            }
            connection.execute(insert(mail_passes).values(row))
            return Grant.SIGN

    def add_members(self, round_id: bytes, addresses: Iterable[AddressHash]) -> int:
        """Enter members; who is there already stays. How many are new. Raises: MembersClosed."""
        rows = [{"round_id": round_id, "address_hash": address} for address in sorted(set(addresses))]
        with writing(self._engine) as connection:
            if _kept_totals(connection, round_id) is not None:
                raise MembersClosed
            before = _counts(connection, round_id).members
            if rows:
                connection.execute(insert_new(connection, mail_members), rows)
            return _counts(connection, round_id).members - before

    def is_member(self, round_id: bytes, address: AddressHash) -> bool:
        key = (mail_members.c.round_id == round_id) & (mail_members.c.address_hash == address)
        with self._engine.connect() as connection:
            return connection.execute(select(mail_members.c.round_id).where(key)).first() is not None

    def is_closed(self, round_id: bytes) -> bool:
        """Whether the register closed this round: then its keys are destroyed, and not lost."""
        with self._engine.connect() as connection:
            return _is_closed(connection, round_id)

    def counts(self, round_id: bytes) -> MailCounts:
        with self._engine.connect() as connection:
            return _counts(connection, round_id)

    def forget_members(self, round_id: bytes) -> None:
        """Take back the members of a round that was never published."""
        with writing(self._engine) as connection:
            connection.execute(delete(mail_members).where(mail_members.c.round_id == round_id))


def close_passes(connection: Connection, round_id: bytes) -> None:
    """Keep the numbers and delete who: part of the transaction that closes a round."""
    if _kept_totals(connection, round_id) is None:
        counted = _counts(connection, round_id)
        connection.execute(insert(mail_totals).values(round_id=round_id, **asdict(counted)))
    for table in (mail_passes, mail_members):
        connection.execute(delete(table).where(table.c.round_id == round_id))


def _is_closed(connection: Connection, round_id: bytes) -> bool:
    return connection.execute(select(totals.c.round_id).where(totals.c.round_id == round_id)).first() is not None


def _of_domain(connection: Connection, round_id: bytes, domain: bytes) -> int:
    of_domain = (mail_passes.c.round_id == round_id) & (mail_passes.c.domain_hash == domain)
    return connection.execute(select(func.count()).where(of_domain)).scalar_one()


def _counts(connection: Connection, round_id: bytes) -> MailCounts:
    kept = _kept_totals(connection, round_id)
    if kept is not None:
        return kept
    counted = (
        connection.execute(select(func.count()).where(table.c.round_id == round_id)).scalar_one()
        for table in (mail_passes, mail_members)
    )
    return MailCounts(*counted)


def _kept_totals(connection: Connection, round_id: bytes) -> MailCounts | None:
    query = select(mail_totals.c.passes, mail_totals.c.members).where(mail_totals.c.round_id == round_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else MailCounts(*row)
