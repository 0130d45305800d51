"""What a rho means in words that a promise can state."""

import json
from fractions import Fraction
from itertools import product
from math import inf, log, nan, nextafter, sqrt

import numpy as np
import pytest
from example_rounds import SMALL, all_records, flat_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.accounting import (
    Guarantee,
    affordable_epsilon,
    epsilon_for,
    group_guarantee,
    guarantee,
    replacement_rho,
    rho_for,
)
from privacy.allocation import allocate
from privacy.errors import AllocationError, DocumentError
from privacy.noise import total_cost
from privacy.workload import Axis, Table, Workload

DELTA = 1e-6
ALLOCATION = allocate(SMALL, rho_for(3.0, DELTA))
STATED = guarantee(SMALL, ALLOCATION, DELTA)


def test_rho_is_the_known_one_for_epsilon_two() -> None:
    assert rho_for(2.0, DELTA) == pytest.approx(0.08815, abs=1e-5)


@settings(deadline=None, max_examples=20)
@given(epsilon=st.floats(0.05, 20), delta=st.floats(1e-12, 1e-3))
def test_rho_is_never_above_what_opendp_allows_and_as_large_as_it_allows(epsilon: float, delta: float) -> None:
    rho = rho_for(epsilon, delta)
    assert rho > 0
    assert epsilon_for(rho, delta) <= epsilon < epsilon_for(nextafter(rho, inf), delta)


def halved(epsilon: float, delta: float) -> float:
    low, high = 0.0, epsilon
    while nextafter(low, inf) < high and low < (middle := low + (high - low) / 2) < high:
        low, high = (middle, high) if epsilon_for(middle, delta) <= epsilon else (low, middle)
    return low


@pytest.mark.parametrize(("epsilon", "delta"), [(2.09, 1e-7), (2.040410237246691, 0.001), (1.0, 1e-6)])
def test_rho_is_always_found_in_the_same_steps_so_that_a_promise_is_kept_where_opendp_wavers(
    epsilon: float, delta: float
) -> None:
    """At the first two, other steps end at another last place."""
    assert rho_for(epsilon, delta) == halved(epsilon, delta)


def test_the_smallest_delta_that_there_is_has_a_rho() -> None:
    assert 0 < rho_for(1.0, 5e-324) < rho_for(1.0, DELTA)


@pytest.mark.parametrize("guess", [0.0, 0.01, 0.3, 40.0, inf, nan])
def test_a_bad_guess_where_rho_is_costs_time_only(monkeypatch: pytest.MonkeyPatch, guess: float) -> None:
    found = rho_for(2.0, DELTA)
    monkeypatch.setattr("privacy.accounting._guess", lambda *_: guess)
    assert rho_for.__wrapped__(2.0, DELTA) == found


@settings(deadline=None, max_examples=40)
@given(rho=st.floats(1e-4, 5), delta=st.floats(1e-12, 1e-3))
def test_epsilon_is_between_its_textbook_bounds(rho: float, delta: float) -> None:
    textbook = rho + 2 * sqrt(rho * log(1 / delta))
    assert rho < epsilon_for(rho, delta) <= textbook * (1 + 1e-9)


@pytest.mark.parametrize(
    ("epsilon", "delta"), [(0.0, DELTA), (-1.0, DELTA), (inf, DELTA), (1.0, 0.0), (1.0, 1.0), (1.0, -1.0)]
)
def test_promises_that_make_no_sense_are_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(AllocationError):
        rho_for(epsilon, delta)
    if epsilon != 0 or not 0 < delta < 1:
        with pytest.raises(AllocationError):
            epsilon_for(epsilon, delta)


def test_a_guarantee_is_the_rounds_and_no_more_than_was_asked() -> None:
    assert STATED.rho == ALLOCATION.cost
    assert STATED.epsilon == pytest.approx(3.0)
    assert STATED.epsilon <= 3.0


RECORDS = all_records(SMALL)
SCALED = np.concatenate([flat_rows(SMALL, RECORDS, e.axes) / e.scale for e in ALLOCATION.entries], axis=1)


def brute_force_rho(axes: set[str]) -> float:
    """The exact largest cost of replacing a record by one that differs in these axes only."""
    groups: dict[tuple, list[np.ndarray]] = {}
    for record, row in zip(RECORDS, SCALED, strict=True):
        rest = tuple(sorted((name, cells) for name, cells in record.items() if name not in axes))
        groups.setdefault(rest, []).append(row)
    pairs = (pair for group in groups.values() for pair in product(group, repeat=2))
    return max(float(((a - b) ** 2).sum()) / 2 for a, b in pairs)


