"""Restoring a registrar: nobody who may have got a pass since gets a second one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from host.backups.archive import Backup, BackupDamaged
from host.backups.judging import Fate, Known, RestoreRefused
from host.backups.rebuilding import add_present, held, install, rebuilt
from host.backups.registrar_keys import OfferedKeys
from host.folders import destroy, private_folder
from host.house import House
from storage.transactions import writing
from survey.registrar.passes import Passes
from survey.registrar.register import close_round
from survey.registrar.restoring import (
    add_what_is_here,
    block_codes,
    forget_passless_members,
    good_codes,
    spend_what_is_spent_here,
    stop_mail,
)
from survey.registrar.tables import SCHEMA, codes, mail_members, mail_passes
from survey.rounds.folder import is_id, write_durably
from survey.rounds.manifest import Manifest


@dataclass(frozen=True, slots=True)
class RestoredRound:
    """One round that takes respondents still: what it does not give any more, until the society gives it anew.

    good_codes: left as they were in the backup, so that those of them that were revoked since are good again.
    mail_stopped: it gives no pass by mail to an address that had none when the backup was made.
    """

    name: str
    blocked_codes: int = 0
    good_codes: int = 0
    forgotten_members: int = 0
    mail_stopped: bool = False


@dataclass(frozen=True, slots=True)
class RestoredRegister:
    """rounds: those that are open. ended: names of those that are closed or over, whose codes and keys stay gone."""

    rounds: tuple[RestoredRound, ...]
    ended: tuple[str, ...]


def restore_registrar(house: House, backup: Backup, merge: bool, idle: bool, now: datetime) -> RestoredRegister:
    """idle: the registrar gave nothing since the backup was made, as the host knows. Raises: RestoreRefused, …"""
    folder = private_folder(house.config.root / "registrar")
    with house.rounds.changing(), held(house.register_address, SCHEMA) as present:
        known = Known.on(house, now)
        _check_present(present.has_rows, _other_keys(backup, folder), merge, idle)
        with rebuilt(backup, SCHEMA, folder) as engine:
            with engine.connect() as connection:
                known.check(_rounds_in(connection) | set(_keys_in(backup).values()))
            offered = OfferedKeys.beside(house, backup, known)
            add_present(engine, present, SCHEMA, spend_what_is_spent_here)
            restored = _made_safe(engine, known, idle)
            add_present(engine, present, SCHEMA, add_what_is_here)
            offered.check(Passes(engine), merge)
            _end(engine, known)
            with _keys_put(offered):
                install(engine, present, SCHEMA)
    return restored


def _check_present(register: bool, keys: bool, merge: bool, idle: bool) -> None:
    if (register or keys) and not merge:
        raise RestoreRefused(
            "The registrar has codes or keys here. To keep them and add those of the backup, run this with --merge. "
            "Nothing was changed."
        )
    if register and idle:
        raise RestoreRefused(
            "--not-served-since cannot be: the registrar has a register here. Leave one of the two options out. "
            "Nothing was changed."
        )


def _made_safe(engine: Engine, known: Known, idle: bool) -> RestoredRegister:
    """Block whatever may have been used since; but not before a round has opened, when nothing can have been."""
    open_now = []
    with writing(engine) as connection:
        for round_id, fate in known.fates.items():
            if fate in (Fate.OPEN, Fate.WAITING):
                served = fate is Fate.OPEN and not idle
                open_now.append(_blocked(connection, known.rounds[round_id].manifest, served))
    ended = (known.rounds[one].manifest.name for one, fate in known.fates.items() if fate in (Fate.CLOSED, Fate.OVER))
    return RestoredRegister(tuple(open_now), tuple(ended))


def _blocked(connection: Connection, manifest: Manifest, served: bool) -> RestoredRound:
    if not served:
        return RestoredRound(manifest.name, good_codes=good_codes(connection, manifest.id_bytes))
    forgotten, mail = 0, manifest.eligibility.mail
    if mail is not None and mail.members_only:
        forgotten = forget_passless_members(connection, manifest.id_bytes)
    elif mail is not None:
        stop_mail(connection, manifest.id_bytes)
    stopped = mail is not None and not mail.members_only
    blocked = block_codes(connection, manifest.id_bytes)
    return RestoredRound(manifest.name, blocked, forgotten_members=forgotten, mail_stopped=stopped)


def _end(engine: Engine, known: Known) -> None:
    with writing(engine) as connection:
        for round_id, fate in known.fates.items():
            if fate in (Fate.CLOSED, Fate.OVER):
                close_round(connection, bytes.fromhex(round_id))


def _rounds_in(connection: Connection) -> set[str]:
    """The rounds of which the backup holds more than numbers."""
    tables = (codes, mail_passes, mail_members)
    return {one.hex() for table in tables for one in connection.execute(select(table.c.round_id).distinct()).scalars()}


def _keys_in(backup: Backup) -> dict[str, str]:
    """File name to round id. Raises: BackupDamaged."""
    names = [name.removeprefix("keys/") for name in backup.names if name.startswith("keys/")]
    found = {name: name.partition(".")[0] for name in names}
    if any(not is_id(round_id) or name[64:] not in (".der", ".mail") for name, round_id in found.items()):
        raise BackupDamaged("it holds keys that no registrar has")
    return found


def _other_keys(backup: Backup, folder: Path) -> bool:
    """Whether there is a key here that is not that of the backup."""
    held = _keys_in(backup)
    present = (path for path in (folder / "keys").glob("*") if path.is_file() and not path.name.startswith("."))
    return any(one.name not in held or one.read_bytes() != backup.read(f"keys/{one.name}") for one in present)


@contextmanager
def _keys_put(offered: OfferedKeys) -> Iterator[None]:
    """The keys of rounds that are not over, before the codes they are for; taken away again if those do not follow."""
    put = []
    try:
        for name in offered.sound():
            path = offered.folder / name
            if not path.exists():
                private_folder(path.parent)
                put.append(path)
                write_durably(path, offered.backup.read(f"keys/{name}"), 0o600)
        yield
    except BaseException:
        for path in put:
            destroy(path)
        raise
