"""Numbers, dates and guarantees as people read them, in English and without the machine's locale."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Context, Decimal, localcontext
from math import ceil, exp
from typing import Final

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(time: datetime) -> str:
    """`1 December 2026`, in UTC."""
    time = time.astimezone(UTC)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


def days(first: datetime, last: datetime) -> str:
    """`1 March 2026 to 1 April 2026`, or the one day that both are."""
    return " to ".join(dict.fromkeys((day(first), day(last))))


def on_days(first: datetime, last: datetime) -> str:
    """`from 1 March 2026 to 1 April 2026`, or `on 1 March 2026`."""
    return f"{'on' if day(first) == day(last) else 'from'} {days(first, last)}"


def people(count: float) -> str:
    """`4,830`, never below zero."""
    return f"{max(round(count), 0):,}"


def percent(share: float, places: int) -> str:
    """`34%` or `34.2%`."""
    return f"{share * 100:.{places}f}%"


def points(margin: float, places: int) -> str:
    """`5` or `0.7`: percentage points, never written as none at all."""
    return f"{max(margin * 100, 10.0**-places):.{places}f}"


def amount(value: float) -> str:
    """`1,230` or `0.412`: three significant digits, as more than its interval can bear are not worth reading."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 or rounded == 0 else f"{rounded:g}"


def significant(value: float) -> str:
    """Three significant digits, rounded up: what is said to be a limit must not be made smaller by saying it."""
    return f"{_rounded_up(value, 3):g}"


def charge(rho: float) -> str:
    """`0.1851`: what the ledger was charged, written alike wherever it is said; four significant digits, rounded up."""
    return f"{_rounded_up(rho, 4):.4g}"


def _rounded_up(value: float, digits: int) -> float:
    with localcontext(Context(prec=digits, rounding=ROUND_CEILING)):
        return float(+Decimal(repr(round(value, 9))))


def one_in(chance: float) -> str:
    """`1 in 1,000,000`."""
    return f"1 in {round(1 / chance):,}"


def certainty(epsilon: float) -> str:
    """How sure an even bet can become at most: e^epsilon / (1 + e^epsilon), rounded up."""
    belief = ceil(1000 / (1 + exp(-epsilon))) / 10
    return f"{belief:.1f}%".replace(".0%", "%") if belief < 100 else "practically certain"
