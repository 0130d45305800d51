"""What a role needs in order to work, looked at without leaving anything behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

ROOM: Final = 1024 * 1024
LITTLE_ROOM: Final = 256 * 1024 * 1024
_NO_NAMELESS_FILES: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL})


def check_room(folder: Path) -> None:
    """Raises: OSError if nothing more can be written into this folder: full, over a quota, read-only, or not there.

    A file without a name is given its room and closed: nothing is written, and nothing of it stays.
    """
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in _NO_NAMELESS_FILES:
            return _check_numbers(folder)
        raise
    try:
        os.posix_fallocate(descriptor, 0, ROOM)
    finally:
        os.close(descriptor)


def _check_numbers(folder: Path) -> None:
    """What a file system that knows no files without names says of itself."""
    if free_bytes(folder) < ROOM or not os.access(folder, os.W_OK):
        raise OSError(errno.ENOSPC, "no room")


def free_bytes(folder: Path) -> int:
    numbers = os.statvfs(folder)
    return numbers.f_bavail * numbers.f_frsize


def nearly_full(folder: Path) -> bool:
    """Whether the disk is so full that its owner should look at it. One that is not there has no room."""
    try:
        return free_bytes(folder) < LITTLE_ROOM
    except OSError:
        return True


def check_readable(folder: Path) -> None:
    """Raises: OSError if this folder cannot be listed."""
    with os.scandir(folder) as entries:
        next(entries, None)
