"""Sums over the tables of a release and their noise, as a researcher makes them from measurements.json alone."""

from itertools import product
from math import prod
from typing import Any

from test_release_alone import Folder, residuals_of

Weights = dict[str, list[float]]


class Researcher(Folder):
    """Weighted sums over tables with the same cohorts: a list of table names with weights of their answer cells.

    A table of sizes has the one weight 1 for its one cell a cohort.
    """

    def __init__(self, measurements: dict[str, Any]) -> None:
        super().__init__(measurements)
        self.found: dict[str, list[float]] = {}

    def cells(self, name: str) -> list[float]:
        if name not in self.found:
            self.found[name] = super().cells(name)
        return self.found[name]

    def sums(self, terms: list[tuple[str, list[float]]]) -> list[float]:
        found = []
        for name, weights in terms:
            cells = self.cells(name)
            lines = [cells[at : at + len(weights)] for at in range(0, len(cells), len(weights))]
            found.append([sum(y * w for y, w in zip(line, weights, strict=True)) for line in lines])
        return [sum(parts) for parts in zip(*found, strict=True)]

    def shared(self, first: list[tuple[str, list[float]]], second: list[tuple[str, list[float]]]) -> float:
        return sum(self._between(a, b) for a, b in product(first, second))

    def _between(self, first: tuple[str, list[float]], second: tuple[str, list[float]]) -> float:
        one, other = (self._weights(*term) for term in (first, second))
        both = set(residuals_of(self.tables[first[0]], self.axes)) & set(
            residuals_of(self.tables[second[0]], self.axes)
        )
        whole = 0.0
        for names in both:
            factors = (self._factor(axis, axis in names, one, other) for axis in {**one, **other})
            whole += self.variances[names] * prod(factors)
        return whole

    def _factor(self, axis: str, inside: bool, one: Weights, other: Weights) -> float:
        if axis not in one or axis not in other:
            weights = one.get(axis) or other[axis]
            return sum(weights) / len(weights)
        a, b = one[axis], other[axis]
        both, means = sum(x * y for x, y in zip(a, b, strict=True)), sum(a) * sum(b) / len(a) ** 2
        if self.axes[axis]["touches"] > 1:
            return both
        return both - len(a) * means if inside else means

    def _weights(self, name: str, weights: list[float]) -> Weights:
        table = self.tables[name]
        return {axis: self.one(axis) for axis in table["by"]} | dict.fromkeys(table["of"], weights)

    def only(self, axis: str, cell: int, worth: float = 1.0) -> list[float]:
        return [worth * (at == cell) for at in range(self.axes[axis]["size"])]
