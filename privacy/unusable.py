"""What to say of a ledger that cannot be used: a damaged file, a file and a server are mended in ways of their own."""

from __future__ import annotations

from privacy.errors import LedgerUnavailable
from storage.damage import is_damaged
from storage.opening import DatabaseUnavailable


def unusable(error: Exception, charged: str) -> LedgerUnavailable:
    """charged: in words, whether anything was."""
    said, advice = _advice(error)
    return LedgerUnavailable(f"the ledger {said} ({reason_of(error)}) and {charged}; {advice}")


def reason_of(error: Exception) -> str:
    """The name of what happened, and nothing of the rows or of an address."""
    origin = getattr(error, "orig", None) or error
    return str(getattr(origin, "sqlite_errorname", type(origin).__name__))


def _advice(error: Exception) -> tuple[str, str]:
    if is_damaged(error):
        return "is damaged", (
            "move its file away, with those whose names begin like its own, and restore the tally's backup (subrosa "
            "restore)"
        )
    origin = getattr(error, "orig", None)
    if isinstance(error, DatabaseUnavailable) or type(origin).__module__.startswith("psycopg"):
        return "cannot be used", "check that its server runs, and `database` in [tally], then run again"
    return "cannot be used", "check its path, its disk and that no other tally is running, then run again"
