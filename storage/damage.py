"""Whether a database's error says that its file is damaged: no waiting, and no setting, mends that."""

from __future__ import annotations

import sqlite3
from typing import Final

_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PLAIN: Final = 0xFF  # an extended code says in its higher bits where the damage was met


def is_damaged(error: BaseException) -> bool:
    """Whether SQLite finds the file cut short, overwritten, or none of its own; `error` may be SQLAlchemy's."""
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & _PLAIN in _DAMAGED
