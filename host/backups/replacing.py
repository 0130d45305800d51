"""A new backup in the place of the one before it, which is then overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from host.backups.archive import Backup, BackupDamaged, sync_folder
from host.backups.described import Role
from host.folders import overwrite


class NotReplaced(ValueError):
    """What lies there is no backup of this party: no other file is ever written over."""

    def __init__(self, path: Path, role: Role) -> None:
        super().__init__(
            f"{path} is not a backup of the {role}, or a damaged one, and stays as it is; name another file, or remove "
            "it yourself."
        )


def check_replaceable(out: Path, role: Role) -> None:
    """Raises: NotReplaced, unless there is nothing at `out`, or a whole backup of this party."""
    if not os.path.lexists(out):
        return
    try:
        ours = not out.is_symlink() and out.is_file() and Backup.open(out).role == role
    except BackupDamaged:
        ours = False
    if not ours:
        raise NotReplaced(out, role)


def put_in_place(temporary: Path, out: Path) -> None:
    """Rename a whole file over `out`, so that at each moment one of both is there; then overwrite the old one.

    A crash in between leaves the old one deleted, but not overwritten. One that has a second name (a hard link) is
    left alone: somebody keeps it there.
    """
    try:
        old = os.open(out, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        temporary.replace(out)
        return
    try:
        temporary.replace(out)
        sync_folder(out.parent)  # the new one's name is on disk before the old one is spoilt
        if os.fstat(old).st_nlink == 0:
            overwrite(old)
    finally:
        os.close(old)
