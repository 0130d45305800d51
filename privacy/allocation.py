"""How a round's rho is divided among the residuals so that its tables are as precise as it can buy."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np

from privacy.closed_form import ClosedForm, Floats
from privacy.documents import items, members, positive, texts
from privacy.errors import AllocationError
from privacy.noise import cost, scale_for, total_cost
from privacy.residuals import AxisSet, closure, l2_squared
from privacy.workload import Workload

_WIDEST = 2.0**46  # 64 times it is still a whole number that, with its residual, every JSON reader keeps exact


@dataclass(frozen=True, slots=True)
class SetNoise:
    """The noise of one residual. Units: scale in its own whole numbers; rho is what OpenDP states for it."""

    axes: AxisSet
    rho: float
    scale: float


@dataclass(frozen=True, slots=True)
class Allocation:
    """The noise of every residual. Guarantee: OpenDP's composition of the entries is at most `rho`."""

    rho: float
    entries: tuple[SetNoise, ...]

    def noise(self, axes: AxisSet) -> SetNoise:
        """The noise of the residual over these axes."""
        return next(entry for entry in self.entries if entry.axes == axes)

    @property
    def scales(self) -> Mapping[AxisSet, float]:
        """The scale of every residual's noise."""
        return {entry.axes: entry.scale for entry in self.entries}

    @property
    def cost(self) -> float:
        """What is charged: OpenDP's total, a hair below `rho`."""
        return total_cost([entry.rho for entry in self.entries])

    def check(self, workload: Workload) -> None:
        """Raises: AllocationError unless it fits the workload and costs no more than it says."""
        if tuple(entry.axes for entry in self.entries) != closure(workload):
            raise AllocationError("the allocation must give noise to every set of axes that the tables need, once")
        for entry in self.entries:
            squared = l2_squared(workload, entry.axes)
            exact = Fraction(squared) / (2 * Fraction(entry.scale) ** 2)
            if cost(entry.scale, squared) > entry.rho or exact > Fraction(entry.rho):
                raise AllocationError(f"the axes {named(entry.axes)} have too little noise for their share of rho")
            if entry.scale > _WIDEST:
                raise AllocationError(f"the axes {named(entry.axes)} have too much noise for exact numbers; weigh more")
        if self.cost > self.rho or sum(Fraction(entry.rho) for entry in self.entries) > Fraction(self.rho):
            raise AllocationError("the parts together cost more than the allocation's rho")

    def to_json(self) -> dict[str, Any]:
        """JSON types only."""
        entries = [{"axes": list(e.axes), "rho": e.rho, "scale": e.scale} for e in self.entries]
        return {"rho": self.rho, "entries": entries}

    @classmethod
    def from_json(cls, document: object) -> "Allocation":
        """What `to_json` gave. Raises: DocumentError."""
        parts = members(document, ("rho", "entries"), "allocation")
        entries = tuple(_entry(entry) for entry in items(parts["entries"], "entries"))
        return cls(positive(parts["rho"], "rho"), entries)


def named(axes: AxisSet) -> str:
    """A set of axes in a message."""
    return ", ".join(axes) or "(the total)"


def allocate(workload: Workload, rho: float, weights: Mapping[str, float] | None = None) -> Allocation:
    """Divide rho so that the weighted sum of the tables' mean variances is as small as it can be.

    Weights: table name to a number above zero, for the variance of one of its cells; tables not named weigh 1.
    Guarantee: OpenDP's stated total is at most rho; no other division of rho has a smaller weighted sum.
    Source: closed form by the inequality of Cauchy and Schwarz, docs/privacy.md, section 3.
    """
    if not 0 < rho < float("inf"):
        raise AllocationError("a round needs a rho above zero")
    form = ClosedForm(workload)
    parts = [Fraction(float(part)) for part in form.parts(_weights(workload, weights or {}))]
    # A hair is kept back: sums of floats are rounded up, and in another order by another hair.
    spendable = Fraction(rho) * (1 - Fraction(len(parts), 2**50)) / sum(parts)
    shares = zip(form.sets, parts, strict=True)
    entries = tuple(_priced(workload, axes, spendable * part) for axes, part in shares)
    allocation = Allocation(rho, entries)
    allocation.check(workload)
    return allocation


def best_scales(workload: Workload, rho: float, weights: Mapping[str, float]) -> Mapping[AxisSet, float]:
    """The scales that `allocate` gives, before they are rounded to cost no more than they may: for planning only."""
    form = ClosedForm(workload)
    parts = form.parts(_weights(workload, weights))
    return {
        axes: sqrt(l2_squared(workload, axes) / (2 * rho * float(part)))
        for axes, part in zip(form.sets, parts, strict=True)
    }


def _priced(workload: Workload, axes: AxisSet, share: Fraction) -> SetNoise:
    squared = l2_squared(workload, axes)
    scale = scale_for(float(share), squared)
    return SetNoise(axes, cost(scale, squared), scale)


def _weights(workload: Workload, weights: Mapping[str, float]) -> Floats:
    names = [table.name for table in workload.tables]
    if unknown := sorted(set(weights) - set(names)):
        raise AllocationError(f"there is no table {unknown[0]!r} to weigh")
    if not all(0 < weight < float("inf") for weight in weights.values()):
        raise AllocationError("weights must be numbers above zero")
    return np.array([float(weights.get(name, 1)) for name in names])


def _entry(document: object) -> SetNoise:
    parts = members(document, SetNoise.__slots__, "entry")
    return SetNoise(texts(parts["axes"], "axes"), positive(parts["rho"], "rho"), positive(parts["scale"], "scale"))
