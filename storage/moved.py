"""A SQLite file whose rows were moved to a server: put aside under another name, never begun anew at the old one."""

from __future__ import annotations

import os
from pathlib import Path


class Moved(RuntimeError):
    """The database lies on a server now, and the config still names the file."""

    def __init__(self, aside: Path) -> None:
        super().__init__(
            f"This database was moved to a server: write that address as `database` into subrosa.toml. The old "
            f"file, {aside.name}, has the rows that it had then."
        )


def aside(path: Path) -> Path:
    """The name under which a file that was moved waits to be destroyed."""
    return path.with_name(f"{path.name}.moved")


def refuse_moved(path: Path) -> None:
    """Raises: Moved. A second database begun beside the moved one would take responses that nobody counts."""
    if not path.exists() and aside(path).exists():
        raise Moved(aside(path))


def put_aside(path: Path) -> None:
    """Give a file the name under which nothing goes on with it, on disk when this returns."""
    path.rename(aside(path))
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
