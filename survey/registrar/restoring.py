"""A register restored from a backup: it does not know what was given since, so it gives nothing that it is not sure of.

Whoever got a pass before the backup was made gets the same answer to the same request as ever.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, select, update

from storage.transactions import insert_new
from survey.registrar.tables import UNSPENT, codes, mail_members, mail_passes, mail_totals, metadata


def good_codes(connection: Connection, round_id: bytes) -> int:
    """How many codes would give a pass."""
    return connection.execute(select(func.count()).select_from(codes).where(_good(round_id))).scalar_one()


def block_codes(connection: Connection, round_id: bytes) -> int:
    """Take back every code that was unspent: it may have given a pass since. How many."""
    number = good_codes(connection, round_id)
    connection.execute(update(codes).where(_good(round_id)).values(revoked=True))
    return number


def _good(round_id: bytes) -> ColumnElement[bool]:
    return (codes.c.round_id == round_id) & (codes.c.blinded_hash == UNSPENT) & codes.c.revoked.is_(False)


def forget_passless_members(connection: Connection, round_id: bytes) -> int:
    """Take out every member who had no pass yet: a mail may have led to one since. How many.

    The society enters those again who ask for it.
    """
    same = (mail_passes.c.round_id == mail_members.c.round_id) & (
        mail_passes.c.address_hash == mail_members.c.address_hash
    )
    passless = (mail_members.c.round_id == round_id) & ~exists().where(same)
    number = connection.execute(select(func.count()).select_from(mail_members).where(passless)).scalar_one()
    connection.execute(delete(mail_members).where(passless))
    return number


def stop_mail(connection: Connection, round_id: bytes) -> None:
    """From now on no new address gets a pass: which ones got theirs since is not known, and they cannot be listed.

    The numbers are kept as at closing, and that is what says so to `Passes.grant`.
    """
    counted = {
        name: select(func.count()).select_from(table).where(table.c.round_id == round_id).scalar_subquery()
        for name, table in (("passes", mail_passes), ("members", mail_members))
    }
    connection.execute(insert_new(connection, mail_totals).values(round_id=round_id, **counted))


def spend_what_is_spent_here(connection: Connection, table: str, here: Row[Any]) -> None:
    """A code that the register here knows as spent gives no second pass, and is not one to be blocked."""
    if metadata.tables[table] is codes and here.blinded_hash != UNSPENT:
        spent = {"blinded_hash": here.blinded_hash, "revoked": False}
        connection.execute(update(codes).where(_same(here) & (codes.c.blinded_hash == UNSPENT)).values(spent))


def add_what_is_here(connection: Connection, table: str, here: Row[Any]) -> None:
    """Join a row of the register that is here to the restored ones: a code that is taken back in either stays so.

    Not one that is spent in either: who has its pass keeps it.
    """
    of = metadata.tables[table]
    new = connection.execute(insert_new(connection, of).values(**here._mapping)).rowcount == 1
    if not new and of is codes and here.revoked:
        connection.execute(update(codes).where(_same(here) & (codes.c.blinded_hash == UNSPENT)).values(revoked=True))


def _same(here: Row[Any]) -> ColumnElement[bool]:
    return and_(codes.c.round_id == here.round_id, codes.c.code_hash == here.code_hash)
