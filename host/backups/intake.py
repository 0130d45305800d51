"""Restoring an intake: a box that was closed or destroyed since is never brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from host.backups.archive import Backup
from host.backups.judging import Fate, Known, RestoreRefused
from host.backups.rebuilding import add_present, held, install, rebuilt
from host.folders import private_folder
from host.house import House
from storage.transactions import writing
from survey.intake.restoring import add_what_is_here, end_box
from survey.intake.tables import SCHEMA, ballots, box_states

_ENDED = {Fate.CLOSED: "closed", Fate.OVER: "destroyed"}


@dataclass(frozen=True, slots=True)
class RestoredBox:
    """A round's box as it is now. responses: for the host's operations. state: "open", "closed" or "destroyed"."""

    name: str
    state: str
    responses: int


def restore_intake(house: House, backup: Backup, merge: bool, now: datetime) -> tuple[RestoredBox, ...]:
    """Raises: RestoreRefused, BackupDamaged …; nothing is changed then."""
    folder = private_folder(house.config.root / "intake")
    with house.rounds.changing(), held(house.box_address, SCHEMA) as present:
        known = Known.on(house, now)
        if present.has_rows and not merge:
            raise RestoreRefused(
                "The intake has responses here. To keep them and add those of the backup (of two that belong together "
                "the later one counts), run this with --merge. Nothing was changed."
            )
        with rebuilt(backup, SCHEMA, folder) as engine:
            with writing(engine) as connection:
                known.check(_rounds_in(connection))
            add_present(engine, present, SCHEMA, add_what_is_here)
            with writing(engine) as connection:
                boxes = tuple(_ended(connection, known, round_id) for round_id in known.rounds)
            install(engine, present, SCHEMA)
    return boxes


def _ended(connection: Connection, known: Known, round_id: str) -> RestoredBox:
    key, ended = bytes.fromhex(round_id), _ENDED.get(known.fates[round_id])
    if ended is not None:
        end_box(connection, key, ended)
    state = connection.execute(select(box_states.c.state).where(box_states.c.round_id == key)).scalar_one_or_none()
    count = connection.execute(select(func.count()).where(ballots.c.round_id == key)).scalar_one()
    return RestoredBox(known.rounds[round_id].manifest.name, state or "open", count)


def _rounds_in(connection: Connection) -> set[str]:
    """The rounds of which the backup holds ballots."""
    return {one.hex() for one in connection.execute(select(ballots.c.round_id).distinct()).scalars()}
