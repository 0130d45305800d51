"""Times in manifests and statements: UTC to the second, written one way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """The system's clock. Everything that needs the time is handed a clock; this is the real one."""
    return datetime.now(UTC)


def stamp(time: datetime) -> str:
    """`2026-12-01T18:00:00Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """Read an ISO 8601 time with its offset. Raises: ValueError with a sentence that says what to write."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = datetime.min
    if time.tzinfo is None:
        raise ValueError("A date is written as ISO 8601 with its offset, for example 2026-12-01T18:00:00+01:00.")
    try:
        return time.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError("A date must lie between the years 2 and 9998.") from None


def day(text: object) -> str:
    """A day, written one way: `2026-12-31`. Raises: ValueError if it is not written so."""
    if not isinstance(text, str) or date.fromisoformat(text).isoformat() != text:
        raise ValueError("A day is written as in 2026-12-31.")
    return text
