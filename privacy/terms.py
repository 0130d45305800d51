"""Terms and what they have paid: every term that was ever promised keeps its promise, whatever is configured later."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from math import inf, nextafter
from typing import Literal

from privacy.documents import canonical
from privacy.errors import LedgerError

GENESIS = "0" * 64  # what the first entry follows
Kind = Literal["measured", "below-minimum", "unmeasurable"]
UNMEASURABLE: Kind = "unmeasurable"  # the kind of a charge for what may have been measured before a tally was restored


@dataclass(frozen=True, slots=True)
class Term:
    """A span of days, both included, in which all rounds together stay within (epsilon, delta)."""

    start: date
    end: date
    epsilon: float
    delta: float

    def __post_init__(self) -> None:
        """Refuse a term without days."""
        if self.end < self.start:
            raise LedgerError("a term ends on or after the day it starts")

    @property
    def rho(self) -> float:
        """The term's budget."""
        from privacy.accounting import rho_for  # noqa: PLC0415  (OpenDP, for who asks what is left, not for which days)

        return rho_for(self.epsilon, self.delta)

    @property
    def name(self) -> str:
        """The span as ISO 8601 dates."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def overlaps(self, other: "Term") -> bool:
        """Whether the two share a day."""
        return self.start <= other.end and other.start <= self.end

    def holds(self, day: str) -> bool:
        """Whether an ISO 8601 day is in the term."""
        return self.start.isoformat() <= day <= self.end.isoformat()


@dataclass(frozen=True, slots=True)
class Entry:
    """One charge. Of ballots and counts it holds nothing but what the measurement says: that digest is of noisy
    numbers, stored in the same transaction, and ties the one measurement of a round to the chain.

    `measurement` is SHA-256 of the stored document, `digest` is SHA-256 over the canonical JSON of the other fields,
    `previous` that of the entry before.
    """

    seq: int
    round_id: str
    kind: str
    rho: float
    term: str
    term_epsilon: float
    term_delta: float
    day: str
    measurement: str
    previous: str
    digest: str

    @property
    def promised(self) -> Term:
        """The term that the round was charged to, as it was promised then."""
        start, _, end = self.term.partition("/")
        return Term(date.fromisoformat(start), date.fromisoformat(end), self.term_epsilon, self.term_delta)

    def expected_digest(self) -> str:
        """What `digest` must be."""
        body = {name: value for name, value in asdict(self).items() if name != "digest"}
        return sha256(canonical(body)).hexdigest()


def paid(entries: Iterable[Entry], term: Term) -> Fraction:
    """All charges in the term's days, or to a term that shares days with it, exactly."""
    charges = (Fraction(e.rho) for e in entries if term.holds(e.day) or term.overlaps(e.promised))
    return sum(charges, Fraction(0))


def left(entries: Iterable[Entry], term: Term, today: date) -> Fraction:
    """What a round charged to `term` today may cost, exactly.

    A charge counts in its own term, in every term on record that shares days with it, and in those that hold today:
    so no other term, with other dates or another budget, can spend what an earlier round promised not to.
    """
    known = tuple(entries)
    recorded = {entry.promised for entry in known}
    held = {t for t in recorded if t.holds(today.isoformat()) or t.overlaps(term)}
    return max(min(Fraction(t.rho) - paid(known, t) for t in held | {term}), Fraction(0))


def rounded_down(exact: Fraction) -> float:
    near = float(exact)
    return nextafter(near, -inf) if Fraction(near) > exact else near


def rounded_up(exact: Fraction) -> float:
    near = float(exact)
    return nextafter(near, inf) if Fraction(near) < exact else near
