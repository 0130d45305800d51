"""How a round's rho is divided: plainly, each table by its weight."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from privacy.documents import items, members, positive, text
from privacy.errors import AllocationError
from privacy.noise import cost, scale_for, total_cost
from privacy.workload import Workload


@dataclass(frozen=True, slots=True)
class TableNoise:
    """The noise of one table. Units: scale in respondents; rho is what OpenDP states for it."""

    table: str
    rho: float
    scale: float


@dataclass(frozen=True, slots=True)
class Allocation:
    """The noise of every table. Guarantee: OpenDP's composition of the entries is at most `rho`."""

    rho: float
    entries: tuple[TableNoise, ...]

    def noise(self, table: str) -> TableNoise:
        """The noise of this table."""
        return next(entry for entry in self.entries if entry.table == table)

    @property
    def cost(self) -> float:
        """What is charged: OpenDP's total, a hair below `rho`."""
        return total_cost([entry.rho for entry in self.entries])

    def check(self, workload: Workload) -> None:
        """Raises: AllocationError unless it fits the workload and costs no more than it says."""
        if sorted(entry.table for entry in self.entries) != sorted(table.name for table in workload.tables):
            raise AllocationError("the allocation must give noise to every table of the workload, once")
        for entry in self.entries:
            l2_squared = workload.l2_squared(entry.table)
            exact = Fraction(l2_squared) / (2 * Fraction(entry.scale) ** 2)
            if cost(entry.scale, l2_squared) > entry.rho or exact > Fraction(entry.rho):
                raise AllocationError(f"table {entry.table!r} has too little noise for its share of rho")
        if self.cost > self.rho or sum(Fraction(entry.rho) for entry in self.entries) > Fraction(self.rho):
            raise AllocationError("the tables together cost more than the allocation's rho")

    def to_json(self) -> dict[str, Any]:
        """JSON types only."""
        return {"rho": self.rho, "entries": [asdict(entry) for entry in self.entries]}

    @classmethod
    def from_json(cls, document: object) -> "Allocation":
        """What `to_json` gave. Raises: DocumentError."""
        parts = members(document, ("rho", "entries"), "allocation")
        entries = tuple(_entry(entry) for entry in items(parts["entries"], "entries"))
        return cls(positive(parts["rho"], "rho"), entries)


def allocate(workload: Workload, rho: float, weights: Mapping[str, float] | None = None) -> Allocation:
    """Give every table its share of rho, equal unless weighted.

    Weights: table name to a number above zero; tables that are not named weigh 1.
    Guarantee: OpenDP's stated total is at most rho.
    """
    if not 0 < rho < float("inf"):
        raise AllocationError("a round needs a rho above zero")
    weigh = _weights(workload, weights or {})
    whole = sum(weigh.values(), Fraction(0))
    # A hair is kept back: sums of floats are rounded up, and in another order by another hair.
    spendable = Fraction(rho) * (1 - Fraction(len(weigh), 2**50))
    entries = tuple(_priced(workload, name, spendable * w / whole) for name, w in weigh.items())
    allocation = Allocation(rho, entries)
    allocation.check(workload)
    return allocation


def _priced(workload: Workload, table: str, share: Fraction) -> TableNoise:
    l2_squared = workload.l2_squared(table)
    scale = scale_for(float(share), l2_squared)
    return TableNoise(table, cost(scale, l2_squared), scale)


def _weights(workload: Workload, weights: Mapping[str, float]) -> dict[str, Fraction]:
    names = [table.name for table in workload.tables]
    if unknown := sorted(set(weights) - set(names)):
        raise AllocationError(f"there is no table {unknown[0]!r} to weigh")
    if not all(0 < weight < float("inf") for weight in weights.values()):
        raise AllocationError("weights must be numbers above zero")
    return {name: Fraction(weights.get(name, 1)) for name in names}


def _entry(document: object) -> TableNoise:
    parts = members(document, TableNoise.__slots__, "entry")
    return TableNoise(text(parts["table"], "table"), positive(parts["rho"], "rho"), positive(parts["scale"], "scale"))
