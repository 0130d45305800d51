"""Restoring whichever party a backup is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from host.backups.archive import Backup
from host.backups.described import Role
from host.backups.judging import RestoreRefused
from host.house import House
from host.ports import PortBusy, check_free

if TYPE_CHECKING:
    from host.backups.host_files import RestoredHost
    from host.backups.intake import RestoredBox
    from host.backups.registrar import RestoredRegister
    from host.backups.tally import RestoredLedger

    Restored = RestoredHost | RestoredRegister | RestoredLedger | tuple[RestoredBox, ...]

_ONLY = {"idle": ("registrar", "--not-served-since"), "releases": ("tally", "--release")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a host wants it.

    merge: keep what the party has here, and add what the backup has. idle: the registrar gave nothing since the
    backup was made. releases: folders of releases from which measurements may be taken back.
    """

    merge: bool = False
    idle: bool = False
    releases: Sequence[Path] = field(default=())


def restore(config: Path, backup: Backup, wanted: Wanted, now: datetime) -> Restored:
    """Restore a backup beside the config, all or nothing; what was done, as that party's restoring tells it.

    Raises: RestoreRefused, BackupDamaged, and what the stores say; nothing was changed then.
    """
    _check_options(backup.role, wanted)
    if backup.role == "host":
        from host.backups.host_files import restore_host  # noqa: PLC0415

        return restore_host(config, backup, wanted.merge)
    house = House.at(config)
    _check_stopped(house, backup.role)
    if backup.role == "registrar":
        from host.backups.registrar import restore_registrar  # noqa: PLC0415

        return restore_registrar(house, backup, wanted.merge, wanted.idle, now)
    if backup.role == "intake":
        from host.backups.intake import restore_intake  # noqa: PLC0415

        return restore_intake(house, backup, wanted.merge, now)
    from host.backups.tally import restore_tally  # noqa: PLC0415

    return restore_tally(house, backup, wanted.merge, wanted.releases, now)


def _check_options(role: Role, wanted: Wanted) -> None:
    for name, (only, option) in _ONLY.items():
        if getattr(wanted, name) and role != only:
            raise RestoreRefused(f"{option} is for a backup of the {only}; this is one of the {role}.")


def _check_stopped(house: House, role: Role) -> None:
    """A service that runs would go on with the store that is replaced. Raises: RestoreRefused."""
    parties = {"registrar": house.config.registrar, "intake": house.config.intake}
    if role not in parties:
        return
    listen = parties[role].listen
    try:
        check_free(listen)
    except PortBusy:
        raise RestoreRefused(
            f"Something listens where the {role} does ({listen}): stop the {role}, then restore. Nothing was changed."
        ) from None
