"""What a researcher computes of statistics.csv from the folder of a release and the words in it alone."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from statistics import NormalDist
from typing import Any

import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds
from researcher import Researcher

Z, Z1 = 1.959963984540054, 1.644853626951472


@pytest.fixture(scope="module")
def round_of_cohorts(tmp_path_factory: pytest.TempPathFactory) -> Round:
    wishes = replace(WISHES, respondents=900, by=(("industry",),), epsilon=8.0, weigh="equal", accept_imprecise=True)
    return make_round(tmp_path_factory.mktemp("statistics"), seven_kinds(), wishes, people=900)


class Recomputed:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.folder = Researcher(json.loads(files["measurements.json"]))
        self.threshold = json.loads(files["release.json"])["threshold"]
        book = json.loads(files["codebook.json"])
        self.questions = {q["id"]: q for page in book["pages"] for q in page["questions"]}
        self.u = NormalDist().inv_cdf(1 - self.threshold["beta"])

    def row(self, question: str, by: str, cohort: int, statistic: str, answer: str) -> tuple[str, ...]:
        """answer, value, low, high, status"""
        asked = self.questions[question.partition(".")[0]]
        if asked["kind"] == "amount":
            return self.quantile(asked, f"{question}@{by}", cohort, int(statistic[1:]) / 100)
        if asked["kind"] in ("scale", "score"):
            return self.mean(asked, f"{question}@{by}", cohort)
        if asked["kind"] == "ranking":
            return self.ranked(asked, by, cohort, statistic, answer)
        return self.progress(asked, by, cohort, answer)

    def status(self, answered: float, variance: float, margin: float) -> str:
        if answered - self.u * sqrt(variance) < self.threshold["min_cohort"]:
            return "hidden"
        return "uncertain" if margin > self.threshold["usable_margin"] else "shown"

    def lifted(self, a: float, variance: float, widest: float) -> float:
        """What noise is likely to have added to those who answered where it is shown."""
        tail, sd = NormalDist().cdf, sqrt(variance)
        least = max(self.threshold["min_cohort"] + self.u * sd, widest / self.threshold["usable_margin"])
        d, low, high = (a - least) / sd, 0.0, 8.0
        if d >= 8:
            return 0.0
        for _ in range(40):
            v = (low + high) / 2
            low, high = (v, high) if tail(-v) > tail(d - v) / 2 else (low, v)
        return min(high * sd, a / 2)

    def quantile(self, asked: dict[str, Any], name: str, cohort: int, q: float) -> tuple[str, ...]:
        axis, k_all, folder = asked["id"], len(asked["answers"]), self.folder
        y = [folder.sums([(name, folder.only(axis, at))])[cohort] for at in range(k_all)]
        first, second = [(name, folder.only(axis, 0))], [(name, folder.only(axis, 1))]
        s2, c = folder.shared(first, first), folder.shared(first, second)
        a, everyone = sum(y), [(name, folder.answers(axis))]

        def noise(k: int, t: float, partial: bool = True) -> float:
            squares = k * (1 - q) ** 2 + ((t - q) ** 2 + (k_all - k - 1) * q**2 if partial else (k_all - k) * q**2)
            return (s2 - c) * squares + c * (k + t - q * k_all) ** 2

        widest = max(noise(k, 0, partial=False) for k in range(k_all + 1))
        status = self.status(a, folder.shared(everyone, everyone), Z * sqrt(widest) / max(a, 1))
        if status != "shown":
            return ("", "", "", "", status)
        e = self.lifted(a, folder.shared(everyone, everyone), Z * sqrt(widest))
        without = [one - e / k_all for one in y]
        low = min(place_of(line, s2, c, q) for line in (y, without))
        high = max(k_all - place_of(line[::-1], s2, c, 1 - q) for line in (y, without))
        sums = [sum(y[:at]) for at in range(k_all + 1)]
        rising = [(max(sums[: at + 1]) + min(sums[at:])) / 2 for at in range(k_all + 1)]
        k = max(at for at in range(k_all) if rising[at] < q * a)
        place = k + (q * a - rising[k]) / (rising[k + 1] - rising[k])
        places = [round(found, 9) for found in (min(max(place, low), high), low, high)]
        spans = [span_of(answer) for answer in asked["answers"]]
        value, bottom, top = (amount(spans, asked["interpolation"], found, end) for end, found in enumerate(places))
        return (asked["answers"][min(int(places[0]), k_all - 1)]["id"], value, bottom, top, "shown")

    def mean(self, asked: dict[str, Any], name: str, cohort: int) -> tuple[str, ...]:
        axis, folder, size = asked["id"], self.folder, len(asked["answers"])
        if asked["kind"] == "scale":
            points = [float(answer["id"]) for answer in asked["answers"]]
        else:
            points = [(answer["first"] + answer["last"]) / 2 for answer in asked["answers"]]
        outside = [0.0] * (folder.axes[axis]["size"] - size)
        above, everyone = [(name, points + outside)], [(name, folder.answers(axis))]
        y = [folder.sums([(name, folder.only(axis, at))])[cohort] for at in range(size)]
        d = spread([max(g, 0) for g in y], points, points[0], points[-1])
        return self.ratio("", cohort, above, everyone, (points[0], points[-1], d))

    def ranked(self, asked: dict[str, Any], by: str, cohort: int, statistic: str, answer: str) -> tuple[str, ...]:
        folder, top = self.folder, asked["top"]
        option = [found["id"] for found in asked["answers"]].index(answer)
        axes = [f"{asked['id']}.{rank}" for rank in range(1, top + 1)]
        everyone = [(f"{axes[0]}@{by}", folder.answers(axes[0]))]
        if statistic == "mean_score":
            worth = [float(top - at) for at in range(top)]
        else:
            worth = [float(at < int(statistic.removeprefix("top_"))) for at in range(top)]
        above = [(f"{axis}@{by}", folder.only(axis, option, w)) for axis, w in zip(axes, worth, strict=True)]
        given = [max(folder.sums([(f"{axis}@{by}", folder.only(axis, option))])[cohort], 0) for axis in axes]
        none = max(folder.sums(everyone)[cohort] - sum(given), 0)
        d = spread([*given, none], [*worth, 0.0], 0.0, worth[0]) if statistic == "mean_score" else 1.0
        return self.ratio(answer, cohort, above, everyone, (0.0, worth[0], d))

    def progress(self, asked: dict[str, Any], by: str, cohort: int, answer: str) -> tuple[str, ...]:
        pair, objective = f"{asked['id']}.objective|progress", f"{asked['id']}.objective"
        cells = next(axis["cells"] for axis in asked["axes"] if axis["axis"] == pair)
        named = next(axis["cells"] for axis in asked["axes"] if axis["axis"] == objective)
        above = [(f"{pair}@{by}", self.folder.only(pair, cells.index(answer)))]
        below = [(f"{objective}@{by}", self.folder.only(objective, named.index(answer.partition("|")[0])))]
        return self.ratio(answer, cohort, above, below, (0.0, 1.0, 1.0))

    def ratio(
        self, answer: str, cohort: int, above: Any, below: Any, of: tuple[float, float, float]
    ) -> tuple[str, ...]:
        (a, b, d), folder = of, self.folder
        x, all_ = folder.sums(above)[cohort], folder.sums(below)[cohort]
        pairs = ((above, above), (above, below), (below, below))
        xx, xa, aa = (folder.shared(first, second) for first, second in pairs)

        def noise(m: float) -> float:
            return max(xx - 2 * m * xa + m**2 * aa, 0)

        def roots(x: float, all_: float, z: float) -> tuple[float, float]:
            drawn = z**2 * max(all_, 0) * d
            square = all_**2 - z**2 * aa + drawn
            if all_ <= 0 or square <= 0:
                return a, b
            half = x * all_ - z**2 * xa + drawn * (a + b) / 2
            rest = half**2 - square * (x**2 - z**2 * xx + drawn * a * b)
            root = sqrt(max(rest, 0))
            return (a if x <= a * all_ else (half - root) / square), (b if x >= b * all_ else (half + root) / square)

        def ends(x: float, all_: float) -> tuple[float, float]:
            (strict_low, strict_high), (low, high) = roots(x, all_, Z), roots(x, all_, Z1)
            e, f = a + sqrt(noise(a)) / max(all_, 1), b - sqrt(noise(b)) / max(all_, 1)
            e, f = (e, f) if e < f else (a, b)
            found = min(max(min(low, e), strict_low), f), max(min(max(high, f), strict_high), e)
            return min(max(found[0], a), b), min(max(found[1], a), b)

        widest = Z * sqrt(noise((a + b) / 2)) / (b - a)
        status = self.status(all_, aa, widest / max(all_, 1))
        if status != "shown":
            return (answer, "", "", "", status)
        e = self.lifted(all_, aa, widest)
        value = min(max(x / max(all_, 1), a), b)
        lows, highs = zip(ends(x, all_), ends(x - e * xa / aa, all_ - e), strict=True)
        return (answer, *(f"{found:.4f}" for found in (value, min(*lows, value), max(*highs, value))), "shown")


def place_of(y: list[float], s2: float, c: float, q: float) -> float:
    """The lowest place that is not contradicted."""
    size, a = len(y), sum(y)

    def g(k: int, t: float) -> float:
        noise = (s2 - c) * (k * (1 - q) ** 2 + (t - q) ** 2 + (size - k - 1) * q**2) + c * (k + t - q * size) ** 2
        most = min(q / t if t > 0 else 9, (1 - q) / (1 - t) if t < 1 else 9)
        f = min(max(y[k] / a, 0), most)
        drawn = a * (q * (1 - q) - f * t * (1 - t))
        return sum(y[:k]) + t * y[k] - q * a + Z * sqrt(max(noise + drawn, 0))

    k = next((at for at in range(size - 1) if g(at, 1) >= 0), size - 1)
    if g(k, 0) >= 0:
        return float(k)
    low, high = 0.0, 1.0
    for _ in range(40):
        half = (low + high) / 2
        low, high = (half, high) if g(k, half) < 0 else (low, half)
    return k + high


def span_of(answer: dict[str, Any]) -> tuple[float | None, float | None]:
    return (0.0, 0.0) if "exactly" in answer else (answer["from"], answer["below"])


def amount(spans: list[tuple[float | None, float | None]], interpolation: str, place: float, end: int) -> str:
    """end: 0 for the value, 1 for the lower end, 2 for the upper end"""
    k = min(int(place), len(spans) - 1)
    (low, high), t = spans[k], place - k
    if low is None or high is None:
        edge = (None, low, high)[end]
        return "" if edge is None else f"{edge:.4f}"
    if interpolation == "geometric" and low > 0:
        return f"{low * (high / low) ** t:.4f}"
    return f"{low + t * (high - low):.4f}"


def spread(counts: list[float], worth: list[float], a: float, b: float) -> float:
    people = sum(counts)
    mean = sum(g * w for g, w in zip(counts, worth, strict=True)) / people
    if mean in (a, b):
        return 1.0
    variance = sum(g * w**2 for g, w in zip(counts, worth, strict=True)) / people - mean**2
    return min(max(variance / ((mean - a) * (b - mean)), 0), 1)


def published(files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["statistics.csv"].decode())))


def close(written: str, computed: str) -> bool:
    """The same text, or numbers that differ in what the last bits of a float decide."""
    if written == computed:
        return True
    return bool(written and computed) and abs(float(written) - float(computed)) < 1.5e-4


def cohorts_of(rows: list[dict[str, str]]) -> Iterator[tuple[dict[str, str], int]]:
    """Every row with the place of its cohort."""
    order: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        seen = order.setdefault((row["question"], row["by"]), [])
        if row["cohort"] not in seen:
            seen.append(row["cohort"])
        yield row, seen.index(row["cohort"])


def test_every_statistic_can_be_computed_from_the_folder_alone(round_of_cohorts: Round) -> None:
    files = round_of_cohorts.files()
    recomputed = Recomputed(files)
    rows = [row for row in published(files) if row["statistic"] != "difference"]  # test_differences_alone has those
    picked = [(row, at) for row, at in cohorts_of(rows) if row["by"] == "" or at in (0, 1, 4)]
    for row, cohort in picked:
        # What is not shown of an amount has no answer; the others are known by theirs.
        *figures, status = recomputed.row(row["question"], row["by"], cohort, row["statistic"], row["answer"])
        assert (row["answer"], row["status"]) == (figures[0], status), row
        assert all(close(row[name], figures[at]) for at, name in enumerate(("value", "low", "high"), 1)), (row, figures)
    assert {row["status"] for row, _ in picked} >= {"shown", "uncertain"}
    assert {row["statistic"] for row in rows} >= {"p10", "p50", "p90", "mean", "top_3", "mean_score", "progress"}


def test_the_words_name_every_formula(round_of_cohorts: Round) -> None:
    words = json.loads(round_of_cohorts.files()["release.json"])["statistics"]["words"]
    for formula in (
        f"z = {Z}, z1 = {Z1}",
        "1 - Phi(v) = (1 - Phi(v - d)) / 2",
        "T = S_k + t y_k - q A",
        "N = (s^2 - c) (k (1 - q)^2 + (t - q)^2 + (K - k - 1) q^2) + c (k + t - q K)^2",
        "A (q (1 - q) - f t (1 - t))",
        "t = (q A - R_k) / (R_(k+1) - R_k)",
        "low (high / low)^t",
        "max(A, 0) D (m - a) (b - m)",
        "D = (sum(g w^2) / P - M^2) / ((M - a) (b - M))",
        "(X - m A)^2 <= z^2 (N(m) + sampling variance)",
        "low = min(max(min(l(z1), e), l(z)), f), high = max(min(max(h(z1), f), h(z)), e)",
        "A - u sqrt(V) >= min_cohort",
    ):
        assert formula in words, formula
