"""`ledger.json`: every charge of the tally's ledger up to this release's own, so that the chain can be followed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any, Final

from privacy.documents import canonical
from privacy.errors import PrivacyError
from privacy.terms import GENESIS, UNMEASURABLE, Entry, Term
from reports.entries import entry_from_json
from reports.errors import ReleaseError

FILE: Final = "ledger.json"
FORMAT: Final = "subrosa/ledger/v1"
_CLOSE: Final = 1e-9  # budgets of terms may differ in their last bits from one OpenDP to the next
_MOST: Final = 5000  # entries: a society has a few a year
_MOST_TERMS: Final = 20  # working out what one grants takes half a second, and a society has one or two a year

Chain = tuple[Entry, ...]


def chain_bytes(entries: Sequence[Entry]) -> bytes:
    """The file. entries: from the ledger's first to that of the release. Raises: ReleaseError as `read_chain`."""
    _check(tuple(entries))
    return canonical({"format": FORMAT, "entries": [asdict(entry) for entry in entries]})


def read_chain(data: bytes | None) -> Chain:
    """What `chain_bytes` was given; nothing without a file.

    Raises: ReleaseError if the chain is broken, or if a measurement was charged to a term that could not pay it.
    """
    if data is None:
        return ()
    try:
        document = json.loads(data)
        chain = tuple(entry_from_json(entry) for entry in _entries(document))
        if canonical({"format": FORMAT, "entries": [asdict(entry) for entry in chain]}) != data:
            raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
        _check(chain)
    except (ValueError, RecursionError, OverflowError, PrivacyError) as error:
        if isinstance(error, ReleaseError):
            raise
        raise ReleaseError(f"{FILE} cannot be read; get the release again.") from None
    return chain


def check_ends_with(chain: Chain, entry: Entry) -> None:
    """A chain says nothing of a charge that is not its last link. Raises: ReleaseError."""
    if chain and chain[-1] != entry:
        raise ReleaseError(f"{FILE} does not end with the charge of this release; get the release again.")


def _entries(document: Any) -> list[Any]:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ReleaseError(f"{FILE} is not a ledger; get the release again.")
    found = document.get("entries")
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        raise ReleaseError(f"{FILE} has no entries, or more than any ledger; get the release again.")
    return found


def _check(chain: Chain) -> None:
    previous = GENESIS
    for seq, entry in enumerate(chain, start=1):
        if entry.seq != seq or entry.previous != previous or entry.digest != entry.expected_digest():
            raise ReleaseError(f"{FILE}: entry {seq} does not follow from the one before it; ask the host.")
        previous = entry.digest
    _check_terms(chain)


def _check_terms(chain: Chain) -> None:
    """No measurement was charged to a term that could not pay it: by itself, or by others that share days with it."""
    promised = {(entry.term, entry.term_epsilon, entry.term_delta): entry for entry in chain}
    if len(promised) > _MOST_TERMS:
        raise ReleaseError(f"{FILE} names more than {_MOST_TERMS} terms; ask the host.")
    terms = {named: entry.promised for named, entry in promised.items()}
    for term in set(terms.values()):
        sharing = {named for named, other in terms.items() if term.overlaps(other)}
        charges = [
            entry
            for entry in chain
            if term.holds(entry.day) or (entry.term, entry.term_epsilon, entry.term_delta) in sharing
        ]
        # Only a measurement is admitted by what is left. A restored tally charges every round that it cannot know of,
        # also one that never was measured; that may be more than is left, and lets nothing in afterwards.
        while charges and charges[-1].kind == UNMEASURABLE:
            charges.pop()
        if sum((Fraction(entry.rho) for entry in charges), Fraction(0)) > _granted(term):
            raise ReleaseError(f"{FILE}: more was charged to the term {term.name} than it grants; ask the host.")


def _granted(term: Term) -> Fraction:
    return Fraction(term.rho) * (1 + Fraction(_CLOSE))
