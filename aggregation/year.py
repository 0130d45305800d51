"""A term's budget over a year: one large round and several short ones."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.accounting import epsilon_for, rho_for

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
    rho = rho_for(epsilon, delta)
    benchmark = rho / (1 + _PULSE * pulses)
    return Year(epsilon, delta, _down(benchmark, delta), _down(_PULSE * benchmark, delta), pulses)


def term_for(benchmark: float, delta: float, pulses: int = PULSES) -> Year:
    """The smallest term, in steps of a twentieth, that pays a benchmark of this epsilon and its pulses."""
    rho = rho_for(benchmark, delta) * (1 + _PULSE * pulses)
    epsilon = -(-epsilon_for(rho, delta) * 20 // 1) / 20
    return Year(epsilon, delta, benchmark, _down(_PULSE * rho_for(benchmark, delta), delta), pulses)


def _down(rho: float, delta: float) -> float:
    """Its epsilon in hundredths, never more than rho pays."""
    hundredths = int(epsilon_for(rho, delta) * 100)
    return hundredths / 100
