"""Public brackets for amounts, and bins for scores.

Edges are integers, computed here once and stored in the canonical form: powers round differently in Python
and in JavaScript. Brackets are ``[lo, hi)``, with one below the first edge and one at or above the last.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the model needs bracket ids, so this import is for the type checker only
    from survey.forms.model import Amount, Score

LARGEST = 2**53 - 1  # beyond it JavaScript cannot tell integers apart
ZERO = "zero"

# below, between, at or above; and what separates thousands
_WORDS = {
    "en": ("under {}", "{} to under {}", "{} or more", ","),
    "es": ("menos de {}", "de {} a menos de {}", "{} o más", "."),
}
_SYMBOLS = ("< {}", "≥ {}, < {}", "≥ {}", "\N{NARROW NO-BREAK SPACE}")


def edges_per_decade(lower: int, upper: int, per_decade: int) -> tuple[int, ...]:
    """The integers (half up) nearest to ``lower * 10 ** (i / per_decade)`` below ``upper``, then ``upper``.

    Raises: ValueError, if two of them are the same integer.
    """
    edges: list[int] = []
    with localcontext() as context:
        context.prec = 60  # whole decades come out exact; the others are irrational, hence never a tie
        while True:
            decades, step = divmod(len(edges), per_decade)
            exact = Decimal(lower).scaleb(decades) * Decimal(10) ** (Decimal(step) / per_decade)
            if exact >= upper:
                break
            edges.append(int(exact.to_integral_value(ROUND_HALF_UP)))
    return check_edges([*edges, upper])


def check_edges(edges: Sequence[int]) -> tuple[int, ...]:
    """The same edges as a tuple. Raises: ValueError, if they do not rise."""
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError("two edges are the same or fall; take fewer of them, further apart and rising")
    return tuple(edges)


def zero_is_possible(edges: Sequence[int]) -> bool:
    """Whether a bracket of exactly zero leaves the others whole: zero is an edge, or below all of them."""
    return 0 in edges or edges[0] > 0


def _with_zero(amount: Amount, names: list[str], zero: str) -> tuple[str, ...]:
    if amount.zero is None:
        return tuple(names)
    place = _zero_place(amount)
    return (*names[:place], zero, *names[place:])


def _zero_place(amount: Amount) -> int:
    """Index of the zero bracket: just before the bracket that would hold it."""
    return bisect_right(amount.edges, 0)


def bracket_ids(amount: Amount) -> tuple[str, ...]:
    """``below-lo``, ``lo-hi``, …, ``from-hi`` in rising order, and ``zero`` where it belongs."""
    edges = amount.edges
    inner = [f"{low}-{high}" for low, high in pairwise(edges)]
    return _with_zero(amount, [f"below-{edges[0]}", *inner, f"from-{edges[-1]}"], ZERO)


def bracket_labels(amount: Amount, language: str = "en") -> tuple[str, ...]:
    """What a person reads, in the order of ``bracket_ids``, without the unit; symbols if we lack words."""
    below, between, above, separator = _WORDS.get(language, _SYMBOLS)
    edges = [f"{edge:,}".replace(",", separator) for edge in amount.edges]
    inner = [between.format(low, high) for low, high in pairwise(edges)]
    zero = "" if amount.zero is None else amount.zero.text(language)
    return _with_zero(amount, [below.format(edges[0]), *inner, above.format(edges[-1])], zero)


def in_base_unit(amount: Amount, value: float, unit: str | None = None) -> float:
    """The value in the unit of the brackets: divided by the public rate of its unit.

    Raises: ValueError, if the unit is not one of the amount's.
    """
    if unit is None:
        return value
    rates = dict(amount.units)
    if unit not in rates:
        raise ValueError("its unit is not one of this question; use one that the form lists, or none")
    return value / rates[unit]


def bracket_of(amount: Amount, value: float) -> str:
    """The id of the bracket that holds the value (in the base unit).

    Raises: ValueError, if it is not a finite number.
    """
    if not math.isfinite(value):
        raise ValueError("an amount must be a finite number")
    ids = bracket_ids(amount)
    if amount.zero is None:
        return ids[bisect_right(amount.edges, value)]
    place = _zero_place(amount)
    if value == 0:
        return ids[place]
    index = bisect_right(amount.edges, value)
    return ids[index + (index >= place)]


def bin_starts(items: int, points: int, bins: int) -> tuple[int, ...]:
    """The first sum of each bin, for ``items`` answers of 1 to ``points``; bins as equal as possible."""
    sums = items * (points - 1) + 1
    return tuple(items + index * sums // bins for index in range(bins))


def bin_ids(score: Score) -> tuple[str, ...]:
    """``lo-hi``, both inclusive, or one number where a bin is one sum."""
    last = len(score.items) * score.points
    ends = [*(start - 1 for start in score.starts[1:]), last]
    return tuple(str(low) if low == high else f"{low}-{high}" for low, high in zip(score.starts, ends, strict=True))


def bin_of(score: Score, total: int) -> str:
    """The id of the bin that holds a sum. Raises: ValueError, if the items cannot add up to it."""
    lowest, highest = len(score.items), len(score.items) * score.points
    if not lowest <= total <= highest:
        raise ValueError(f"a sum must lie between {lowest} and {highest}")
    return bin_ids(score)[bisect_right(score.starts, total) - 1]
