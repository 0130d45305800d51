"""How long one use of a database waits for another, and what is said when it waited in vain."""

from __future__ import annotations

from typing import Final

BUSY_SECONDS: Final = 30


class StillRead(RuntimeError):
    """The order of arrival could not be removed, because someone else was reading the database."""

    def __init__(self) -> None:
        super().__init__(
            "The database is being read, so its order of arrival could not be removed; wait a moment and do this again."
        )
