"""A ballot box restored from a backup: what has ended since stays ended."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.transactions import insert_new
from survey.intake.tables import ballots, box_states

_ORDER: Final = {None: 0, "closed": 1, "destroyed": 2}


def end_box(connection: Connection, round_id: bytes, state: str) -> None:
    """The box is at least this far: "closed", or "destroyed" with no ballot left in it."""
    mine = box_states.c.round_id == round_id
    found = connection.execute(select(box_states.c.state).where(mine)).scalar_one_or_none()
    last = max(found, state, key=lambda one: _ORDER[one])
    if last == "destroyed":
        connection.execute(delete(ballots).where(ballots.c.round_id == round_id))
    connection.execute(delete(box_states).where(mine))
    connection.execute(insert(box_states).values(round_id=round_id, state=last))


def add_what_is_here(connection: Connection, table: str, here: Row[Any]) -> None:
    """Join a row of the box that is here to the restored ones: the higher revision counts, and what ended has ended."""
    if table == box_states.name:
        end_box(connection, here.round_id, here.state)
        return
    if connection.execute(insert_new(connection, ballots).values(**here._mapping)).rowcount == 1:
        return
    key = (ballots.c.round_id == here.round_id) & (ballots.c.nonce == here.nonce)
    older = key & (ballots.c.revision < here.revision)
    connection.execute(update(ballots).where(older).values(**here._mapping))
