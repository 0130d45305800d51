"""Private folders, and files that are destroyed rather than deleted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 1024 * 1024


def private_folder(path: Path) -> Path:
    """A folder only its owner can enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return path


def overwrite(descriptor: int) -> None:
    """Zeros in the place of a file's whole contents, on disk when this returns. descriptor: open for writing."""
    left = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    while left:
        left -= os.write(descriptor, bytes(min(left, _AT_ONCE)))
    os.fsync(descriptor)


def destroy(path: Path) -> bool:
    """Overwrite a key file, on disk, then remove it. Whether there was one.

    A solid-state disk or a copying file system may keep old blocks: full-disk encryption is the remedy, and
    docs/threat-model.md says so.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        overwrite(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return True
