"""Whether an error says that nothing was done, or leaves open what was."""

from __future__ import annotations

import sqlite3
from typing import Final

_SILENT_STATES: Final = ("08", "57P", "40003")  # a connection or a server that went, and "completion unknown"


def refused(error: BaseException | None) -> bool:
    """Whether a driver's error is a database's own word that it did not commit, and not its falling silent.

    A file has no one else to say it: what it did is seen by reading it.
    """
    state = getattr(error, "sqlstate", None)
    return isinstance(error, sqlite3.Error) or (state is not None and not state.startswith(_SILENT_STATES))
