"""What an audit found, as a table: for each trial what leaks at least, what was promised, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from audit.trial import ALPHA, Outcome, Trial


def passed(trial: Trial, outcome: Outcome) -> bool:
    """The engine must not exceed its promise, and a fault must."""
    return outcome.exceeded is (trial.fault is not None)


def verdict(trial: Trial, outcome: Outcome) -> str:
    if trial.fault is None:
        return "BROKEN: more leaks than was promised" if outcome.exceeded else "kept"
    return "caught" if outcome.exceeded else "MISSED: this audit proves nothing"


def table(trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> Table:
    """One row a trial: lower bounds on mu and epsilon beside what was promised."""
    found = Table(title="What releases leak about one respondent, at least")
    found.add_column("trial")
    for title in ("releases", "mu at least", "promised", "reached", "epsilon at least", "promised"):
        found.add_column(title, justify="right")
    found.add_column("verdict")
    for trial, outcome in zip(trials, outcomes, strict=True):
        found.add_row(*row(trial, outcome))
    return found


def row(trial: Trial, outcome: Outcome) -> tuple[str, ...]:
    promise = outcome.promised
    mu = (f"{outcome.mu:.3f}", f"{promise.mu:.3f}", f"{outcome.mu / promise.mu:.0%}")
    epsilon = (f"{outcome.epsilon:.2f}", f"{promise.epsilon:.2f}")
    return (trial.name, f"2 x {trial.releases:,}", *mu, *epsilon, verdict(trial, outcome))


def words() -> str:
    return (
        f"Each bound holds with a confidence of {1 - ALPHA:.3%}. mu = sqrt(2 rho) is that of Gaussian noise of the "
        "promised rho; epsilon is at the promised delta."
    )
