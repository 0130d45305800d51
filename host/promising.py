"""What must hold before a host may promise anything new: a free name, the same term, and a term that can pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from host.house import House
from host.measured import measured_externals
from privacy.accounting import affordable_epsilon
from privacy.errors import BudgetExceeded
from privacy.terms import rounded_down
from survey.rounds.closing import Phase, phase
from survey.rounds.promise import PromisedTerm

if TYPE_CHECKING:
    from aggregation.wishes import Wishes
    from survey.rounds.any_manifest import AnyManifest
    from survey.rounds.folder import PublishedRound


class Unpromisable(ValueError):
    """A promise that this society cannot make now; says what stands against it."""


def check_name(house: House, name: str) -> None:
    """Raises: Unpromisable."""
    if not name or len(name) > 64 or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-"):
        raise Unpromisable("A round's name is made of a-z, 0-9, - and _, at most 64 of them; choose another.")
    if any(published.manifest.name == name for published in house.rounds.all()):
        raise Unpromisable(f"A round named '{name}' exists already; choose another name.")
    if any(one.manifest.name == name for one in measured_externals(house)):
        raise Unpromisable(
            f"Answers were measured and charged as '{name}' already. Write their release with `subrosa publish {name} "
            "--out DIR`, which charges nothing, or choose another name."
        )


def check_minimum(wishes: Wishes) -> None:
    """Raises: Unpromisable."""
    if wishes.minimum_responses > wishes.respondents:
        raise Unpromisable("--minimum-responses is more than --respondents: such a round would never be measured.")


def term_to_promise(house: House) -> PromisedTerm:
    term = house.config.term
    return PromisedTerm(term.start.isoformat(), term.end.isoformat(), term.epsilon, term.delta)


def check_term_stays(house: House, now: datetime) -> None:
    """What a round has promised of its term must stay true, so the term cannot be another while it runs."""
    own = house.config.term
    for manifest in _in_force(house, now):
        promised = manifest.promise.term
        start, end = date.fromisoformat(promised.start), date.fromisoformat(promised.end)
        same = (start, end, promised.epsilon, promised.delta) == (own.start, own.end, own.epsilon, own.delta)
        if not same and start <= own.end and own.start <= end:
            raise Unpromisable(
                f"The {'round' if manifest.source == 'round' else 'measurement'} '{manifest.name}' promised a term "
                f"from {promised.start} to {promised.end} with epsilon {promised.epsilon:g} and delta "
                f"{promised.delta:g}. [term] in subrosa.toml must stay that until it ends; the next term may begin the "
                "day after."
            )


def _in_force(house: House, now: datetime) -> Iterator[AnyManifest]:
    """Every manifest whose promise binds: of rounds that were not cancelled, and of answers that were measured."""
    for published in house.rounds.all():
        if phase(published.manifest, published.statement, now) is not Phase.CANCELLED:
            yield published.manifest
    yield from (one.manifest for one in measured_externals(house))


def check_budget(house: House, rho: float, delta: float, now: datetime) -> None:
    """The term must be able to pay this round beside those that are promised and not yet measured.

    delta: the round's, for the largest epsilon that could still be paid. Raises: BudgetExceeded.
    """
    left = left_of_term(house, now)
    if left is not None and Fraction(rho) > left:
        rest = rounded_down(max(left, Fraction(0)))
        raise BudgetExceeded(rho, rest, affordable_epsilon(rest, delta))


def left_of_term(house: House, now: datetime) -> Fraction | None:
    """What the term has left once all that is promised is paid; None where the ledger is not. Units: rho."""
    if not house.has_tally():
        return None
    promised = sum((Fraction(one.manifest.promise.rho) for one in unmeasured(house, now)), Fraction(0))
    return Fraction(house.ledger().remaining()) - promised


def unmeasured(house: House, now: datetime) -> tuple[PublishedRound, ...]:
    """The rounds on this machine whose promise the configured term has yet to pay."""
    charged = {entry.round_id for entry in house.ledger().entries()}
    start = house.config.term.start.isoformat()
    return tuple(
        one
        for one in house.rounds.all()
        if one.manifest.id not in charged
        and one.manifest.promise.term.start == start
        and phase(one.manifest, one.statement, now) is not Phase.CANCELLED
    )
