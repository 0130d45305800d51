"""Figures weighted to known margins: further rows and charts that follow from the measurements and `margins.json`."""

import csv
import io
import json
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from release_rounds import HOST_KEY, VERSIONS, WISHES, Round, make_round, publish, seven_kinds
from researcher import Researcher
from test_release_alone import U, Z, limits, written

from privacy.measurement import Measurement
from privacy.nearest import nearest
from reports.additions.margins import margins_bytes, read_margins
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.release import build_release
from reports.signing import SIGNATURE, fingerprint

OTHER = dict.fromkeys(("subrosa", "opendp", "numpy", "altair", "vl-convert"), "9.9")

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    wishes = replace(WISHES, respondents=900, by=(("industry",),), usable_margin=0.06)
    return make_round(tmp_path_factory.mktemp("weighted"), seven_kinds(), wishes, people=900)


@pytest.fixture(scope="module")
def shares(made: Round) -> dict[str, dict[str, float]]:
    """Known to be quite unlike those who answered, and a hair off 1, as rounded figures are."""
    options = [option.id for option in made.manifest.form.cohorts[0].options]
    parts = [2.0**-at for at in range(1, len(options))]
    return {"industry": dict(zip(options, [*parts, 0.9999 - sum(parts)], strict=True))}


def released(made: Round, margins: object, versions: dict[str, str] | None = None) -> dict[str, bytes]:
    given = margins_bytes(made.manifest, margins)
    return build_release(
        made.served, made.closing, made.measurement, made.entry, versions or VERSIONS, given={"margins.json": given}
    )


@pytest.fixture(scope="module")
def files(made: Round, shares: object) -> dict[str, bytes]:
    return released(made, shares)


def rows_of(files: dict[str, bytes]) -> Rows:
    return list(csv.DictReader(io.StringIO(files["tables.csv"].decode())))


def place(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in ("question", "by", "cohort", "rank", "answer"))


def test_a_weighted_row_stands_right_after_the_figure_of_the_same_answer_of_everyone(files: dict[str, bytes]) -> None:
    rows = rows_of(files)
    pairs = [(before, row) for before, row in pairwise(rows) if row["estimate"] == "weighted"]
    assert len(pairs) > 20
    for before, row in pairs:
        assert place(before) == place(row)
        assert row["by"] == row["cohort"] == row["count"] == row["unbiased"] == row["sd"] == ""
        assert before["estimate"] != "weighted"
        if row["status"] == "shown":
            assert 0 <= float(row["low"]) <= float(row["share"]) <= float(row["high"]) <= 1
        else:
            assert row["share"] == row["low"] == row["high"] == ""
    assert any(before["share"] != row["share"] for before, row in pairs)


def test_without_margins_and_apart_from_weighted_rows_nothing_is_other_than_it_was(
    made: Round, files: dict[str, bytes]
) -> None:
    plain = made.files()
    assert [row for row in rows_of(files) if row["estimate"] != "weighted"] == rows_of(plain)
    assert files["statistics.csv"] == plain["statistics.csv"]
    assert set(files) == {*plain, "margins.json"}
    assert json.loads(plain["release.json"])["known_margins"] is None
    assert b"Weighted by" not in plain["index.html"]


def test_a_question_that_only_some_were_asked_has_no_weighted_figures(made: Round, files: dict[str, bytes]) -> None:
    some = {question.id for question in made.manifest.form.questions if question.show_if is not None}
    found = {row["question"].partition(".")[0] for row in rows_of(files) if row["estimate"] == "weighted"}
    assert some
    assert not some & found
    assert found == {
        q.id for q in made.manifest.form.questions if q.id not in some and f"{q.id}" not in ("industry", "size")
    }


