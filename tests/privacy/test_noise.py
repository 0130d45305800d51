"""Noise: the promised distribution at the promised cost, and a test that would notice if it were not."""

from collections.abc import Callable
from fractions import Fraction
from math import inf, nextafter, sqrt

import numpy as np
import opendp.prelude as dp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import AllocationError
from privacy.noise import add_noise, cost, root_above, scale_for, total_cost

DRAWS = 20_000
Draw = Callable[[np.ndarray, float, int], np.ndarray]


def has_the_scale(draw: Draw, scale: float) -> bool:
    """Whether 20,000 draws spread as they should: six standard errors, about 3 %."""
    noise = draw(np.zeros(DRAWS, dtype=np.int64), scale, 1)
    return abs(float(np.mean(noise**2)) / scale**2 - 1) < 6 * sqrt(2 / DRAWS)


@pytest.mark.parametrize("scale", [1.5, 7.25, 1234.5])
def test_noise_has_the_promised_scale(scale: float) -> None:
    assert has_the_scale(add_noise, scale)


@pytest.mark.parametrize("wrong", [0.9, 1.1])
def test_the_scale_test_rejects_ten_percent_either_way(wrong: float) -> None:
    assert not has_the_scale(lambda counts, scale, l2: add_noise(counts, wrong * scale, l2), 7.25)


def test_noise_is_the_discrete_gaussian() -> None:
    scale, wide = 1.3, 6
    noise = add_noise(np.zeros(DRAWS, dtype=np.int64), scale, 1)
    values = np.arange(-wide, wide + 1)
    mass = np.exp(-(values**2) / (2 * scale**2))
    expected = DRAWS * mass / mass.sum()
    seen = np.array([(noise == value).sum() for value in values])
    busy = expected > 5
    chi_squared = float(((seen - expected)[busy] ** 2 / expected[busy]).sum())
    assert chi_squared < 50  # 9 to 11 cells: once in a million


def test_noise_is_unbiased_and_independent_from_cell_to_cell() -> None:
    scale = 10.0
    noise = add_noise(np.full(DRAWS, 1000, dtype=np.int64), scale, 1) - 1000
    assert abs(noise.mean()) < 5 * scale / sqrt(DRAWS)
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 5 / sqrt(DRAWS)


def test_two_draws_differ_and_the_counts_stay() -> None:
    counts = np.arange(1000, dtype=np.int64)
    assert not np.array_equal(add_noise(counts, 5.0, 1), add_noise(counts, 5.0, 1))
    assert np.array_equal(counts, np.arange(1000))


def test_noise_is_added_to_flat_integers_only() -> None:
    for counts in (np.zeros(3), np.zeros(3, dtype=np.int32), np.zeros((2, 2), dtype=np.int64)):
        with pytest.raises(AllocationError):
            add_noise(counts, 1.0, 1)


@pytest.mark.parametrize("scale", [0.0, -1.0, inf, float("nan")])
def test_no_noise_is_never_bought(scale: float) -> None:
    with pytest.raises(AllocationError):
        add_noise(np.zeros(1, dtype=np.int64), scale, 1)
    with pytest.raises(AllocationError):
        cost(scale, 1)


@given(st.integers(1, 10**15))
def test_roots_of_integers_are_never_below(integer: int) -> None:
    root = root_above(integer)
    assert Fraction(root) ** 2 >= integer > Fraction(nextafter(root, 0)) ** 2


@given(st.floats(0.01, 1e6), st.integers(1, 10_000))
def test_a_stated_cost_is_never_below_the_exact_one(scale: float, l2_squared: int) -> None:
    exact = Fraction(l2_squared) / (2 * Fraction(scale) ** 2)
    assert exact <= Fraction(cost(scale, l2_squared)) <= exact * (1 + Fraction(1, 10**12))


@given(st.floats(1e-9, 50), st.integers(1, 10_000))
def test_a_scale_never_costs_more_than_its_share(rho: float, l2_squared: int) -> None:
    scale = scale_for(rho, l2_squared)
    assert cost(scale, l2_squared) <= rho
    assert Fraction(l2_squared) / (2 * Fraction(scale) ** 2) <= Fraction(rho)
    assert scale <= sqrt(l2_squared / (2 * rho)) * (1 + 1e-12)


@given(st.lists(st.floats(0.05, 100), min_size=1, max_size=20))
def test_costs_add_up_as_in_opendps_own_composition_of_the_mechanisms(scales: list[float]) -> None:
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
    together = dp.c.make_composition([dp.m.make_gaussian(*space, scale) for scale in scales])
    costs = [cost(scale, 1) for scale in scales]
    stated = total_cost(costs)
    assert stated == pytest.approx(together.map(1.0), rel=1e-14)  # it may add up in another order
    assert Fraction(stated) >= sum(map(Fraction, costs))


def test_nothing_costs_nothing() -> None:
    assert total_cost([]) == 0.0
