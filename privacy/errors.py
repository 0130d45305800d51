"""What can go wrong when counts are measured. No message holds a count or a draw."""


class PrivacyError(Exception):
    """The root of this package's errors."""


class WorkloadError(PrivacyError):
    """The axes and tables do not make a workload."""


class CountsError(PrivacyError):
    """The counts do not have the sensitivity that the workload promises."""


class AllocationError(PrivacyError):
    """The noise does not fit the workload, or costs more than it says."""


class DocumentError(PrivacyError):
    """A stored document does not have the form it must have."""


class BudgetExceeded(PrivacyError):
    """The term cannot pay for this round; nothing was drawn.

    `requested`, `remaining`: rho. `affordable`: the largest epsilon that the rest pays, where that is known.
    """

    def __init__(self, requested: float, remaining: float, affordable: float | None = None) -> None:
        most = "" if affordable is None else f" to {affordable:.2f} at most"
        lower = "" if affordable == 0 else f"lower the round's epsilon{most} or "
        super().__init__(
            f"this round costs rho = {requested:.6g} and the term has {remaining:.6g} left; "
            f"{lower}wait for the next term"
        )
        self.requested = requested
        self.remaining = remaining
        self.affordable = affordable


class OutsideTerm(PrivacyError):
    """Today is before the term, or before the last charge; nothing was drawn."""


class AlreadyMeasured(PrivacyError):
    """The round has its one measurement; read it from the ledger instead."""

    def __init__(self, round_id: str) -> None:
        super().__init__(f"round {round_id} is measured already; its stored measurement is the only one")
        self.round_id = round_id


class Unmeasurable(PrivacyError):
    """The round may have been measured before its ledger was lost, so that it never is again."""

    def __init__(self, round_id: str) -> None:
        super().__init__(
            f"round {round_id} can never be measured: when the ledger was restored from a backup, nobody could tell "
            "whether that had been done already; what it promised to cost is charged"
        )
        self.round_id = round_id


class LedgerError(PrivacyError):
    """The ledger cannot be read or written."""


class LedgerUnavailable(LedgerError):
    """The database cannot be used; says whether anything was charged."""


class ChargeUnknown(LedgerUnavailable):
    """Nobody heard whether the database committed, and it may do so yet."""

    def __init__(self) -> None:
        super().__init__(
            "the ledger's database did not say whether it committed, so it is not known whether this was charged; run "
            "the same command again once the database answers: it finds out, and nothing is charged twice"
        )


class CommitUnclear(LedgerError):
    """The database failed while committing: read before drawing again.

    refused: it said itself that it did not commit, so that what is not there now never will be.
    """

    def __init__(self, reason: str, refused: bool) -> None:
        super().__init__(f"the ledger's database failed to commit ({reason})")
        self.refused = refused


class ChainBroken(LedgerError):
    """An entry was changed, moved or taken out."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"ledger entry {seq}: {reason}; restore the ledger from a backup")
        self.seq = seq
