"""A worker process that begins while its database is away waits for it.

Gunicorn takes a worker that cannot begin for a program that cannot run, and ends the whole server. But the first one
began: what is missing now is a database that is being started anew, or room on a disk, and that comes back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

PAUSE_SECONDS: Final = 0.5

log: Final = logging.getLogger("subrosa")
_T = TypeVar("_T")


def patiently(build: Callable[[], _T], pause: Callable[[float], None] = time.sleep) -> _T:
    """What `build` makes, as soon as its database can be opened. What else goes wrong is raised at once."""
    said = False
    while True:
        try:
            return build()
        except Exception as error:
            if not _passes(error):
                raise
            if not said:
                log.error("A worker waits for its database: %s", type(error).__name__)
            said = True
        pause(PAUSE_SECONDS)


def _passes(error: Exception) -> bool:
    # Here, because the site has no database, and begins without what opens one.
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from storage.opening import DatabaseUnavailable  # noqa: PLC0415

    return isinstance(error, DatabaseUnavailable | DBAPIError | OSError)
