"""Estimates: unbiased, with the variances that simulation finds, and intervals that cover.

A bias of a sixth of a margin and noise that is a fifth off what is stated are seen; `make test-long` sees a twelfth
and a tenth.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from example_rounds import SMALL, count, equally_dear, pretend, random_records

from privacy.estimate import Estimate, estimate
from privacy.measurement import Measurement
from privacy.residuals import TOTAL, closure
from privacy.shares import Z95, inside_mask, noise_of
from privacy.variances import Variances
from privacy.workload import Axis, Table, Workload

RUNS = [300, pytest.param(1000, marks=pytest.mark.long)]
OFF = 4.2  # standard errors of a standard deviation that was found; of hundreds, none is off by more
WIDE_CHOICE = Workload(
    (Axis("few", 3, 1, (2,)), Axis("lots", 12, 1, (11,)), Axis("cohort", 3)),
    (
        Table("@", (), ()),
        Table("@cohort", ("cohort",), ()),
        Table("few@", (), ("few",)),
        Table("few@cohort", ("cohort",), ("few",)),
        Table("lots@", (), ("lots",)),
        Table("lots@cohort", ("cohort",), ("lots",)),
    ),
)
ROUNDS = {"small": (SMALL, 2.0), "wide": (WIDE_CHOICE, 2.5)}


@cache
def exact(name: str, people: int = 900) -> dict[str, np.ndarray]:
    return count(ROUNDS[name][0], random_records(ROUNDS[name][0], people, 11))


@cache
def runs(name: str, many: int = 20) -> list[dict[str, Estimate]]:
    """Estimates of one population under fresh noise; rounded normals of a scale above 1.5 do for that."""
    (workload, scale), rng = ROUNDS[name], np.random.default_rng(5)
    scales = equally_dear(workload, scale)
    return [dict(estimate(pretend(workload, exact(name), scales, rng))) for _ in range(many)]


def field(name: str, table: str, attribute: str, many: int) -> np.ndarray:
    return np.stack([getattr(run[table], attribute) for run in runs(name, many)])


def off(many: int) -> float:
    """By how much, in parts of it, a standard deviation found in so many runs may be another than is stated."""
    return OFF / (2 * many) ** 0.5


def true_answered(name: str, table: str) -> np.ndarray:
    """Who answered, from a count of the whole round's size tables and outside cells."""
    workload, tables = ROUNDS[name][0], exact(name)
    shape = workload.table(table)
    outside = ~inside_mask(workload, shape.of)
    sizes = tables[workload.size_table(shape).name]
    return sizes - np.where(outside, tables[table], 0).sum(axis=tuple(range(len(shape.by), len(shape.axes))))


ANSWERED = [
    ("small", "mood@"),
    ("small", "mood@industry"),
    ("small", "blockers@"),
    ("small", "blockers@industry"),
    ("small", "asked@"),
    ("small", "mood|asked@"),
    ("wide", "few@cohort"),
    ("wide", "lots@"),
    ("wide", "lots@cohort"),
]


@pytest.mark.parametrize("many", RUNS)
@pytest.mark.parametrize(("name", "table"), ANSWERED)
def test_who_answered_is_unbiased_with_the_stated_noise(name: str, table: str, many: int) -> None:
    seen, stated = field(name, table, "answered", many), runs(name, many)[0][table].answered_sd
    assert np.all(abs(seen.mean(axis=0) - true_answered(name, table)) < 5 * stated / many**0.5)
    assert seen.std(axis=0) == pytest.approx(stated, rel=off(many))


@pytest.mark.parametrize("many", RUNS)
@pytest.mark.parametrize(("name", "table"), ANSWERED)
def test_a_share_has_the_noise_that_its_margin_states(name: str, table: str, many: int) -> None:
    workload = ROUNDS[name][0]
    inside = np.broadcast_to(inside_mask(workload, workload.table(table).of), workload.shape(table))
    shares = field(name, table, "share", many)[:, inside]
    stated = field(name, table, "margin_noise", many)[:, inside].mean(axis=0) / Z95
    big = shares.mean(axis=0) > 0.05  # smaller ones are clipped at zero now and then
    assert shares.std(axis=0)[big] == pytest.approx(stated[big], rel=0.03 + off(many))
    wanted = np.broadcast_to(true_answered(name, table)[(...,) + (None,) * len(workload.table(table).of)], inside.shape)
    true = (exact(name)[table] / wanted)[inside]
    assert abs(shares.mean(axis=0) - true)[big].max() < 0.01


@pytest.mark.parametrize("many", RUNS)
@pytest.mark.parametrize(("name", "table"), ANSWERED)
def test_noise_margins_cover_the_true_share(name: str, table: str, many: int) -> None:
    workload = ROUNDS[name][0]
    inside = np.broadcast_to(inside_mask(workload, workload.table(table).of), workload.shape(table))
    answered = true_answered(name, table)[(...,) + (None,) * len(workload.table(table).of)]
    true = exact(name)[table] / answered
    missed = abs(field(name, table, "share", many) - true) > field(name, table, "margin_noise", many)
    assert 0.92 < 1 - missed[:, inside].mean() < 0.98


