"""Continuing a ledger that was lost from what others hold of it: the chain in releases, and their measurements."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

import sqlalchemy as sa

from privacy.ledger import Entry, Term, Transaction, check_chain
from privacy.store import ENTRIES, LOST, MEASUREMENTS
from privacy.terms import UNMEASURABLE

Chain = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A chain as it was published, and the measurements that are at hand of it, by their digests."""

    chain: Chain
    documents: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A round that may have been measured though the ledger does not say so: what it promised to cost, and when."""

    round_id: str
    rho: float
    term: Term


def longest(known: Chain, evidence: Iterable[Evidence]) -> Chain:
    """The longest published chain that goes on from the known one; that itself where none does.

    Entries are tied to those before them by their digests, so that a chain which holds the last of the known holds them
    all.
    """
    goes_on = (one.chain for one in evidence if one.chain[: len(known)] == known)
    return max((known, *goes_on), key=len)


def take_back(
    connection: sa.Connection, known: Chain, evidence: Iterable[Evidence], day: str
) -> tuple[Chain, set[str]]:
    """Go on with the longest chain, and store the measurements that are at hand.

    Returns what was added, and the ids of rounds in it whose measurements are lost: charged, and never measured again.
    Raises: ChainBroken, and nothing may be committed.
    """
    all_of_it = tuple(evidence)
    added = longest(known, all_of_it)[len(known) :]
    documents = {digest: document for one in all_of_it for digest, document in one.documents.items()}
    lost = {entry.round_id for entry in added if entry.kind != UNMEASURABLE and entry.measurement not in documents}
    for entry in added:
        connection.execute(sa.insert(ENTRIES), [asdict(entry)])
        if entry.measurement in documents:
            row = {"round_id": entry.round_id, "document": documents[entry.measurement]}
            connection.execute(sa.insert(MEASUREMENTS), [row])
        elif entry.round_id in lost:
            connection.execute(sa.insert(LOST), [{"round_id": entry.round_id, "day": day}])
    check_chain(connection)
    return added, lost


def charge_doubtful(connection: sa.Connection, doubtful: Iterable[Doubtful], today: date) -> None:
    """Charge each of these rounds what it promised to cost, and have it never measured. Raises: OutsideTerm."""
    for one in doubtful:
        Transaction(connection, one.term, today).record_unmeasurable(one.round_id, one.rho)
