"""What a researcher computes who has the folder of a release and the words in it.

Of ours only the search for the displayed tables is used; tests/privacy/test_nearest.py holds it to what the words say.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import prod, sqrt
from statistics import NormalDist
from typing import Any

import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds

from privacy.measurement import Measurement
from privacy.nearest import nearest

Z, U = 1.959963984540054, 1.6448536269514722


@pytest.fixture(scope="module")
def split_round(tmp_path_factory: pytest.TempPathFactory) -> Round:
    wishes = replace(WISHES, respondents=900, by=(("industry",),))
    return make_round(tmp_path_factory.mktemp("alone"), seven_kinds(), wishes, people=900)


def residuals_of(table: dict[str, Any], axes: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The axis sets that make up a table: all its axes of several cells, in the order of the workload, or fewer."""
    names = [name for name in axes if name in table["by"] + table["of"] and axes[name]["size"] > 1]
    always = {name for name in names if axes[name]["touches"] > 1}
    for size in range(len(names) + 1):
        yield from (chosen for chosen in combinations(names, size) if always <= set(chosen))


class Folder:
    """Tables and their noise, from measurements.json alone."""

    def __init__(self, measurements: dict[str, Any]) -> None:
        self.axes = {axis["name"]: axis for axis in measurements["workload"]["axes"]}
        self.tables = {table["name"]: table for table in measurements["workload"]["tables"]}
        self.parts, self.variances = {}, {}
        for part in measurements["residuals"]:
            names = tuple(part["axes"])
            sizes = [self.axes[name]["size"] for name in names]
            single = [at for at, name in enumerate(names) if self.axes[name]["touches"] == 1]
            divisor = prod(sizes[at] for at in single)
            values = dict(zip(product(*map(range, sizes)), map(Fraction, flat(part["values"])), strict=True))
            for at in single:
                values = self._centred(values, at, sizes[at])
            self.parts[names] = {cell: value / divisor for cell, value in values.items()}
            self.variances[names] = (part["scale"] / divisor) ** 2

    @staticmethod
    def _centred(values: dict[tuple[int, ...], Fraction], at: int, size: int) -> dict[tuple[int, ...], Fraction]:
        sums: dict[tuple[int, ...], Fraction] = {}
        for cell, value in values.items():
            line = cell[:at] + cell[at + 1 :]
            sums[line] = sums.get(line, Fraction(0)) + value
        return {cell: value - sums[cell[:at] + cell[at + 1 :]] / size for cell, value in values.items()}

    def cells(self, name: str) -> list[float]:
        """The table's cells in C order."""
        table = self.tables[name]
        over = table["by"] + table["of"]
        found = []
        for cell in product(*(range(self.axes[axis]["size"]) for axis in over)):
            at, y = dict(zip(over, cell, strict=True)), Fraction(0)
            for names in residuals_of(table, self.axes):
                spread = prod(self.axes[axis]["size"] for axis in over if axis not in names)
                y += self.parts[names][tuple(at[axis] for axis in names)] / spread
            found.append(float(y))
        return found

    def covariance(self, name: str, first: dict[str, list[float]], second: dict[str, list[float]]) -> float:
        """Of two sums over the table's cells, weighed axis by axis."""
        table, whole = self.tables[name], 0.0
        for names in residuals_of(table, self.axes):
            term = self.variances[names]
            for axis in table["by"] + table["of"]:
                a, b = first[axis], second[axis]
                both, means = sum(x * y for x, y in zip(a, b, strict=True)), sum(a) * sum(b) / len(a) ** 2
                if self.axes[axis]["touches"] > 1:
                    term *= both
                else:
                    term *= both - len(a) * means if axis in names else means
            whole += term
        return whole

    def one(self, axis: str) -> list[float]:
        """One for the first cell, which is an answer, and nothing for others."""
        return [1.0] + [0.0] * (self.axes[axis]["size"] - 1)

    def answers(self, axis: str) -> list[float]:
        return [float(at not in self.axes[axis]["outside"]) for at in range(self.axes[axis]["size"])]

    def variance(self, name: str) -> float:
        one = {axis: self.one(axis) for axis in self.tables[name]["by"] + self.tables[name]["of"]}
        return self.covariance(name, one, one)


