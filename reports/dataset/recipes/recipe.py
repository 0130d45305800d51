"""Works out published figures of a release again from its raw noisy measurements. Needs Python 3.10 and numpy.

    python recipe.py [FOLDER] [TABLE]

FOLDER holds the release: the folder of this file if left out. TABLE is one table, such as "mood@team" or "mood@" for
everyone, and is shown cell by cell; without it all tables are worked out and compared. Exit code 0 if every figure
comes out as it is published, 1 if one does not.

It reads measurements.json (the noisy numbers), codebook.json (the names of the cells) and tables.csv (what was
published), and follows release.json, estimates.words: y, s, n, V, C, A, r, W, L and H below are the letters used there.
Not worked out here: the columns `count` and `share`. They are a least-squares fit to all tables at once
(estimates.display); `low` and `high` are stretched to hold the published share. A row `modelled` or `weighted` is made
otherwise and left out.
"""

from __future__ import annotations

import csv
import json
import sys
from itertools import combinations, product
from math import prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np

Z, U = 1.959963984540054, 1.6448536269514722


class Measured:
    """The tables and their noise. One residual for each set of axes: its values, and v, the variance of its noise."""

    def __init__(self, measurements: dict[str, Any]) -> None:
        self.axes = {axis["name"]: axis for axis in measurements["workload"]["axes"]}
        self.tables = {table["name"]: table for table in measurements["workload"]["tables"]}
        self.parts = dict(self._part(part) for part in measurements["residuals"])

    def _part(self, part: dict[str, Any]) -> tuple[tuple[str, ...], tuple[Any, float]]:
        """Along each axis that counts a person once the mean is taken off; then all is divided by their sizes."""
        names, values = tuple(part["axes"]), np.array(part["values"], float)
        once = [at for at, name in enumerate(names) if self.axes[name]["touches"] == 1]
        for at in once:
            values = values - values.mean(axis=at, keepdims=True)
        divisor = prod(values.shape[at] for at in once)
        return names, (values / divisor, (part["scale"] / divisor) ** 2)

    def made_of(self, table: dict[str, Any]) -> list[tuple[str, ...]]:
        """The residuals that add up to a table: over all its axes, and over all but some that count a person once."""
        names = [name for name in self.axes if name in table["by"] + table["of"] and self.axes[name]["size"] > 1]
        always = {name for name in names if self.axes[name]["touches"] > 1}
        sets = (chosen for size in range(len(names) + 1) for chosen in combinations(names, size))
        return [chosen for chosen in sets if always <= set(chosen)]

    def cells(self, table: dict[str, Any]) -> Any:
        """y: one dimension for each axis of `by`, then of `of`."""
        over = table["by"] + table["of"]
        y = np.zeros([self.axes[name]["size"] for name in over])
        for names in self.made_of(table):
            lacking = [at for at, name in enumerate(over) if name not in names]
            values = self.parts[names][0].transpose([names.index(name) for name in over if name in names])
            y += np.expand_dims(values, tuple(lacking)) / prod(y.shape[at] for at in lacking)
        return y

    def covariance(self, table: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> float:
        """Of two weighted sums of a table's cells. Each has, for every axis, one weight a cell."""
        whole = 0.0
        for names in self.made_of(table):
            term = self.parts[names][1]
            for axis in table["by"] + table["of"]:
                a, b = first[axis], second[axis]
                if self.axes[axis]["touches"] > 1:
                    term *= a @ b
                else:
                    means = a.mean() * b.mean()
                    term *= a @ b - len(a) * means if axis in names else means
            whole += term
        return float(whole)

    def one(self, axis: str) -> Any:
        """Weights that pick the first cell, which is an answer."""
        return np.eye(self.axes[axis]["size"])[0]

    def answers(self, axis: str) -> Any:
        """Weights that pick the cells that are answers, and not `no answer` or `not asked`."""
        return np.array([float(at not in self.axes[axis]["outside"]) for at in range(self.axes[axis]["size"])])

    def variance(self, table: dict[str, Any]) -> float:
        """s^2, the same for each cell."""
        one = {axis: self.one(axis) for axis in table["by"] + table["of"]}
        return self.covariance(table, one, one)

    def answered(self, table: dict[str, Any]) -> tuple[Any, float, float] | None:
        """n, how many answered in each cohort, with V and C; None where it is not known."""
        by, of = table["by"], table["of"]
        one = {axis: self.one(axis) for axis in by + of}
        sizes = self.tables["@" + ",".join(by)]
        if not of:
            everybody = {axis: np.ones(self.axes[axis]["size"]) for axis in by}
            total = self.tables["@"]
            return self.cells(total), self.variance(total), self.covariance(table, one, everybody)
        cells, kept = self.cells(table), [self.answers(axis) for axis in of]
        if all(self.axes[axis]["touches"] == 1 for axis in of):
            whole = {axis: self.one(axis) for axis in by} | dict(zip(of, kept, strict=True))
            for weights in reversed(kept):
                cells = cells @ weights
            return cells, self.covariance(table, whole, whole), self.covariance(table, one, whole)
        if len(of) > 1:
            return None
        silent = 1 - kept[0]
        return self.cells(sizes) - cells @ silent, self.variance(sizes) + silent.sum() * self.variance(table), 0.0


def interval(r: float, noise: tuple[float, float, float], drawn: float) -> tuple[float, float]:
    """low and high around r = y / A. noise: s^2, V and C, each by A^2; drawn: 1 / A, or 0 where nothing is drawn."""
    s2, v, c = noise

    def w(q: float) -> float:
        return s2 + q**2 * v - 2 * q * c + q * (1 - q) * drawn

    def roots(k: float) -> tuple[float, float]:
        square = 1 - k**2 * (v - drawn)
        if square <= 0:
            return 0.0, 1.0
        half = r + k**2 * (drawn - 2 * c) / 2
        root = sqrt(max(half**2 - square * (r**2 - k**2 * s2), 0))
        return (half - root) / square if r > 0 else 0.0, (half + root) / square if r < 1 else 1.0

    e, f = sqrt(w(0)), 1 - sqrt(max(w(1), 0))
    e, f = (e, f) if e < f else (0.0, 1.0)
    (low, high), (inner_low, inner_high) = roots(Z), roots(U)
    low, high = min(max(low, min(inner_low, e)), f), max(min(high, max(inner_high, f)), e)
    return min(max(low, 0), 1), min(max(high, 0), 1)


def written(value: float, places: int) -> str:
    """As in tables.csv. The last bits of a float, which may differ from machine to machine, go first."""
    text = f"{round(value, places + 6):.{places}f}"
    return text.lstrip("-") if float(text) == 0 else text


def worked_out(measured: Measured, table: dict[str, Any], share: dict[int, float]) -> list[dict[str, str]]:
    """unbiased, sd, and for each cell with a published share (by its place) low and high."""
    y, s2 = measured.cells(table), measured.variance(table)
    found, known = measured.answered(table), y.reshape(-1)
    many = prod(measured.axes[axis]["size"] for axis in table["of"])
    rows = []
    for at, cell in enumerate(known):
        row = {"unbiased": written(cell, 1), "sd": written(sqrt(s2), 4)}
        if at in share and found is not None:
            n, v, c = found
            a = max(float(n.reshape(-1)[at // many if table["of"] else 0]), 1)
            low, high = interval(cell / a, (s2 / a**2, v / a**2, c / a**2), 0 if table["name"] == "@" else 1 / a)
            row |= {"low": written(min(low, share[at]), 4), "high": written(max(high, share[at]), 4)}
        rows.append(row)
    return rows


def published(folder: Path, measured: Measured) -> dict[str, dict[int, dict[str, str]]]:
    """Table -> place of the cell -> row of tables.csv, for every row that is shown and made from the cell alone."""
    book = json.loads((folder / "codebook.json").read_text(encoding="utf-8"))
    axes = [axis for page in book["pages"] for question in page["questions"] for axis in question["axes"]]
    cells = {axis["axis"]: axis["cells"] for axis in axes}
    places = {}
    for name, table in measured.tables.items():
        cohorts = [",".join(ids) for ids in product(*(cells[axis] for axis in table["by"]))]
        answers = ["|".join(ids) for ids in product(*(cells[axis] for axis in table["of"]))]
        places[name] = {place: at for at, place in enumerate(product(cohorts, answers))}
    found: dict[str, dict[int, dict[str, str]]] = {}
    with (folder / "tables.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["question"] + ("." + row["rank"] if row["rank"] else "") + "@" + row["by"]
            if row["status"] == "shown" and row["estimate"] in ("display", ""):
                found.setdefault(name, {})[places[name][row["cohort"], row["answer"]]] = row
    return found


def main(folder: Path, only: str | None) -> int:
    for name in ("measurements.json", "codebook.json", "tables.csv"):
        if not (folder / name).is_file():
            print(f"{folder} is not the folder of a release: it has no {name}.", file=sys.stderr)
            return 1
    measured = Measured(json.loads((folder / "measurements.json").read_text(encoding="utf-8")))
    if only is not None and only not in measured.tables:
        print(f"There is no table '{only}'. There are: {', '.join(measured.tables)}", file=sys.stderr)
        return 1
    figures, wrong = 0, 0
    for name, rows in published(folder, measured).items():
        if only not in (None, name):
            continue
        share = {at: float(row["share"]) for at, row in rows.items() if row["share"]}
        again = worked_out(measured, measured.tables[name], share)
        for at, row in rows.items():
            figures += len(again[at])
            wrong += sum(row[column] != value for column, value in again[at].items())
            if only is not None or any(row[column] != value for column, value in again[at].items()):
                said = ", ".join(f"{column} {value} ({row[column]})" for column, value in again[at].items())
                print(f"{name} {row['cohort']} {row['answer']}: {said}")
    print(f"{figures - wrong} of {figures} published figures come out of the measurements.")
    return 0 if not wrong and (figures or only is None) else 1


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    sys.exit(main(where, sys.argv[2] if len(sys.argv) > 2 else None))
