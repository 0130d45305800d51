"""What a researcher computes of changes from the folder of a release alone, by the words of its codebook."""

import csv
import io
import json
from dataclasses import dataclass
from math import copysign, sqrt
from statistics import NormalDist

import pytest
from related_rounds import ANSWERS, beside, held
from release_rounds import HOST_KEY, VERSIONS, Round
from researcher import Researcher

from reports.additions.beside import FILE
from reports.release import build_release

Term = list[tuple[str, list[float]]]
Row = dict[str, str]
CHANGED = {**ANSWERS, "first": {("keep", "hire"): 4, ("hire", "pay"): 1, ("pay",): 1}}


def with_another(here: Round, other: Round) -> dict[str, bytes]:
    data = beside(here, [(other, HOST_KEY)])
    return build_release(here.served, here.closing, here.measurement, here.entry, VERSIONS, given={FILE: data})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("rounds")
    return with_another(held(folder, "autumn", 9, CHANGED, people=200), held(folder, "spring", 3, people=300))


@dataclass(frozen=True)
class Sampled:
    """A share in one release: y, n, and s^2, C, V of their noise."""

    y: float
    n: float
    noise: tuple[float, float, float]

    @property
    def a(self) -> float:
        return max(self.n, 1)

    @property
    def r(self) -> float:
        return self.y / self.a

    def big_n(self, p: float) -> float:
        s2, c, v = self.noise
        return max(s2 - 2 * p * c + p**2 * v, 0)

    def u(self, p: float) -> float:
        least, most = sqrt(self.big_n(0)) / self.a, 1 - sqrt(self.big_n(1)) / self.a
        q = min(max(p, least), most) if least < most else 0.5
        return self.big_n(p) / self.a**2 + q * (1 - q) / self.a

    def k(self, p: float) -> float:
        return p * (1 - p) * (1 - 2 * p) / self.a**2


def sampled(folder: Researcher, row: Row) -> Sampled:
    question, by, answer = row["question"], row["by"], row["answer"]
    ranks = {"": [question], "1": [f"{question}.1"]}.get(row["rank"], [f"{question}.1", f"{question}.2"])
    ids = {"heard": ["yes", "no"], "first": ["keep", "hire", "pay"]}[question]
    cohort = 0 if not by else ["red", "blue"].index(row["cohort"])
    cell: Term = [(f"{axis}@{by}", folder.only(axis, ids.index(answer))) for axis in ranks]
    people: Term = [(f"{ranks[0]}@{by}", folder.answers(ranks[0]))]
    noise = tuple(folder.shared(*pair) for pair in ((cell, cell), (cell, people), (people, people)))
    return Sampled(folder.sums(cell)[cohort], folder.sums(people)[cohort], noise)  # type: ignore[arg-type]


def away(one: Sampled, two: Sampled, d: float) -> float:
    g = min(max((one.a * one.r + two.a * two.r) / (one.a + two.a), 0), 1)
    w1, w2 = 1 / one.u(g), 1 / two.u(g)
    p1 = min(max((w1 * one.r + w2 * (two.r - d)) / (w1 + w2), 0, -d), 1, 1 - d)
    p2 = min(max(p1 + d, 0), 1)
    s = sqrt(one.u(p1) + two.u(p2))
    t, k = (two.r - one.r - d) / s, (two.k(p2) - one.k(p1)) / s**3
    if abs(k) < 1e-6:
        return t
    inner = 1 + k * t / 2
    h = 6 / k * (copysign(abs(inner) ** (1 / 3), inner) - 1) + k / 6
    return copysign(min(abs(t), max(h * copysign(1, t), 0)), t)


def end(one: Sampled, two: Sampled, most: float, side: int) -> float:
    inside, outside = two.r - one.r, float(side)
    for _ in range(40):
        half = (inside + outside) / 2
        inside, outside = (half, outside) if -side * away(one, two, half) <= most else (inside, half)
    return inside


def test_changes_can_be_computed_from_the_folder_alone(files: dict[str, bytes]) -> None:
    here = Researcher(json.loads(files["measurements.json"]))
    there = Researcher(json.loads(files[FILE])["releases"][0]["measurements"])
    rows = list(csv.DictReader(io.StringIO(files["changes.csv"].decode())))
    for family in ([row for row in rows if not row["by"]], [row for row in rows if row["by"]]):
        shown = [row for row in family if row["difference"]]
        most = NormalDist().inv_cdf(1 - 0.05 / (2 * len(shown)))
        assert len(shown) >= 8
        for row in shown:
            one, two = sampled(there, row), sampled(here, row)
            difference = float(row["to_share"]) - float(row["from_share"])
            low, high = (end(one, two, most, side) for side in (-1, 1))
            expected = [difference, min(low, difference), max(high, difference)]
            written = [float(row[name]) for name in ("difference", "low", "high")]
            assert written == pytest.approx(expected, abs=1.6e-4), row
            assert row["status"] == ("differs" if written[1] > 0 or written[2] < 0 else "shown")
    assert any(row["status"] == "differs" for row in rows)


def test_shares_are_those_of_both_releases(files: dict[str, bytes]) -> None:
    tables = list(csv.DictReader(io.StringIO(files["tables.csv"].decode())))
    own = {(t["question"], t["by"], t["cohort"], t["rank"], t["answer"]): t["share"] for t in tables}
    for row in csv.DictReader(io.StringIO(files["changes.csv"].decode())):
        if not row["rank"].startswith("top"):
            place = (row["question"], row["by"], row["cohort"], row["rank"], row["answer"])
            assert own[place] == row["to_share"]


def test_the_codebook_tells_what_every_column_is(files: dict[str, bytes]) -> None:
    told = json.loads(files["codebook.json"])["changes"]
    header = files["changes.csv"].decode().split("\n", 1)[0]
    assert list(told["columns"]) == header.split(",")
    assert "Bonferroni" in told["words"]