@pytest.mark.parametrize("axis", ["mood", "asked", "industry"])
def test_the_share_of_a_single_choice_question_is_what_brute_force_finds(axis: str) -> None:
    share = next(share for share in STATED.shares if share.axis == axis)
    exact = brute_force_rho({axis})
    assert exact <= share.rho <= exact * (1 + 1e-9)


def test_the_cost_of_a_replaced_record_covers_brute_force() -> None:
    rng = np.random.default_rng(3)
    rows = SCALED[rng.choice(len(RECORDS), 120, replace=False)]
    worst = max(float(((a - b) ** 2).sum()) / 2 for a, b in product(rows, repeat=2))
    assert 0.7 * STATED.replacement_rho < worst <= STATED.replacement_rho


def test_replacing_costs_between_adding_and_four_times_adding() -> None:
    assert STATED.rho < STATED.replacement_rho <= 4 * STATED.rho
    assert STATED.replacement_epsilon == epsilon_for(STATED.replacement_rho, DELTA)


def test_who_takes_part_does_not_move_the_total_when_replaced() -> None:
    only = Workload((), (Table("@", (), ()),))
    stated = guarantee(only, allocate(only, 0.1), DELTA)
    assert stated.replacement_rho == stated.replacement_epsilon == 0.0
    assert Guarantee.from_json(stated.to_json()) == stated


def test_a_question_has_the_share_of_its_residuals_only() -> None:
    own = total_cost([entry.rho for entry in ALLOCATION.entries if "mood" in entry.axes])
    assert replacement_rho(SMALL, ALLOCATION, {"mood"}) == pytest.approx(2 * own * 4 / 3)  # of four cells
    both = replacement_rho(SMALL, ALLOCATION, {"mood", "asked"})
    assert both > replacement_rho(SMALL, ALLOCATION, {"asked"})


def test_a_cohort_question_has_the_share_of_everything_split_by_it() -> None:
    workload = Workload(
        (Axis("c", 3), Axis("a", 3)),
        (
            Table("@", (), ()),
            Table("@c", ("c",), ()),
            Table("a@", (), ("a",)),
            Table("a@c", ("c",), ("a",)),
        ),
    )
    allocation = allocate(workload, 0.1)
    shares = {share.axis: share.rho for share in guarantee(workload, allocation, DELTA).shares}
    for axis in "ca":
        own = [entry.rho for entry in allocation.entries if axis in entry.axes]
        assert len(own) == 2
        assert shares[axis] == pytest.approx(2 * sum(own) * 3 / 2)


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(AllocationError):
        replacement_rho(SMALL, ALLOCATION, {"nowhere"})


def test_a_guarantee_survives_its_json() -> None:
    assert Guarantee.from_json(json.loads(json.dumps(STATED.to_json()))) == STATED


@pytest.mark.parametrize("change", [{"more": 1}, {"rho": "1"}, {"shares": {}}, {"shares": [{"axis": "a"}]}])
def test_a_malformed_guarantee_document_is_refused(change: dict) -> None:
    with pytest.raises(DocumentError):
        Guarantee.from_json(STATED.to_json() | change)
    lacking = {name: value for name, value in STATED.to_json().items() if name != "delta"}
    with pytest.raises(DocumentError):
        Guarantee.from_json(lacking)


def test_more_budget_means_a_larger_epsilon() -> None:
    richer = guarantee(SMALL, allocate(SMALL, 2 * ALLOCATION.rho), DELTA)
    assert richer.epsilon > STATED.epsilon


@settings(deadline=None, max_examples=40)
@given(rho=st.floats(1e-6, 1.0), people=st.integers(1, 200))
def test_a_group_of_c_costs_c_squared_rho_never_rounded_down(rho: float, people: int) -> None:
    group = group_guarantee(rho, people, 1e-6)
    assert Fraction(group.rho) >= people**2 * Fraction(rho)
    assert group.rho <= people**2 * rho * (1 + 1e-12)
    assert group.epsilon == epsilon_for(group.rho, 1e-6) >= epsilon_for(rho, 1e-6)


def test_nobody_is_no_group() -> None:
    with pytest.raises(AllocationError, match="at least one"):
        group_guarantee(0.1, 0, 1e-6)


@settings(max_examples=10, deadline=None)
@given(rho=st.floats(1e-7, 5), delta=st.sampled_from([1e-9, 1e-6, 1e-4]))
def test_the_affordable_epsilon_is_the_largest_in_hundredths_that_rho_pays(rho: float, delta: float) -> None:
    found = affordable_epsilon(rho, delta)
    assert found == 0 or rho_for(found, delta) <= rho
    assert rho_for(found + 0.02, delta) > rho


def test_nothing_affords_nothing() -> None:
    assert affordable_epsilon(0.0, 1e-6) == 0
