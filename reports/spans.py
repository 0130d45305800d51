"""From places among the brackets of an amount to amounts: interpolated within a bracket, and silent in an open one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf, isinf, log10

from survey.forms.brackets import ZERO, bracket_ids, edges_per_decade
from survey.forms.model import Amount

_MOST_PER_DECADE = 100  # what a form may ask for


@dataclass(frozen=True, slots=True)
class Spans:
    """The brackets of an amount in rising order: their ids and ends. Open ends are infinite; zero has the ends 0, 0."""

    ids: tuple[str, ...]
    ends: tuple[tuple[float, float], ...]
    geometric: bool

    @classmethod
    def of(cls, amount: Amount) -> Spans:
        ids = bracket_ids(amount)
        ends: list[tuple[float, float]] = list(pairwise((-inf, *map(float, amount.edges), inf)))
        if amount.zero is not None:
            ends.insert(ids.index(ZERO), (0.0, 0.0))
        return cls(ids, tuple(ends), is_geometric(amount))

    def bracket(self, place: float) -> int:
        """The index of the bracket that holds a place."""
        return min(int(place), len(self.ids) - 1)

    def value(self, place: float) -> float | None:
        """The amount at a place; None in an open bracket."""
        at = self.bracket(place)
        low, high = self.ends[at]
        if isinf(low) or isinf(high):
            return None
        part = place - at
        return low * (high / low) ** part if self.geometric and low > 0 else low + (high - low) * part

    def low(self, place: float) -> float | None:
        """The lower end of an interval that begins at a place: where the bracket begins if it is open above."""
        low, high = self.ends[self.bracket(place)]
        return low if isinf(high) else self.value(place)

    def high(self, place: float) -> float | None:
        """The upper end of an interval that stops at a place: where the bracket ends if it is open below."""
        low, high = self.ends[self.bracket(place)]
        return high if isinf(low) else self.value(place)


def is_geometric(amount: Amount) -> bool:
    """Whether the form made the edges as equal parts of decades; then amounts are interpolated by their logarithm."""
    edges = amount.edges
    return edges[0] > 0 and len(edges) > 1 and any(_per_decade(edges, n) for n in _possible(edges))


def _possible(edges: tuple[int, ...]) -> range:
    """How many per decade could make this many brackets: trying all that a form may ask for takes seconds."""
    brackets, decades = len(edges) - 1, log10(edges[-1] / edges[0])
    fewest, most = ceil((brackets - 1) / decades) - 1, ceil(brackets / decades) + 1  # one to spare: logarithms round
    return range(max(fewest, 1), min(most, _MOST_PER_DECADE) + 1)


def _per_decade(edges: tuple[int, ...], per_decade: int) -> bool:
    try:
        return edges_per_decade(edges[0], edges[-1], per_decade) == edges
    except ValueError:  # so many that two are the same
        return False
