"""The one door out: budget checked, noise drawn, result stored and charged in one durable transaction."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from privacy.allocation import Allocation
from privacy.counts import ExactCounts
from privacy.documents import canonical
from privacy.errors import (
    AlreadyMeasured,
    ChargeUnknown,
    CommitUnclear,
    LedgerError,
    LedgerUnavailable,
    PrivacyError,
    Unmeasurable,
)
from privacy.ledger import Ledger, Transaction
from privacy.measurement import Measurement, NoisyResidual
from privacy.noise import add_noise, total_cost
from privacy.residuals import TOTAL, AxisSet, l2_squared, residual
from privacy.terms import Kind

__all__ = ["Charge", "Measurement", "measure", "no_hook"]

Hook = Callable[[str], None]
POINTS = ("begun", "checked", "gate-drawn", "drawn", "stored", "committed")


def no_hook(_point: str) -> None:
    """Do nothing at any crash point."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What is measured: a round, and the noisy total below which nothing but the total is."""

    round_id: str
    minimum_responses: int

    def __post_init__(self) -> None:
        """Refuse a round without a name."""
        if not self.round_id or not self.round_id.isprintable() or self.minimum_responses < 0:
            raise PrivacyError("a charge needs a round id and a minimum of zero or more responses")


def measure(
    ledger: Ledger, charge: Charge, counts: ExactCounts, allocation: Allocation, hook: Hook = no_hook
) -> Measurement:
    """Measure a round once and return what was stored, read back.

    Guarantee: rho-zCDP for one respondent added or removed, with rho = allocation.cost, or the total's share
    of it below the minimum. Until the commit nothing that depends on noise leaves this function: no output,
    log, file or message. A crash before it leaves no charge and no measurement, and redrawing noise that
    nobody saw is harmless.
    Hook: called with the name of each crash point, in the order of POINTS ("drawn" only above the minimum).
    Raises: AllocationError; AlreadyMeasured, Unmeasurable, OutsideTerm, BudgetExceeded before anything is drawn;
    LedgerUnavailable, of which ChargeUnknown does not know whether anything was charged.
    """
    allocation.check(counts.workload)
    try:
        with ledger.transaction() as transaction:
            hook("begun")
            _admit(transaction, charge, allocation)
            hook("checked")
            drawn = _draw(charge, counts, allocation, hook)
            _record(transaction, drawn)
            hook("stored")
    except CommitUnclear as unclear:
        return _after_unclear_commit(ledger, charge, unclear)
    except LedgerUnavailable:
        # Where the database does not lock for writers, losing a race shows as a refused row.
        with suppress(LedgerError):  # if it cannot be read either, the first error says more
            if ledger.measurement(charge.round_id) is not None:
                raise AlreadyMeasured(charge.round_id) from None
        raise
    hook("committed")
    return _stored(ledger, charge)


def _admit(transaction: Transaction, charge: Charge, allocation: Allocation) -> None:
    if transaction.unmeasurable(charge.round_id):
        raise Unmeasurable(charge.round_id)
    if transaction.measured(charge.round_id):
        raise AlreadyMeasured(charge.round_id)
    transaction.admit(allocation.cost)


def _draw(charge: Charge, counts: ExactCounts, allocation: Allocation, hook: Hook) -> Measurement:
    """The total first: whether the rest is drawn depends on its noisy value only."""
    gate = _noisy(counts, allocation, TOTAL)
    hook("gate-drawn")
    complete = int(gate.values) >= charge.minimum_responses
    drawn = {TOTAL: gate}
    if complete:
        drawn |= {e.axes: _noisy(counts, allocation, e.axes) for e in allocation.entries if e.axes != TOTAL}
        hook("drawn")
    return Measurement(charge.round_id, counts.workload, drawn, complete)


def _noisy(counts: ExactCounts, allocation: Allocation, axes: AxisSet) -> NoisyResidual:
    noise, workload = allocation.noise(axes), counts.workload
    exact = residual(workload, axes, counts.marginal(axes))
    cells = add_noise(exact.reshape(-1), noise.scale, l2_squared(workload, axes))
    return NoisyResidual(axes, noise.scale, noise.rho, cells.reshape(exact.shape))


def _record(transaction: Transaction, drawn: Measurement) -> None:
    rho = total_cost([noisy.rho for noisy in drawn.residuals.values()])
    kind: Kind = "measured" if drawn.complete else "below-minimum"
    transaction.record(drawn.round_id, kind, rho, canonical(drawn.to_json()))


def _after_unclear_commit(ledger: Ledger, charge: Charge, unclear: CommitUnclear) -> Measurement:
    """The database decides whether it committed; whoever asks reads before anyone draws.

    A server whose answer was not heard may still be at it: then not to find it is not to know.
    """
    try:
        stored = ledger.measurement(charge.round_id)
    except LedgerError:
        raise ChargeUnknown from None
    if stored is not None:
        return stored
    if not unclear.refused:
        raise ChargeUnknown
    raise LedgerUnavailable(
        "the ledger could not commit and nothing was charged; make room on its disk, then run again"
    )


def _stored(ledger: Ledger, charge: Charge) -> Measurement:
    stored = ledger.measurement(charge.round_id)
    if stored is None:
        raise LedgerError("the measurement was stored and is gone; restore the ledger from a backup")
    return stored
