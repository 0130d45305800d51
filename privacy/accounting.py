"""What a rho means: (epsilon, delta) by OpenDP, and the guarantees that a promise states."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from math import inf, log, nextafter, sqrt
from typing import Any

from opendp.combinators import make_zCDP_to_approxDP

from privacy.allocation import Allocation
from privacy.documents import items, members, number, text
from privacy.errors import AllocationError
from privacy.noise import composition, cost, total_cost
from privacy.residuals import replacement_l2_squared
from privacy.workload import Workload

_SECANTS = 8


@lru_cache(maxsize=256)
def epsilon_for(rho: float, delta: float) -> float:
    """The smallest epsilon that OpenDP states for rho-zCDP at this delta."""
    if not 0 <= rho < inf or not 0 < delta < 1:
        raise AllocationError("rho must be zero or more, and delta between 0 and 1")
    if rho == 0:
        return 0.0
    curve = make_zCDP_to_approxDP(composition([rho])).map(1.0)
    return float(curve.epsilon(delta))


@lru_cache(maxsize=256)
def rho_for(epsilon: float, delta: float) -> float:
    """The largest rho, but for a few last places, that OpenDP still states as (epsilon, delta); never above it.

    What OpenDP states wavers in its last places, so that this is what halving from (0, epsilon] ends at, always in the
    same steps: promises hold these numbers, and are compared with them years later.
    """
    if not 0 < epsilon < inf or not 0 < delta < 1:
        raise AllocationError("epsilon must be above zero, and delta between 0 and 1")
    kept, over = _bracket(epsilon, delta)
    low, high = 0.0, epsilon
    while nextafter(low, inf) < high:
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        # OpenDP is asked only where the bracket leaves it open.
        fits = middle <= kept or (middle < over and epsilon_for(middle, delta) <= epsilon)
        low, high = (middle, high) if fits else (low, middle)
    return low


def _bracket(epsilon: float, delta: float) -> tuple[float, float]:
    """A rho up to which OpenDP states at most epsilon, and a larger one from which on it states more.

    Around a guess, a thousand times as far from it as OpenDP wavers; else the widest: rho-zCDP never states an epsilon
    below rho.
    """
    guess = _guess(epsilon, delta)
    for away in (1e-12, 1e-10):
        low, high = guess * (1 - away), guess * (1 + away)
        if low > 0 and high < epsilon and epsilon_for(low, delta) <= epsilon < epsilon_for(high, delta):
            return low, high
    return 0.0, epsilon


def _guess(epsilon: float, delta: float) -> float:
    """Nearly that rho, by secants, for epsilon is nearly a straight line in rho's root; 0.0 if they lead astray."""
    known = -log(delta)
    last = sqrt(known + epsilon) - sqrt(known)  # whose square has the textbook's epsilon, rho + 2 sqrt(rho known)
    root, stated = 0.9 * last, epsilon_for(last**2, delta)
    for _ in range(_SECANTS):
        now = epsilon_for(root**2, delta)
        if now == stated:
            break
        last, root, stated = root, root + (epsilon - now) * (root - last) / (now - stated), now
        if not 0 < root**2 < epsilon:
            return 0.0
    return root**2


def affordable_epsilon(rho: float, delta: float) -> float:
    """The largest epsilon in hundredths that costs no more than rho at this delta; 0 if none does."""
    hundredths = int(epsilon_for(rho, delta) * 100)
    while hundredths and rho_for(hundredths / 100, delta) > rho:
        hundredths -= 1
    return hundredths / 100


@dataclass(frozen=True, slots=True)
class Share:
    """What everything measured tells about one axis, if only that answer is changed."""

    axis: str
    rho: float
    epsilon: float


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One response in one round, all at the same delta.

    `rho`, `epsilon`: it was given or not. `replacement_rho`, `replacement_epsilon`: someone who knows that it
    was given asks what it said. `shares`: the same for one axis, all else being known and left as it is.
    """

    delta: float
    rho: float
    epsilon: float
    replacement_rho: float
    replacement_epsilon: float
    shares: tuple[Share, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON types only."""
        return asdict(self) | {"shares": [asdict(share) for share in self.shares]}

    @classmethod
    def from_json(cls, document: object) -> "Guarantee":
        """What `to_json` gave. Raises: DocumentError."""
        parts = members(document, cls.__slots__, "guarantee")
        numbers = {name: number(parts[name], name) for name in cls.__slots__ if name != "shares"}
        return cls(**numbers, shares=tuple(_share(entry) for entry in items(parts["shares"], "shares")))


def guarantee(workload: Workload, allocation: Allocation, delta: float) -> Guarantee:
    """All guarantees of a round under this allocation, every rho by OpenDP's maps."""
    rho = total_cost([entry.rho for entry in allocation.entries])
    replacement = replacement_rho(workload, allocation)
    used = {name for table in workload.tables for name in table.axes}
    shares = tuple(
        Share(axis.name, *_stated(replacement_rho(workload, allocation, {axis.name}), delta))
        for axis in workload.axes
        if axis.name in used
    )
    return Guarantee(delta, rho, epsilon_for(rho, delta), *_stated(replacement, delta), shares)


@dataclass(frozen=True, slots=True)
class Group:
    """Up to so many responses together, all given or none."""

    people: int
    rho: float
    epsilon: float


def group_guarantee(rho: float, people: int, delta: float) -> Group:
    """What rho-zCDP for one response is for a group of this many: people^2 rho, rounded up (Bun and Steinke 2016)."""
    if people < 1:
        raise AllocationError("a group has at least one member")
    exact = people**2 * Fraction(rho)
    whole = float(exact)
    whole = nextafter(whole, inf) if Fraction(whole) < exact else whole
    return Group(people, whole, epsilon_for(whole, delta))


def replacement_rho(workload: Workload, allocation: Allocation, axes: Collection[str] | None = None) -> float:
    """The cost when one response is replaced by another that differs in these axes only (none given: in any).

    A question of several axes (a ranking) passes them all, a question that others depend on theirs too.
    """
    if unknown := sorted(set(axes or ()) - {axis.name for axis in workload.axes}):
        raise AllocationError(f"there is no axis {unknown[0]!r}")
    moved = ((entry.scale, replacement_l2_squared(workload, entry.axes, axes)) for entry in allocation.entries)
    return total_cost([cost(scale, squared) for scale, squared in moved if squared])


def _stated(rho: float, delta: float) -> tuple[float, float]:
    return rho, epsilon_for(rho, delta)


def _share(document: object) -> Share:
    parts = members(document, Share.__slots__, "share")
    return Share(text(parts["axis"], "axis"), number(parts["rho"], "rho"), number(parts["epsilon"], "epsilon"))
