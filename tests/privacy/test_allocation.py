"""The allocation: never dearer than the round's rho, by OpenDP and by exact fractions."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from example_rounds import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.allocation import Allocation, allocate
from privacy.errors import AllocationError, DocumentError
from privacy.noise import cost, total_cost
from privacy.workload import Table, Workload

NAMES = [table.name for table in SMALL.tables]
RHO = 0.08815
PLAIN = allocate(SMALL, RHO)


@settings(deadline=None)
@given(rho=st.floats(1e-6, 20), weights=st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 100)))
def test_the_tables_together_never_cost_more_than_rho(rho: float, weights: dict[str, float]) -> None:
    allocation = allocate(SMALL, rho, weights)
    exact = sum(Fraction(SMALL.l2_squared(e.table)) / (2 * Fraction(e.scale) ** 2) for e in allocation.entries)
    assert exact <= Fraction(allocation.cost) <= Fraction(rho)
    assert exact >= Fraction(rho) * (1 - Fraction(1, 10**10))


def test_the_tables_together_never_cost_more_than_rho_in_whatever_order_they_are_added() -> None:
    costs, shuffler = [entry.rho for entry in PLAIN.entries], Random(1)
    for _ in range(200):
        shuffler.shuffle(costs)
        assert total_cost(costs) <= RHO


def test_every_table_gets_the_same_unless_it_is_weighed() -> None:
    shares = {entry.table: entry.rho for entry in PLAIN.entries}
    assert all(share == pytest.approx(RHO / len(NAMES)) for share in shares.values())
    weighed = allocate(SMALL, RHO, {"@": 3.0})
    assert weighed.noise("@").rho == pytest.approx(3 * weighed.noise("mood@").rho)


def test_each_entry_states_opendps_cost_of_its_noise() -> None:
    for entry in PLAIN.entries:
        assert entry.rho == cost(entry.scale, SMALL.l2_squared(entry.table))


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
    ):
        with pytest.raises(AllocationError):
            broken.check(SMALL)


def test_noise_for_choices_is_as_wide_as_one_person_can_touch() -> None:
    one, three = PLAIN.noise("mood@"), PLAIN.noise("blockers@")
    assert three.scale == pytest.approx(one.scale * 3**0.5)


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
        {"rho": 1.0, "entries": [{"table": "@", "rho": 1.0}]},
        {"rho": 1.0, "entries": [{"table": "@", "rho": 1.0, "scale": float("inf")}]},
    ],
)
def test_a_malformed_allocation_document_is_refused(document: object) -> None:
    with pytest.raises(DocumentError):
        Allocation.from_json(document)


def test_the_order_of_tables_changes_nothing() -> None:
    tables = tuple(Table(name, t.by, t.of) for t, name in zip(SMALL.tables, NAMES, strict=True))
    for order in list(permutations(tables[2:5])):
        shuffled = Workload(SMALL.axes, (*tables[:2], *order, *tables[5:]))
        assert {e.table: e for e in allocate(shuffled, RHO).entries} == {e.table: e for e in PLAIN.entries}
