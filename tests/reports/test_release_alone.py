"""What a researcher computes who has the folder of a release, the words in it, and nothing of ours."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod, sqrt
from statistics import NormalDist
from typing import Any

import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds

Z = 1.959963984540054


@pytest.fixture(scope="module")
def split_round(tmp_path_factory: pytest.TempPathFactory) -> Round:
    wishes = replace(WISHES, respondents=900, by=(("industry",),))
    return make_round(tmp_path_factory.mktemp("alone"), seven_kinds(), wishes, people=900)


def recomputed(measurements: dict[str, Any], threshold: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """share, low, high, count, unbiased, sd and status of every cell, after the words of release.json."""
    axes = {axis["name"]: axis for axis in measurements["workload"]["axes"]}
    shapes = {table["name"]: table for table in measurements["workload"]["tables"]}
    noisy = {table["table"]: table for table in measurements["tables"]}
    total = noisy["@"]
    u = NormalDist().inv_cdf(1 - threshold["beta"])
    for name, table in noisy.items():
        by, of = shapes[name]["by"], shapes[name]["of"]
        cells = list(product(*(range(axes[axis]["size"]) for axis in of)))
        answers = [all(at not in axes[axis]["outside"] for axis, at in zip(of, cell, strict=True)) for cell in cells]
        size = noisy["@" + ",".join(by)]
        sizes = flat(size["values"])
        values = flat(table["values"])
        s, t, k = table["scale"], size["scale"], sum(answers)
        m = len(cells) - k
        assert len(values) == len(sizes) * len(cells) == prod(axes[axis]["size"] for axis in by + of)
        for cohort, whole in enumerate(sizes):
            row = values[cohort * len(cells) : (cohort + 1) * len(cells)]
            if not of:
                n, v, c = total["values"], total["scale"] ** 2, total["scale"] ** 2 if name == "@" else 0.0
            elif all(axes[axis]["touches"] == 1 for axis in of) and k * s**2 <= t**2 + m * s**2:
                n, v, c = sum(y for y, inside in zip(row, answers, strict=True) if inside), k * s**2, s**2
            else:
                n = whole - sum(y for y, inside in zip(row, answers, strict=True) if not inside)
                v, c = t**2 + m * s**2, 0.0
            for y, inside in zip(row, answers, strict=True):
                a, count = max(n, 1), max(y, 0)
                p = min(count / a, 1)
                noise = max(s**2 + p**2 * v - 2 * p * c, 0) / a**2
                q = (p * a + Z**2 / 2) / (a + Z**2)
                margin = Z * sqrt(noise + (0 if name == "@" else q * (1 - q) / (a + Z**2)))
                surely = n - u * sqrt(v) if of else y - u * s
                if surely < threshold["min_cohort"]:
                    yield ("", "", "", "", "", "", "hidden")
                elif inside and Z * sqrt(noise) > threshold["usable_margin"]:
                    yield ("", "", "", "", "", "", "uncertain")
                else:
                    share = (p, max(p - margin, 0), min(p + margin, 1)) if inside else ()
                    written = [f"{value:.4f}" for value in share] or [""] * 3
                    yield (*written, f"{count:.1f}", f"{y:.1f}", f"{s:.4f}", "shown")


def flat(values: Any) -> list[int]:
    return [value for part in values for value in flat(part)] if isinstance(values, list) else [values]


def test_every_figure_can_be_computed_from_the_folder_alone(split_round: Round) -> None:
    files = split_round.files()
    record = json.loads(files["release.json"])
    rows = csv.DictReader(io.StringIO(files["tables.csv"].decode()))
    columns = ("share", "low", "high", "count", "unbiased", "sd", "status")
    published = [tuple(row[column] for column in columns) for row in rows]
    assert published == list(recomputed(json.loads(files["measurements.json"]), record["threshold"]))
    assert {row[-1] for row in published} == {"shown", "hidden", "uncertain"}


def test_the_words_name_every_formula(split_round: Round) -> None:
    record = json.loads(split_round.files()["release.json"])
    words = record["estimates"]["words"] + record["threshold"]["words"]
    for formula in (
        f"z = {Z}",
        "k s^2 <= t^2 + m s^2",
        "V = k s^2, C = s^2",
        "V = t^2 + m s^2, C = 0",
        "N = max(s^2 + p^2 V - 2 p C, 0) / A^2",
        "S = q (1 - q) / (A + z^2)",
        "q = (p A + z^2 / 2) / (A + z^2)",
        "margin = z sqrt(N + S)",
        "n - u sqrt(V) >= min_cohort",
    ):
        assert formula in words
