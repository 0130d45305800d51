"""Ledger entries as release files hold them."""

from __future__ import annotations

from privacy.documents import integer, members, positive, text
from privacy.terms import Entry


def entry_from_json(document: object) -> Entry:
    """Raises: DocumentError."""
    parts = members(document, Entry.__slots__, "ledger")
    named = {name: text(parts[name], name) for name in ("round_id", "kind", "term", "day", "measurement")}
    chained = {name: text(parts[name], name) for name in ("previous", "digest")}
    return Entry(
        seq=integer(parts["seq"], "seq"),
        rho=positive(parts["rho"], "rho"),
        term_epsilon=positive(parts["term_epsilon"], "term_epsilon"),
        term_delta=positive(parts["term_delta"], "term_delta"),
        **named,
        **chained,
    )
