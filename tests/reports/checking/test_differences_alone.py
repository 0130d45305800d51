"""What a researcher computes of differences from everyone, and of marks, from the folder of a release alone."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import copysign, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds, with_values
from researcher import Researcher

from privacy.reconstruction import reconstruct

Term = list[tuple[str, list[float]]]
Row = dict[str, str]
PHI = NormalDist().cdf


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return with_a_difference(tmp_path_factory).files()


def with_a_difference(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Cohorts that are alike, but for one point of a scale and one blocker in the first of them."""
    wishes = replace(WISHES, respondents=900, by=(("industry",),), epsilon=8.0, weigh="equal", accept_imprecise=True)
    made = make_round(tmp_path_factory.mktemp("differences"), seven_kinds(), wishes, people=900)
    for name in ("heard@industry", "blockers@industry"):
        values = np.rint(reconstruct(made.measurement)[name]).astype(int)
        values[0, 0] += 40
        values[0, 1] -= 40
        made = with_values(made, name, values.tolist())
    return made


@dataclass(frozen=True)
class Family:
    """One split table, compared by the words of release.json."""

    folder: Researcher
    axis: str
    by: str

    def answered(self, by: str) -> Term:
        found = self.folder.axes[self.axis]
        if found["touches"] == 1:
            return [(f"{self.axis}@{by}", self.folder.answers(self.axis))]
        outside = [-float(at in found["outside"]) for at in range(found["size"])]
        return [(f"@{by}", [1.0]), (f"{self.axis}@{by}", outside)]

    def cell(self, by: str, answer: int) -> Term:
        return [(f"{self.axis}@{by}", self.folder.only(self.axis, answer))]

    def covariances(self) -> list[list[float]]:
        terms = [self.cell(self.by, 0), self.answered(self.by), self.cell("", 0), self.answered("")]
        return [[self.folder.shared(one, other) for other in terms] for one in terms]

    def counts(self, cohort: int, answer: int) -> tuple[float, float, float, float]:
        sums = self.folder.sums
        own = sums(self.cell(self.by, answer))[cohort], sums(self.answered(self.by))[cohort]
        return (*own, sums(self.cell("", answer))[0], sums(self.answered(""))[0])


def away(counts: tuple[float, float, float, float], c: list[list[float]], d: float) -> float:
    y, a_all, y_all, t = counts
    n1 = max(a_all, 1)
    n0 = max(t, n1)
    w, whole = n1 / n0, min(max(y_all / n0, 0), 1)
    p = min(max(whole + d, 0), 1)
    o = min(max((whole - w * p) / (1 - w), 0), 1)
    a = max(c[0][0] - 2 * p * c[0][1] + p**2 * c[1][1], 0)
    b = max(c[2][2] - 2 * whole * c[2][3] + whole**2 * c[3][3], 0)
    g = c[0][2] - whole * c[0][3] - p * c[1][2] + p * whole * c[1][3]
    noise = max(a / n1**2 + b / n0**2 - 2 * g / (n1 * n0), 0)
    drawn = (1 - w) ** 2 * p * (1 - p) / n1 + (1 - w) * o * (1 - o) / n0
    m = (1 - w) ** 3 * p * (1 - p) * (1 - 2 * p) / n1**2 - (1 - w) * o * (1 - o) * (1 - 2 * o) / n0**2
    s = sqrt(noise + drawn)
    x, k = (y / n1 - y_all / n0 - d) / s, m / s**3
    if abs(k) < 1e-6:
        return x
    inner = 1 + k * x / 2
    h = 6 / k * (copysign(abs(inner) ** (1 / 3), inner) - 1) + k / 6
    return copysign(min(abs(x), max(h * copysign(1, x), 0)), x)


def end(counts: tuple[float, float, float, float], c: list[list[float]], most: float, side: int) -> float:
    y, a_all, y_all, t = counts
    n1 = max(a_all, 1)
    inside, outside = y / n1 - y_all / max(t, n1), float(side)
    if -side * away(counts, c, outside) <= most:
        return outside
    for _ in range(30):
        half = (inside + outside) / 2
        inside, outside = (half, outside) if -side * away(counts, c, half) <= most else (inside, half)
    return inside


def families(files: dict[str, bytes]) -> Iterator[tuple[Family, list[Row]]]:
    folder = Researcher(json.loads(files["measurements.json"]))
    read = csv.DictReader(io.StringIO(files["statistics.csv"].decode()))
    rows = [row for row in read if row["statistic"] == "difference"]
    for axis, by in dict.fromkeys((row["question"], row["by"]) for row in rows):
        yield Family(folder, axis, by), [row for row in rows if (row["question"], row["by"]) == (axis, by)]


def chances(family: Family, rows: list[Row]) -> dict[tuple[int, int], float]:
    c, answers = family.covariances(), len({row["answer"] for row in rows})
    at = [divmod(place, answers) for place, row in enumerate(rows) if row["status"] == "shown"]
    return {place: 2 * (1 - PHI(abs(away(family.counts(*place), c, 0)))) for place in at}


def marked(found: dict[tuple[int, int], float]) -> int:
    """How many Holm's test marks."""
    rising = sorted(found.values())
    stops = (at for at, chance in enumerate(rising) if chance > 0.05 / (len(rising) - at))
    return next(stops, len(rising))


def test_differences_can_be_computed_from_the_folder_alone(files: dict[str, bytes]) -> None:
    seen = 0
    for family, rows in families(files):
        if family.axis not in ("heard", "blockers", "priorities.2", "people_budget"):
            continue
        c, answers = family.covariances(), len({row["answer"] for row in rows})
        shown = [(place, row) for place, row in enumerate(rows) if row["status"] == "shown"]
        most = NormalDist().inv_cdf(1 - 0.025 / max(len(shown), 1))
        for place, row in shown[:: max(len(shown) // 12, 1)]:
            counts = family.counts(*divmod(place, answers))
            y, a_all, y_all, t = counts
            n1 = max(a_all, 1)
            value = min(max(y / n1, 0), 1) - min(max(y_all / max(t, n1), 0), 1)
            low, high = (end(counts, c, most, side) for side in (-1, 1))
            written = [float(row[name]) for name in ("value", "low", "high")]
            assert written == pytest.approx([value, min(low, value), max(high, value)], abs=1.5e-4), row
            seen += 1
    assert seen > 30


def test_the_page_marks_what_holms_test_says(files: dict[str, bytes]) -> None:
    found = sum(marked(chances(family, rows)) for family, rows in families(files))
    page = files["index.html"].decode()
    assert found >= 2
    assert page.count('than all">') == found


def test_a_difference_has_the_worse_status_of_its_two_figures(files: dict[str, bytes]) -> None:
    read = list(csv.DictReader(io.StringIO(files["tables.csv"].decode())))
    tables = {
        (f"{r['question']}.{r['rank']}" if r["rank"] else r["question"], r["by"], r["cohort"], r["answer"]): r["status"]
        for r in read
        if r["estimate"] != "modelled"
    }
    rank, seen = ["shown", "uncertain", "hidden"], set()
    for _, rows in families(files):
        for row in rows:
            axis, answer = row["question"], row["answer"]
            own, whole = tables[axis, row["by"], row["cohort"], answer], tables[axis, "", "", answer]
            assert row["status"] == max(own, whole, key=rank.index)
            assert (row["value"] == "") == (row["status"] != "shown")
            seen.add(row["status"])
    assert {"shown", "uncertain"} <= seen
