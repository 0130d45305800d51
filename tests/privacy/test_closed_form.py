"""The division of rho: no other one does better, by whatever way it was found."""

from itertools import combinations
from math import prod, sqrt

import numpy as np
import pytest
from dense import Dense, small_workloads
from example_rounds import SMALL, all_records, count
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.allocation import allocate
from privacy.closed_form import ClosedForm, even_variances
from privacy.residuals import AxisSet, closure, l2_squared
from privacy.variances import Variances
from privacy.workload import Axis, Table, Workload

RHO = 0.1
Weights = dict[str, float]


def objective(workload: Workload, scales: dict[AxisSet, float], weights: Weights) -> float:
    """The weighted sum of the tables' variances."""
    variances = Variances(workload, scales)
    return sum(weights[table.name] * variances.cell(table) for table in workload.tables)


def scales_for(workload: Workload, parts: dict[AxisSet, float]) -> dict[AxisSet, float]:
    """The scales that cost these parts of RHO, exactly."""
    return {axes: sqrt(l2_squared(workload, axes) / (2 * RHO * part)) for axes, part in parts.items()}


@st.composite
def weighed(draw: st.DrawFn, several: bool = True) -> tuple[Workload, Weights]:
    workload = draw(small_workloads(several))
    return workload, {table.name: draw(st.floats(0.01, 100)) for table in workload.tables}


@settings(deadline=None, max_examples=60)
@given(weighed(), st.integers(0, 2**32))
def test_no_other_division_of_rho_has_a_smaller_weighted_sum_of_variances(
    case: tuple[Workload, Weights], seed: int
) -> None:
    workload, weights = case
    best = objective(workload, dict(allocate(workload, RHO, weights).scales), weights)
    rng, sets = np.random.default_rng(seed), closure(workload)
    for concentration in (0.3, 1.0, 10.0):
        for _ in range(10):
            parts = np.maximum(rng.dirichlet(np.full(len(sets), concentration)), 1e-12)
            parts /= parts.sum()
            other = scales_for(workload, dict(zip(sets, map(float, parts), strict=True)))
            assert best <= objective(workload, other, weights) * (1 + 1e-9)
    even = scales_for(workload, dict.fromkeys(sets, 1 / len(sets)))
    assert best <= objective(workload, even, weights) * (1 + 1e-9)


@settings(deadline=None, max_examples=60)
@given(weighed())
def test_a_hair_of_rho_moved_from_one_residual_to_another_never_helps(case: tuple[Workload, Weights]) -> None:
    workload, weights = case
    best = allocate(workload, RHO, weights)
    whole = sum(entry.rho for entry in best.entries)
    parts = {entry.axes: entry.rho / whole for entry in best.entries}
    least = objective(workload, scales_for(workload, parts), weights)
    for one, other in combinations(parts, 2):
        for step in (0.01, -0.01):
            hair = step * min(parts[one], parts[other])
            moved = parts | {one: parts[one] + hair, other: parts[other] - hair}
            assert least <= objective(workload, scales_for(workload, moved), weights) * (1 + 1e-12)


@settings(deadline=None, max_examples=60)
@given(weighed())
def test_tables_measured_one_by_one_are_never_better(case: tuple[Workload, Weights]) -> None:
    """Neither an even split nor the best split of rho among tables that share nothing."""
    workload, weights = case
    best = objective(workload, dict(allocate(workload, RHO, weights).scales), weights)
    wanted = np.array([weights[table.name] for table in workload.tables])
    apart = even_variances(workload, RHO) / len(wanted)  # of each table under all of rho
    even, finest = float((wanted * apart).sum() * len(wanted)), float(np.sqrt(wanted * apart).sum() ** 2)
    assert best <= finest * (1 + 1e-9) <= even * (1 + 2e-9)


@settings(deadline=None, max_examples=25)
@given(weighed(several=False), st.integers(0, 2**32))
def test_no_other_strategy_at_all_has_a_smaller_weighted_sum_of_variances(
    case: tuple[Workload, Weights], seed: int
) -> None:
    """Whatever sums of records are measured at once under Gaussian noise of the same cost, and then solved for."""
    workload, weights = case
    best, dense = objective(workload, dict(allocate(workload, RHO, weights).scales), weights), Dense(workload)
    people, rng = len(dense.records), np.random.default_rng(seed)
    everything = np.concatenate(list(dense.tables.values()))
    for strategy in (
        np.eye(people),
        everything,
        np.concatenate([np.eye(people), everything]),
        np.concatenate([rng.uniform(0.1, 3) * matrix for matrix in (*dense.parts.values(), np.eye(people))]),
        rng.normal(size=(people + 3, people)),
    ):
        sensitivity = float((strategy**2).sum(axis=0).max())
        solved = np.linalg.pinv(strategy, rcond=1e-9)
        variance = {
            name: float(((matrix @ solved) ** 2).sum(axis=1).mean()) * sensitivity / (2 * RHO)
            for name, matrix in dense.tables.items()
        }
        assert best <= sum(weights[name] * variance[name] for name in weights) * (1 + 1e-7)


