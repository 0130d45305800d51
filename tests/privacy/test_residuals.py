"""Residuals: which are needed, how far one person moves each, against every record there can be."""

from itertools import chain, combinations, product

import numpy as np
import pytest
from example_rounds import SMALL, all_records, cells_of, count, flat_rows, marginal, random_records
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import CountsError
from privacy.residuals import (
    AxisSet,
    closure,
    divisor,
    l2_squared,
    needed_by,
    replacement_l2_squared,
    residual,
    shape,
)
from privacy.workload import Axis, Table, Workload

TOTAL = Table("@", (), ())


def one_of_each(*axes: Axis, by: tuple[str, ...] = ()) -> Workload:
    """The axes as one table, with the size tables that it needs."""
    of = tuple(a.name for a in axes if a.name not in by)
    tables = [TOTAL, *([Table("sizes", by, ())] if by else []), Table("table", by, of)]
    return Workload(axes, tuple(tables))


KINDS = {
    "choice": one_of_each(Axis("a", 4, 1, (3,))),
    "yes or no": one_of_each(Axis("a", 2)),
    "one cell": one_of_each(Axis("a", 1)),
    "choices": one_of_each(Axis("a", 6, 3, (5,))),
    "choices of everything": one_of_each(Axis("a", 4, 4)),
    "choices of two": one_of_each(Axis("a", 2, 2)),
    "not asked": one_of_each(Axis("a", 6, 2, (4, 5))),
    "pair": one_of_each(Axis("a", 3, 1, (2,)), Axis("b", 4, 1, (3,))),
    "pair of yes or no": one_of_each(Axis("a", 2), Axis("b", 2)),
    "pair with one cell": one_of_each(Axis("a", 3), Axis("b", 1)),
    "pair with choices": one_of_each(Axis("a", 3, 1, (2,)), Axis("b", 5, 2, (4,))),
    "pair of choices": one_of_each(Axis("a", 4, 2, (3,)), Axis("b", 4, 2, (3,))),
    "split": one_of_each(Axis("c", 3), Axis("a", 5, 3, (4,)), by=("c",)),
    "split twice": one_of_each(Axis("c", 2), Axis("d", 3), Axis("a", 4, 2), by=("c", "d")),
    "pair split": one_of_each(Axis("c", 2), Axis("a", 3), Axis("b", 4, 2, (3,)), by=("c",)),
    "the small round": SMALL,
}


def subsets(names: tuple[str, ...]) -> list[AxisSet]:
    return list(chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def test_the_sets_of_a_table_are_those_of_its_axes_that_hold_all_axes_of_several_cells() -> None:
    assert set(needed_by(SMALL, SMALL.table("mood|blockers@industry"))) == {
        ("blockers",),
        ("industry", "blockers"),
        ("mood", "blockers"),
        ("industry", "mood", "blockers"),
    }
    assert set(needed_by(SMALL, SMALL.table("mood@industry"))) == set(subsets(("industry", "mood")))


def test_the_closure_has_each_set_once_the_total_first() -> None:
    sets = closure(SMALL)
    assert sets[0] == ()
    assert len(set(sets)) == len(sets)
    assert set(sets) == {axes for table in SMALL.tables for axes in needed_by(SMALL, table)}
    assert [len(axes) for axes in sets] == sorted(len(axes) for axes in sets)


def test_an_axis_of_one_cell_is_in_no_set() -> None:
    assert closure(KINDS["one cell"]) == ((),)
    assert closure(KINDS["pair with one cell"]) == ((), ("a",))


@pytest.mark.parametrize("kind", KINDS)
def test_one_person_moves_a_residual_as_far_as_it_says(kind: str) -> None:
    workload = KINDS[kind]
    for axes in closure(workload):
        rows = flat_rows(workload, all_records(workload), axes)
        assert (rows**2).sum(axis=1).max() == l2_squared(workload, axes)


def furthest(rows: np.ndarray, groups: list[tuple]) -> int:
    """The largest squared distance of two rows of one group."""
    most = 0
    for group in set(groups):
        own = np.unique(rows[[g == group for g in groups]], axis=0)
        gram = own @ own.T
        lengths = np.diag(gram)
        most = max(most, int((lengths[:, None] + lengths[None, :] - 2 * gram).max()))
    return most


@pytest.mark.parametrize("kind", KINDS)
def test_a_replaced_person_moves_a_residual_no_further_than_it_says(kind: str) -> None:
    """For every set of its axes that may change, over every pair of records that differ in these only."""
    workload = KINDS[kind]
    for axes in closure(workload):
        own = [dict(zip(axes, cells, strict=True)) for cells in product(*(cells_of(workload.axis(a)) for a in axes))]
        rows = flat_rows(workload, own, axes)
        for changed in [None, *subsets(axes)]:
            same = [] if changed is None else [name for name in axes if name not in changed]
            found = furthest(rows, [tuple(record[name] for name in same) for record in own])
            said = replacement_l2_squared(workload, axes, changed)
            assert found <= said <= 4 * l2_squared(workload, axes)
            moving = [axis for axis in map(workload.axis, axes) if changed is None or axis.name in changed]
            if any(axis.single for axis in moving) or not moving:
                assert found == said


def test_axes_that_a_residual_does_not_have_move_nothing_in_it() -> None:
    assert replacement_l2_squared(SMALL, ("mood",), {"industry", "blockers"}) == 0
    assert replacement_l2_squared(SMALL, ("mood",), {"industry", "mood"}) == 4 * 3 * 2 * 4 / 3


def test_choices_that_overlap_are_as_far_apart_as_their_cells_allow() -> None:
    for size, touches, apart in ((6, 2, 4), (4, 3, 4), (4, 4, 4), (2, 2, 2)):
        workload = one_of_each(Axis("c", 3), Axis("a", size, touches), by=("c",))
        assert replacement_l2_squared(workload, ("a",)) == apart
        assert replacement_l2_squared(workload, ("c", "a"), {"a"}) == 3 * 2 * apart


def test_a_yes_turned_into_a_no_moves_four_times_as_far_as_a_person_added() -> None:
    assert replacement_l2_squared(KINDS["yes or no"], ("a",)) == 4 * l2_squared(KINDS["yes or no"], ("a",)) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_a_residual_is_the_sum_of_what_each_person_adds_to_it(kind: str) -> None:
    workload = KINDS[kind]
    records = random_records(workload, 25, 3)
    tables = count(workload, records)
    for axes in closure(workload):
        made = residual(workload, axes, marginal(workload, tables, axes))
        assert made.dtype == np.int64
        assert made.shape == shape(workload, axes)
        assert np.array_equal(made.reshape(-1), flat_rows(workload, records, axes).sum(axis=0))


@given(st.integers(1, 9), st.integers(1, 9))
def test_a_residual_is_divided_by_the_cells_of_its_single_axes(one: int, other: int) -> None:
    workload = one_of_each(Axis("a", one + 1), Axis("b", other + 1), Axis("m", 5, 2))
    assert divisor(workload, ("a", "b", "m")) == (one + 1) * (other + 1)
    assert divisor(workload, ()) == divisor(workload, ("m",)) == 1


def test_counts_too_large_for_exact_numbers_are_refused() -> None:
    workload = one_of_each(Axis("a", 3))
    limit = 2**52 // 6
    exact = residual(workload, ("a",), np.array([limit, 0, 0]))
    assert exact.tolist() == [2 * limit, -limit, -limit]
    with pytest.raises(CountsError, match="split by less"):
        residual(workload, ("a",), np.array([limit, 1, 0]))