def test_intervals_with_sampling_cover_the_population_the_respondents_came_from() -> None:
    rng, chances, scale = np.random.default_rng(8), np.array([0.02, 0.3, 0.4, 0.28]), 3.0
    workload = Workload((Axis("a", 5, 1, (4,)),), (Table("@", (), ()), Table("a@", (), ("a",))))
    scales = {TOTAL: scale, ("a",): 5 * scale}
    covered = []
    for _ in range(800):
        people = {"@": np.array(150), "a@": np.append(rng.multinomial(150, chances), 0)}
        told = estimate(pretend(workload, people, scales, rng))["a@"]
        covered.append((told.low[:4] <= chances) & (chances <= told.high[:4]))
    rare, *common = np.mean(covered, axis=0)
    assert all(0.93 < often < 0.97 for often in common)
    assert rare > 0.94  # near zero the intervals are wider than they need be


@pytest.mark.parametrize("many", RUNS)
def test_size_tables_are_shares_of_the_total(many: int) -> None:
    shares, stated = (field("small", "@industry", attribute, many) for attribute in ("share", "margin_noise"))
    assert abs(shares.mean(axis=0) - exact("small")["@industry"] / 900).max() < 0.01
    assert shares.std(axis=0) == pytest.approx(stated.mean(axis=0) / Z95, rel=off(many))
    run = runs("small")[0]
    assert np.array_equal(run["@industry"].answered, run["@industry"].unbiased)
    assert (run["@"].share, run["@"].margin) == (1.0, 0.0)


@pytest.mark.parametrize("many", RUNS)
def test_counts_are_unbiased_before_display_and_never_negative_in_it(many: int) -> None:
    for table in SMALL.tables:
        seen = field("small", table.name, "unbiased", many)
        sd = runs("small", many)[0][table.name].sd
        assert np.all(abs(seen.mean(axis=0) - exact("small")[table.name]) < 5 * sd / many**0.5)
        assert (field("small", table.name, "count", many) >= 0).all()


def test_answers_are_added_up_where_a_person_gives_one_and_else_taken_off_the_size() -> None:
    variances = Variances(SMALL, equally_dear(SMALL, 2.0))
    ways = {table.name: noise_of(SMALL, variances, table).way for table in SMALL.tables}
    assert ways == {
        "@": "total",
        "@industry": "total",
        "mood@": "sum",
        "mood@industry": "sum",
        "blockers@": "rest",
        "blockers@industry": "rest",
        "asked@": "sum",
        "mood|asked@": "sum",
        "mood|blockers@industry": "unknown",
    }


def test_who_answered_and_who_did_not_add_up_to_the_cohort() -> None:
    """With single choices there is no second way to count: both give the same number."""
    for run in runs("small"):
        table = run["mood@industry"]
        rest = run["@industry"].unbiased - table.unbiased[:, 3]
        assert table.answered == pytest.approx(rest, abs=1e-9)


def test_what_is_not_known_is_not_stated() -> None:
    run = runs("small")[0]
    several = run["mood|blockers@industry"]
    assert np.isnan(several.answered).all()
    assert np.isnan(several.share).all()
    assert np.isnan(run["asked@"].share).tolist() == [False, False, True, True]
    assert np.isnan(run["asked@"].margin).tolist() == [False, False, True, True]
    assert not np.isnan(run["asked@"].count).any()


def zeros(change: Callable[[dict], None] = lambda _: None) -> Measurement:
    tables = {t.name: np.zeros(SMALL.shape(t.name), dtype=np.int64) for t in SMALL.tables}
    change(tables)
    return pretend(SMALL, tables, dict.fromkeys(closure(SMALL), 2.0))


def test_nobody_at_all_and_negative_sizes_are_estimated_without_a_warning() -> None:
    for told in (estimate(zeros()), estimate(zeros(lambda tables: tables["@"].fill(-21)))):
        for table in told.values():
            known = table.share[~np.isnan(table.share)]
            assert ((known >= 0) & (known <= 1)).all()
            assert (table.low[~np.isnan(table.low)] >= 0).all()


def test_estimates_are_the_same_each_time() -> None:
    measurement = Measurement.from_json(zeros(lambda tables: tables["@"].fill(9)).to_json())
    first, second = (estimate(measurement) for _ in range(2))
    for name, told in first.items():
        for attribute in ("share", "low", "high", "answered", "margin"):
            assert getattr(told, attribute).tobytes() == getattr(second[name], attribute).tobytes()


def test_a_round_below_its_minimum_has_its_total_only() -> None:
    whole = zeros()
    below = Measurement("round", SMALL, {TOTAL: whole.residuals[TOTAL]}, complete=False)
    assert list(estimate(below)) == ["@"]


@pytest.mark.parametrize(("name", "table"), [("small", table.name) for table in SMALL.tables])
def test_every_array_has_the_shape_it_should_have(name: str, table: str) -> None:
    told, workload = runs(name)[0][table], ROUNDS[name][0]
    by = workload.shape(table)[: len(told.table.by)]
    for attribute in ("unbiased", "sd", "count", "share", "margin_noise", "margin", "low", "high"):
        assert isinstance(getattr(told, attribute), np.ndarray)
        assert getattr(told, attribute).shape == workload.shape(table)
    assert told.answered.shape == told.answered_sd.shape == by
