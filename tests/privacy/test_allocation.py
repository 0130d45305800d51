"""The allocation: never dearer than the round's rho, by OpenDP and by exact fractions."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from random import Random

import opendp.prelude as dp
import pytest
from example_rounds import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.allocation import Allocation, allocate
from privacy.errors import AllocationError, DocumentError
from privacy.noise import cost, total_cost
from privacy.residuals import l2_squared
from privacy.variances import Variances
from privacy.workload import Workload

NAMES = [table.name for table in SMALL.tables]
RHO = 0.08815
PLAIN = allocate(SMALL, RHO)


@settings(deadline=None)
@given(rho=st.floats(1e-6, 20), weights=st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 100)))
def test_the_residuals_together_never_cost_more_than_rho(rho: float, weights: dict[str, float]) -> None:
    allocation = allocate(SMALL, rho, weights)
    exact = sum(Fraction(l2_squared(SMALL, e.axes)) / (2 * Fraction(e.scale) ** 2) for e in allocation.entries)
    assert exact <= Fraction(allocation.cost) <= Fraction(rho)
    assert exact >= Fraction(rho) * (1 - Fraction(1, 10**10))


def test_the_residuals_together_never_cost_more_than_rho_in_whatever_order_they_are_added() -> None:
    costs, shuffler = [entry.rho for entry in PLAIN.entries], Random(1)
    for _ in range(200):
        shuffler.shuffle(costs)
        assert total_cost(costs) <= RHO


def test_each_entry_states_opendps_cost_of_its_noise() -> None:
    for entry in PLAIN.entries:
        assert entry.rho == cost(entry.scale, l2_squared(SMALL, entry.axes))


@pytest.mark.parametrize("weights", [{"nowhere": 1.0}, {"@": 0.0}, {"@": -1.0}, {"@": float("inf")}])
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(AllocationError):
        allocate(SMALL, RHO, weights)


@pytest.mark.parametrize("rho", [0.0, -1.0, float("inf"), float("nan")])
def test_a_budget_that_makes_no_sense_is_refused(rho: float) -> None:
    with pytest.raises(AllocationError):
        allocate(SMALL, rho)


def test_an_allocation_that_understates_its_cost_is_refused() -> None:
    first, *rest = PLAIN.entries
    PLAIN.check(SMALL)
    for broken in (
        replace(PLAIN, entries=(replace(first, scale=first.scale * 0.999), *rest)),
        replace(PLAIN, entries=(replace(first, rho=first.rho * 0.999), *rest)),
        replace(PLAIN, rho=RHO * 0.999),
        replace(PLAIN, entries=tuple(rest)),
        replace(PLAIN, entries=(first, first, *rest)),
        replace(PLAIN, entries=(*rest, first)),
    ):
        with pytest.raises(AllocationError):
            broken.check(SMALL)


def test_an_allocation_survives_its_json() -> None:
    assert Allocation.from_json(json.loads(json.dumps(PLAIN.to_json()))) == PLAIN


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"rho": 1.0},
        {"rho": 1.0, "entries": [], "more": 1},
        {"rho": "1", "entries": []},
        {"rho": 0, "entries": []},
        {"rho": True, "entries": []},
        {"rho": 1.0, "entries": [{"axes": [], "rho": 1.0}]},
        {"rho": 1.0, "entries": [{"axes": "a", "rho": 1.0, "scale": 1.0}]},
        {"rho": 1.0, "entries": [{"axes": [], "rho": 1.0, "scale": float("inf")}]},
    ],
)
def test_a_malformed_allocation_document_is_refused(document: object) -> None:
    with pytest.raises(DocumentError):
        Allocation.from_json(document)


def test_the_order_of_tables_changes_nothing() -> None:
    for order in list(permutations(SMALL.tables[2:5])):
        shuffled = Workload(SMALL.axes, (*SMALL.tables[:2], *order, *SMALL.tables[5:]))
        for entry in allocate(shuffled, RHO).entries:
            assert entry.scale == pytest.approx(PLAIN.noise(entry.axes).scale, rel=1e-12)


def test_no_weights_are_equal_weights() -> None:
    assert allocate(SMALL, RHO, dict.fromkeys(NAMES, 1.0)) == allocate(SMALL, RHO) == allocate(SMALL, RHO, {"@": 1.0})
    for entry in allocate(SMALL, RHO, dict.fromkeys(NAMES, 7.0)).entries:  # only their proportions count
        assert entry.scale == pytest.approx(PLAIN.noise(entry.axes).scale, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_that_weighs_more_is_less_noisy(name: str) -> None:
    weighed = Variances(SMALL, allocate(SMALL, RHO, {name: 10.0}).scales)
    assert weighed.cell(SMALL.table(name)) < Variances(SMALL, PLAIN.scales).cell(SMALL.table(name))


def test_a_round_costs_what_opendps_own_composition_of_its_mechanisms_costs() -> None:
    """Each mechanism sees its residual in units of what one person moves it, so that all have the same neighbours."""
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
    mechanisms = [dp.m.make_gaussian(*space, e.scale / l2_squared(SMALL, e.axes) ** 0.5) for e in PLAIN.entries]
    assert PLAIN.cost == pytest.approx(dp.c.make_composition(mechanisms).map(1.0), rel=1e-12)
    exact = sum(Fraction(l2_squared(SMALL, e.axes)) / (2 * Fraction(e.scale) ** 2) for e in PLAIN.entries)
    assert exact <= Fraction(PLAIN.cost) <= exact * (1 + Fraction(1, 10**12))


def test_noise_too_large_for_exact_numbers_is_refused() -> None:
    """A charge for a measurement that could not be read back would be lost."""
    with pytest.raises(AllocationError, match="too much noise"):
        allocate(SMALL, 1e-28)
    allocate(SMALL, 1e-20)