class Weigher(Researcher):
    """The words of release.json, known_margins, followed from the files alone."""

    def __init__(self, files: dict[str, bytes]) -> None:
        document = json.loads(files["measurements.json"])
        super().__init__(document)
        self.displayed = {
            name: table.reshape(-1).tolist() for name, table in nearest(Measurement.from_json(document)).items()
        }
        self.threshold = json.loads(files["release.json"])["threshold"]
        (given,) = json.loads(files["margins.json"]).values()
        self.given = given

    def margins(self, order: list[str]) -> list[float]:
        return [self.given[option] / sum(self.given.values()) for option in order]

    def people(self, axis: str, displayed: bool = False) -> list[float]:
        """How many answered in each cohort."""
        outside, size = self.axes[axis]["outside"], self.axes[axis]["size"]
        table, sizes = f"{axis}@industry", "@industry"
        cells, whole = (
            (self.displayed[table], self.displayed[sizes]) if displayed else (self.cells(table), self.cells(sizes))
        )
        lines = [cells[at : at + size] for at in range(0, len(cells), size)]
        if self.axes[axis]["touches"] == 1:
            return [sum(y for at, y in enumerate(line) if at not in outside) for line in lines]
        return [n - sum(line[at] for at in outside) for n, line in zip(whole, lines, strict=True)]

    def noise(self, axis: str, first: tuple[Any, ...], second: tuple[Any, ...]) -> float:
        """Of sums whose cohorts weigh differently; each is a list of weights and an answer, or None: who answered."""

        def parts(weights: list[float], cell: int | None) -> list[tuple[str, dict[str, list[float]]]]:
            table, inside = f"{axis}@industry", self.answers(axis)
            if cell is not None:
                return [(table, {"industry": weights, axis: self.only(axis, cell)})]
            if self.axes[axis]["touches"] == 1:
                return [(table, {"industry": weights, axis: inside})]
            out = [1 - one for one in inside]
            return [("@industry", {"industry": weights}), (table, {"industry": [-w for w in weights], axis: out})]

        return sum(self.both(a, b) for a in parts(*first) for b in parts(*second))

    def both(self, first: tuple[str, Any], second: tuple[str, Any]) -> float:
        if first[0] != second[0]:
            return 0.0  # only a question of several answers has both tables, and they share no residual
        return self.covariance(first[0], first[1], second[1])

    def groups(self, axis: str, margins: list[float]) -> list[list[int]]:
        people = self.people(axis)

        def stands(cohorts: list[int]) -> bool:
            ones = [float(at in cohorts) for at in range(len(people))]
            v = self.noise(axis, (ones, None), (ones, None))
            return sum(people[at] for at in cohorts) - U * sqrt(v) >= self.threshold["min_cohort"]

        known = [at for at, margin in enumerate(margins) if margin > 0]
        alone = sorted((at for at in known if stands([at])), key=lambda at: people[at])
        rest = [at for at in known if at not in alone]
        while rest and alone and not stands(rest):
            rest.append(alone.pop(0))
        return [[at] for at in alone] + ([rest] if rest else [])

    def rows(self, axis: str, order: list[str]) -> Any:
        """status, share, low and high of each answer."""
        margins, people, shown = self.margins(order), self.people(axis), self.people(axis, displayed=True)
        groups, size = self.groups(axis, margins), self.axes[axis]["size"]
        cells, counts = self.cells(f"{axis}@industry"), self.displayed[f"{axis}@industry"]
        for cell in range(size - len(self.axes[axis]["outside"])):
            p, k, whole, spread = 0.0, 0.0, 0.0, 0.0
            first, second = [0.0] * len(people), [0.0] * len(people)
            for group in groups:
                m, n = sum(margins[at] for at in group), max(sum(people[at] for at in group), 1)
                y = sum(cells[at * size + cell] for at in group)
                p += m * min(sum(counts[at * size + cell] for at in group) / max(sum(shown[at] for at in group), 1), 1)
                k += m / n * y
                d = (min(max(y, 0), n) + Z**2 / 2) / (n + Z**2)
                whole, spread = whole + m * d, spread + m**2 * d * (1 - d) / n
                for at in group:
                    first[at], second[at] = m / n, m / n * d
            second = [weight / whole for weight in second]
            terms = (first, cell), (second, None)
            noise = (
                self.noise(axis, terms[0], terms[0]),
                self.noise(axis, terms[1], terms[1]),
                self.noise(axis, *terms),
            )
            margin = Z * sqrt(max(noise[0] + p**2 * noise[1] - 2 * p * noise[2], 0))
            if len(groups) < 2 or margin > self.threshold["usable_margin"]:
                yield "uncertain", "", "", ""
            else:
                low, high = limits(k, noise, spread / (whole * (1 - whole)))
                yield "shown", *(written(value, 4) for value in (p, min(low, p), max(high, p)))


def test_every_weighted_figure_can_be_computed_from_the_folder_alone(made: Round, files: dict[str, bytes]) -> None:
    weigher = Weigher(files)
    order = [option.id for option in made.manifest.form.cohorts[0].options]
    published: dict[str, list[tuple[str, ...]]] = {}
    for row in rows_of(files):
        if row["estimate"] == "weighted":
            axis = row["question"] + (f".{row['rank']}" if row["rank"] else "")
            published.setdefault(axis, []).append(tuple(row[name] for name in ("status", "share", "low", "high")))
    assert len(published) > 5
    assert {status for found in published.values() for status, *_ in found} >= {"shown", "uncertain"}
    for axis, found in published.items():
        assert found == list(weigher.rows(axis, order)), axis


