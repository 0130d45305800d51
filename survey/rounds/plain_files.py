"""Reading files that somebody else may have put there: only plain ones, and no larger than such a file may be."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_plain(path: Path, most: int) -> bytes | None:
    """The bytes of a plain file of at most so many; None if it is a link, something else, larger, or not there.

    Never waits, as opening a pipe would. A folder on the way may be a link: the caller looks at that.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > most:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(most + 1)  # it may be growing
    except OSError:  # the disk failed
        return None
    finally:
        os.close(descriptor)
    return data if len(data) <= most else None
