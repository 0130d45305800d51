"""A term's budget over a year: one large round and several short ones."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.accounting import affordable_epsilon, epsilon_for, rho_for

PULSES = 3
_PULSE = 0.25  # of a benchmark's budget: a pulse has about a quarter of its tables


@dataclass(frozen=True, slots=True)
class Year:
    """What a term of (epsilon, delta) can pay: each round's epsilon, rounded down so that all of them fit."""

    epsilon: float
    delta: float
    benchmark: float
    pulse: float
    pulses: int


def year(epsilon: float, delta: float, pulses: int = PULSES) -> Year:
    """One benchmark and some pulses, each with a quarter of its rho. Raises: what `privacy` raises."""
    return _of(rho_for(epsilon, delta), epsilon, delta, pulses)


def year_of(rho: float, delta: float, pulses: int = PULSES) -> Year:
    """The same of what a term has left; its epsilon in hundredths, rounded down. Units: rho, 0 or more."""
    return _of(rho, affordable_epsilon(rho, delta), delta, pulses)


def _of(rho: float, epsilon: float, delta: float, pulses: int) -> Year:
    benchmark = rho / (1 + _PULSE * pulses)
    return Year(
        epsilon, delta, affordable_epsilon(benchmark, delta), affordable_epsilon(_PULSE * benchmark, delta), pulses
    )


def term_for(benchmark: float, delta: float, pulses: int = PULSES) -> Year:
    """The smallest term, in steps of a twentieth, that pays a benchmark of this epsilon and its pulses."""
    rho = rho_for(benchmark, delta) * (1 + _PULSE * pulses)
    epsilon = -(-epsilon_for(rho, delta) * 20 // 1) / 20
    return Year(epsilon, delta, benchmark, affordable_epsilon(_PULSE * rho_for(benchmark, delta), delta), pulses)