def authors_sigmas(workload: Workload, weights: Weights) -> tuple[dict[AxisSet, float], float]:
    """The authors' closed form for the sum of variances, from their paper's formulas: sigmas, and the optimum.

    Their privacy cost of a base mechanism is the product of (n - 1) / n over sigma^2, which is twice rho. The sum of
    variances weighs each cell of a table alike, so a table here weighs its weight divided by its number of cells.
    """
    size = {axis.name: axis.size for axis in workload.axes}
    order = [axis.name for axis in workload.axes if axis.size > 1]
    cost: dict[AxisSet, float] = {}
    variance: dict[AxisSet, float] = {}
    for table in workload.tables:
        cells = prod(size[name] for name in table.axes)
        names = [name for name in order if name in table.axes]
        for length in range(len(names) + 1):
            for chosen in combinations(names, length):
                rest = [name for name in table.axes if name not in chosen]
                shrink = prod((size[name] - 1) / size[name] for name in chosen)
                cost[chosen] = shrink
                each = weights[table.name] / cells
                spread = cells * shrink / prod(size[name] ** 2 for name in rest)
                variance[chosen] = variance.get(chosen, 0.0) + each * spread
    root = sum(sqrt(variance[axes] * cost[axes]) for axes in cost)
    budget = 2 * RHO
    sigmas = {axes: sqrt(root * sqrt(cost[axes] / variance[axes]) / budget) for axes in cost}
    return sigmas, root**2 / budget


@settings(deadline=None, max_examples=60)
@given(weighed(several=False))
def test_the_original_authors_formulas_never_beat_it_and_are_met(case: tuple[Workload, Weights]) -> None:
    workload, weights = case
    allocation = allocate(workload, RHO, weights)
    sigmas, optimum = authors_sigmas(workload, weights)
    assert set(sigmas) == set(closure(workload))
    assert objective(workload, dict(allocation.scales), weights) == pytest.approx(optimum, rel=1e-9)
    for axes, sigma in sigmas.items():
        cells = prod(workload.axis(name).size for name in axes)
        assert allocation.noise(axes).scale / cells == pytest.approx(sigma, rel=1e-9)


@settings(deadline=None, max_examples=40)
@given(weighed())
def test_the_closed_form_foretells_what_the_allocation_gives(case: tuple[Workload, Weights]) -> None:
    workload, weights = case
    form, wanted = ClosedForm(workload), np.array([weights[table.name] for table in workload.tables])
    variances = Variances(workload, allocate(workload, RHO, weights).scales)
    assert form.variances(RHO, wanted) == pytest.approx([variances.cell(t) for t in workload.tables], rel=1e-9)
    assert form.parts(wanted).sum() == pytest.approx(1.0)
    assert (form.alone(RHO) <= form.variances(RHO, wanted) * (1 + 1e-9)).all()


def test_a_table_alone_has_the_variance_of_a_round_that_has_no_other() -> None:
    only = Workload((Axis("a", 5), Axis("b", 3)), (Table("@", (), ()), Table("pair", (), ("a", "b"))))
    weights = {"@": 1e-9, "pair": 1.0}
    variances = Variances(only, allocate(only, RHO, weights).scales)
    assert ClosedForm(only).alone(RHO)[1] == pytest.approx(variances.cell(only.table("pair")), rel=1e-3)


def test_an_even_split_is_a_table_by_itself_under_an_equal_part() -> None:
    """For each table: its own squared sensitivity, found among all records, over twice its part of rho."""
    part, records = RHO / len(SMALL.tables), all_records(SMALL)
    counted = [count(SMALL, [record]) for record in records]
    for table, variance in zip(SMALL.tables, even_variances(SMALL, RHO), strict=True):
        assert variance == pytest.approx(max(int((c[table.name] ** 2).sum()) for c in counted) / (2 * part))
