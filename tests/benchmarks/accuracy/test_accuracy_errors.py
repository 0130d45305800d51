"""Shares and their errors, on tables small enough to work out by hand."""

import numpy as np
import pytest

from benchmarks.accuracy import even_split, ours
from benchmarks.accuracy.counting import clipped, count, shares
from benchmarks.accuracy.errors import rmse
from benchmarks.accuracy.population import draw
from benchmarks.accuracy.questionnaire import SETS, workload
from privacy.accounting import rho_for
from privacy.workload import Axis, Table, Workload

LITTLE = Workload(
    (Axis("industry", 2), Axis("size", 1), Axis("region", 1), Axis("one", 3, 1, (2,)), Axis("many", 3, 2, (2,))),
    (
        *(Table(f"@{','.join(by)}", by, ()) for by in SETS.values()),
        *(Table(f"one@{','.join(by)}", by, ("one",)) for by in SETS.values()),
        Table("many@", (), ("many",)),
    ),
)
EXACT = {
    "@": np.array(10), "@industry": np.array([10, 0]), "@size": np.array([10]), "@region": np.array([10]),
    "@industry,size": np.array([[10], [0]]), "many@": np.array([6, 4, 2]),
    "one@": np.array([6, 2, 2]), "one@industry": np.array([[6, 2, 2], [0, 0, 0]]), "one@size": np.array([[6, 2, 2]]),
    "one@region": np.array([[6, 2, 2]]), "one@industry,size": np.array([[[6, 2, 2]], [[0, 0, 0]]]),
}  # fmt: skip


def test_a_share_is_of_those_who_answered():
    told = shares(LITTLE, EXACT)
    assert told["one@"].tolist() == [0.75, 0.25]
    assert told["many@"].tolist() == [6 / 8, 4 / 8]


def test_shares_of_noisy_tables_stay_between_nothing_and_everybody():
    assert shares(LITTLE, EXACT | {"one@": np.array([-3, 1, 0])})["one@"].tolist() == [0.0, 1.0]
    assert shares(LITTLE, EXACT | {"one@": np.array([4, -2, 0])})["one@"].tolist() == [1.0, 0.0]


def test_setting_cells_below_zero_to_zero_makes_the_sum_larger():
    noisy = EXACT | {"one@": np.array([6, 4, -2, -8])[[0, 2, 3]]}
    assert shares(LITTLE, noisy)["one@"].tolist() == [1.0, 0.0]
    assert shares(LITTLE, clipped(EXACT | {"one@": np.array([6, 2, -8])}))["one@"].tolist() == [0.75, 0.25]
    assert min(cells.min() for cells in clipped(noisy).values()) == 0


def test_the_error_is_the_root_of_the_mean_square_over_cells_of_cohorts_with_people():
    told = shares(LITTLE, EXACT)
    told["one@industry"] = told["one@industry"] + np.array([[0.1, -0.1], [0.9, 0.9]])  # nobody is in the second
    found = rmse(LITTLE, EXACT, told)
    assert found["industry"] == pytest.approx(0.1)
    assert found["size"] == 0
    assert found["whole"] == 0


def test_a_share_that_is_not_told_counts_as_wrong_by_all_of_it():
    told = shares(LITTLE, EXACT)
    told["one@size"] = np.full((1, 2), np.nan)
    assert rmse(LITTLE, EXACT, told)["size"] == pytest.approx(((0.75**2 + 0.25**2) / 2) ** 0.5)


def test_the_even_split_costs_exactly_rho_and_gives_each_table_the_noise_that_it_says():
    rho = 0.1
    scales = even_split.scales(LITTLE, rho)
    cost = sum(even_split.l2_squared(LITTLE, name) / (2 * scale**2) for name, scale in scales.items())
    assert rho * 0.999 < cost <= rho
    assert scales["many@"] / scales["one@"] == pytest.approx(2**0.5)
    large = {name: np.full(LITTLE.shape(name), 100, dtype=np.int64) for name in EXACT}
    away = [even_split.measure(LITTLE, large, rho)["many@"] - 100 for _ in range(300)]
    assert np.std(away) == pytest.approx(scales["many@"], rel=0.15)


def test_ours_tells_shares_of_every_kind_for_every_question_and_its_exact_variance():
    little = workload(2)
    exact = count(little, draw(5000, 1))
    told = ours.tell(little, exact, 2.0, 1e-6)
    shapes = {name: cells.shape for name, cells in shares(little, exact).items()}
    assert {"unbiased", "display"} <= set(told.shares) <= set(ours.KINDS)
    for of_kind in told.shares.values():
        assert {name: cells.shape for name, cells in of_kind.items()} == shapes
        assert rmse(little, exact, of_kind)["whole"] < 0.02
    assert told.total_variance < even_split.total_variance(little, rho_for(2.0, 1e-6))