def test_the_record_says_whose_claim_the_margins_are(made: Round, files: dict[str, bytes], shares: object) -> None:
    said = json.loads(files["release.json"])["known_margins"]
    assert said["claimed_by"] == made.manifest.society
    assert "host's claim alone" in said["claim"]
    assert said["margins"] == shares == json.loads(files["margins.json"])
    assert "known_margins" in json.loads(files["codebook.json"])["columns"]["estimate"]


def test_the_page_shows_weighted_figures_beside_those_of_everyone(made: Round, files: dict[str, bytes]) -> None:
    page = files["index.html"].decode()
    label = made.manifest.form.cohorts[0].label.text("en")
    assert f"Weighted by {label}" in page
    assert f"{made.manifest.society} says, after the answers were measured" in " ".join(page.split())


def test_a_release_with_known_margins_verifies_and_says_that_they_are_a_claim(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    verdict = verify_release(publish(tmp_path / "release", files), fingerprint(HOST_KEY.public_key()))
    assert verdict.whole
    assert "That everyone is made up as margins.json says is the host's word alone." in verdict.not_established


def test_other_margins_than_those_that_the_figures_were_made_with_are_found_out(
    tmp_path: Path, made: Round, files: dict[str, bytes], shares: dict[str, dict[str, float]]
) -> None:
    (first, second, *_) = shares["industry"]
    moved = {**shares["industry"], first: shares["industry"][first] - 0.01, second: shares["industry"][second] + 0.01}
    other = margins_bytes(made.manifest, {"industry": moved})
    with pytest.raises(ReleaseError, match="is not"):
        verify_release(publish(tmp_path / "resigned", {**files, "margins.json": other}))
    record = released(made, {"industry": moved}, OTHER)["release.json"]
    elsewhere = {**released(made, shares, OTHER), "margins.json": other, "release.json": record}
    with pytest.raises(ReleaseError, match=r"^tables\.csv, row \d+ .*: it says 0\.\d+, the measurements give 0\.\d+"):
        verify_release(publish(tmp_path / "elsewhere", elsewhere))
    unsigned = publish(tmp_path / "unsigned", files)
    (unsigned / "margins.json").write_bytes(other)
    with pytest.raises(ReleaseError, match=r"margins\.json is not the file that was signed"):
        verify_release(unsigned)


def test_margins_that_are_taken_out_or_written_otherwise_are_found_out(tmp_path: Path, files: dict[str, bytes]) -> None:
    without = {name: data for name, data in files.items() if name not in ("margins.json", SIGNATURE)}
    with pytest.raises(ReleaseError):
        verify_release(publish(tmp_path / "without", without))
    for name, data in (("spaced", b" " + files["margins.json"]), ("cut", b"{"), ("list", b"[]")):
        with pytest.raises(ReleaseError, match="margins"):
            verify_release(publish(tmp_path / name, {**files, "margins.json": data}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: {}, "at least one cohort question"),
        (lambda _: [1], "at least one cohort question"),
        (lambda s: {"age": s["industry"]}, "'age' is not a cohort question"),
        (lambda _: {"industry": 0.5}, "give a share for each of"),
        (lambda s: {"industry": {**s["industry"], "mars": 0.0}}, "give a share for each of"),
        (lambda s: {"industry": dict.fromkeys(s["industry"], 0.1)}, "add up to 1"),
        (lambda s: {"industry": dict.fromkeys(s["industry"], float("nan"))}, "add up to 1"),
        (lambda s: {"industry": dict.fromkeys(s["industry"], True)}, "add up to 1"),
        (lambda s: {"industry": dict.fromkeys(s["industry"], "1")}, "add up to 1"),
        (lambda _: {"size": {"small": 0.5, "large": 0.5}}, "no figure is split by 'size' alone"),
    ],
)
def test_margins_that_mean_nothing_are_refused_in_one_sentence(
    made: Round, shares: Any, change: Any, words: str
) -> None:
    with pytest.raises(ReleaseError, match=words) as refused:
        margins_bytes(made.manifest, change(shares))
    assert str(refused.value).count(". ") == 0


def test_what_was_written_is_read_again(made: Round, shares: object) -> None:
    assert read_margins(made.manifest, margins_bytes(made.manifest, shares)) == shares
    assert read_margins(made.manifest, None) == {}


def test_where_only_one_group_is_left_every_weighted_figure_is_uncertain(made: Round, shares: Any) -> None:
    first, *others = shares["industry"]
    rows = rows_of(released(made, {"industry": {first: 1, **dict.fromkeys(others, 0)}}))
    assert {row["status"] for row in rows if row["estimate"] == "weighted"} == {"uncertain"}


def test_a_round_below_its_minimum_has_nothing_to_weigh(below_round: Round) -> None:
    files = released(below_round, {"team": {"red": 0.5, "blue": 0.5}})
    assert not [row for row in rows_of(files) if row["estimate"] == "weighted"]