def recomputed(measurements: dict[str, Any], threshold: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """share, low, high, count, unbiased, sd and status of every cell, after the words of release.json."""
    folder, displayed = Folder(measurements), nearest(Measurement.from_json(measurements))
    u = NormalDist().inv_cdf(1 - threshold["beta"])
    (total,) = folder.cells("@")
    for name, table in folder.tables.items():
        by, of = table["by"], table["of"]
        cells = list(product(*(range(folder.axes[axis]["size"]) for axis in of)))
        answers = [
            all(at not in folder.axes[axis]["outside"] for axis, at in zip(of, cell, strict=True)) for cell in cells
        ]
        sized = "@" + ",".join(by)
        values, sizes = folder.cells(name), folder.cells(sized)
        counts, shown_sizes = displayed[name].flatten().tolist(), displayed[sized].flatten().tolist()
        assert len(values) == len(sizes) * len(cells)
        one = {axis: folder.one(axis) for axis in by + of}
        inside = {axis: folder.one(axis) for axis in by} | {axis: folder.answers(axis) for axis in of}
        variance = folder.variance(name)
        s = sqrt(variance)
        for cohort, whole in enumerate(sizes):
            row = values[cohort * len(cells) : (cohort + 1) * len(cells)]
            count_row = counts[cohort * len(cells) : (cohort + 1) * len(cells)]
            if not of:
                everybody = {axis: [1.0] * folder.axes[axis]["size"] for axis in by}
                n, v, c = total, folder.variance("@"), folder.covariance(name, one, everybody)
                base = float(displayed["@"])
            elif all(folder.axes[axis]["touches"] == 1 for axis in of):
                n = sum(y for y, counted in zip(row, answers, strict=True) if counted)
                v, c = folder.covariance(name, inside, inside), folder.covariance(name, one, inside)
                base = sum(y for y, counted in zip(count_row, answers, strict=True) if counted)
            else:
                n = whole - sum(y for y, counted in zip(row, answers, strict=True) if not counted)
                v, c = folder.variance(sized) + answers.count(False) * variance, 0.0
                base = shown_sizes[cohort] - sum(
                    y for y, counted in zip(count_row, answers, strict=True) if not counted
                )
            for y, count, counted in zip(row, count_row, answers, strict=True):
                a, p = max(n, 1), min(count / max(base, 1), 1)
                noise = max(variance + p**2 * v - 2 * p * c, 0) / a**2
                low, high = limits(y / a, (variance / a**2, v / a**2, c / a**2), 0 if name == "@" else 1 / a)
                surely = n - u * sqrt(v) if of else y - u * s
                if min(surely, whole - u * sqrt(folder.variance(sized))) < threshold["min_cohort"]:
                    yield ("", "", "", "", "", "", "hidden")
                elif counted and Z * sqrt(noise) > threshold["usable_margin"]:
                    yield ("", "", "", "", "", "", "uncertain")
                else:
                    share = (p, min(low, p), max(high, p)) if counted else ()
                    shares = [written(value, 4) for value in share] or [""] * 3
                    yield (*shares, written(count, 1), written(y, 1), written(s, 4), "shown")


def written(value: float, places: int) -> str:
    """Without the last bits of a float, which may say otherwise half way between two decimals; never minus zero."""
    return f"{round(round(value, places + 6), places) + 0.0:.{places}f}"


def limits(r: float, noise: tuple[float, float, float], drawn: float) -> tuple[float, float]:
    """The interval around y / A. noise: of cell, whole and both, by A^2; drawn: 1 / A, or nothing."""
    cell, whole, both = noise

    def variance(q: float) -> float:
        return cell + q**2 * whole - 2 * q * both + q * (1 - q) * drawn

    def roots(k: float) -> tuple[float, float]:
        square = 1 - k**2 * (whole - drawn)
        if square <= 0:
            return 0.0, 1.0
        half = r + k**2 * (drawn - 2 * both) / 2
        root = sqrt(max(half**2 - square * (r**2 - k**2 * cell), 0))
        return (half - root) / square if r > 0 else 0.0, (half + root) / square if r < 1 else 1.0

    e, f = sqrt(cell), 1 - sqrt(max(variance(1), 0))
    e, f = (e, f) if e < f else (0.0, 1.0)
    (low, high), (likely_low, likely_high) = roots(Z), roots(U)
    low, high = min(max(low, min(likely_low, e)), f), max(min(high, max(likely_high, f)), e)
    return min(max(low, 0), 1), min(max(high, 0), 1)


def flat(values: Any) -> list[int]:
    return [value for part in values for value in flat(part)] if isinstance(values, list) else [values]


def test_every_figure_can_be_computed_from_the_folder_alone(split_round: Round) -> None:
    files = split_round.files()
    record = json.loads(files["release.json"])
    rows = [row for row in csv.DictReader(io.StringIO(files["tables.csv"].decode())) if row["estimate"] != "modelled"]
    columns = ("share", "low", "high", "count", "unbiased", "sd", "status")
    published = [tuple(row[column] for column in columns) for row in rows]
    assert published == list(recomputed(json.loads(files["measurements.json"]), record["threshold"]))
    assert {row[-1] for row in published} == {"shown", "hidden", "uncertain"}


def test_the_words_name_every_formula(split_round: Round) -> None:
    record = json.loads(split_round.files()["release.json"])
    words = record["estimates"]["words"] + record["threshold"]["words"]
    for formula in (
        f"z = {Z}",
        "sum(a b) - n mean(a) mean(b)",
        "v = (scale / divisor)^2",
        "V = t^2 + m s^2, C = 0",
        "N = max(s^2 + p^2 V - 2 p C, 0) / A^2",
        "W(q) = (s^2 + q^2 V - 2 q C) / A^2 + q (1 - q) / A",
        "(r - q)^2 = k^2 W(q)",
        "low = min(max(L(z), min(L(u), e)), f)",
        "n - u sqrt(V) >= min_cohort",
    ):
        assert formula in words
