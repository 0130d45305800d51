"""The workload: what may stand in it."""

import json
import tracemalloc
from itertools import islice, permutations

import pytest
from example_rounds import SMALL
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DocumentError, WorkloadError
from privacy.residuals import closure, needed_by
from privacy.workload import MOST_AXES, MOST_CELLS, MOST_SETS, Axis, Table, Workload, _subsets

TOTAL = Table("@", (), ())


@st.composite
def axis(draw: st.DrawFn, name: str) -> Axis:
    size = draw(st.integers(1, 9))
    outside = draw(st.sets(st.integers(0, size - 1), max_size=size))
    return Axis(name, size, draw(st.integers(1, size)), tuple(sorted(outside)))


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    asked = [draw(axis(f"q{n}")) for n in range(draw(st.integers(0, 4)))]
    cohorts = [Axis(f"c{n}", draw(st.integers(1, 5))) for n in range(draw(st.integers(0, 2)))]
    tables = [TOTAL, *(Table(f"@{c.name}", (c.name,), ()) for c in cohorts)]
    tables += [Table(f"{a.name}@", (), (a.name,)) for a in asked]
    tables += [Table(f"{a.name}@{c.name}", (c.name,), (a.name,)) for a in asked for c in cohorts]
    return Workload((*asked, *cohorts), tuple(tables))


@given(workloads())
def test_a_workload_survives_its_json(workload: Workload) -> None:
    assert Workload.from_json(json.loads(json.dumps(workload.to_json()))) == workload


BROKEN = {
    "no total": ((), ()),
    "two totals": ((), (TOTAL, Table("all", (), ()))),
    "one name twice": ((Axis("a", 2),), (TOTAL, Table("@", (), ("a",)))),
    "one table twice": ((Axis("a", 2),), (TOTAL, Table("x", (), ("a",)), Table("y", (), ("a",)))),
    "one axis twice": ((Axis("a", 2), Axis("a", 2)), (TOTAL,)),
    "an axis against itself": ((Axis("a", 2),), (TOTAL, Table("x", (), ("a", "a")))),
    "an unknown axis": ((), (TOTAL, Table("x", (), ("a",)))),
    "no size table": ((Axis("a", 2), Axis("b", 2)), (TOTAL, Table("x", ("a",), ("b",)))),
    "cohorts of several cells": ((Axis("a", 3, 2),), (TOTAL, Table("x", ("a",), ()))),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_workload_is_refused(case: str) -> None:
    with pytest.raises(WorkloadError):
        Workload(*BROKEN[case])


@pytest.mark.parametrize(
    "arguments", [("", 1), ("a", 0), ("a", 2, 0), ("a", 2, 3), ("a", 2, 1, (2,)), ("a", 2, 1, (0, 0))]
)
def test_a_broken_axis_is_refused(arguments: tuple) -> None:
    with pytest.raises(WorkloadError):
        Axis(*arguments)


def test_the_size_of_an_axis_is_no_reason_to_fill_the_memory() -> None:
    tracemalloc.start()
    try:
        assert Axis("a", 10**6, 1, (10**6 - 1,)).outside == (10**6 - 1,)
        with pytest.raises(WorkloadError, match="outside"):
            Axis("a", 10**6, 1, (10**6,))
        assert tracemalloc.get_traced_memory()[1] < 10**6  # bytes: less than one a cell
    finally:
        tracemalloc.stop()


def test_a_table_of_more_cells_than_can_be_computed_is_refused() -> None:
    half = Axis("a", MOST_CELLS // 2)
    Workload((half, Axis("b", 2)), (TOTAL, Table("x", (), ("a", "b"))))
    with pytest.raises(WorkloadError, match="cells"):
        Workload((half, Axis("b", 3)), (TOTAL, Table("x", (), ("a", "b"))))
    with pytest.raises(WorkloadError, match="cells"):
        Workload((Axis("a", 2**53 - 1),), (TOTAL, Table("x", (), ("a",))))


def crossed(axes: int) -> Workload:
    names = tuple(f"a{n}" for n in range(axes))
    return Workload(tuple(Axis(name, 2) for name in names), (TOTAL, Table("all", (), names)))


def test_a_table_of_more_axes_than_can_be_measured_is_refused() -> None:
    assert len(closure(crossed(MOST_AXES))) == 2**MOST_AXES
    with pytest.raises(WorkloadError, match="axes"):
        crossed(MOST_AXES + 1)


def test_tables_that_need_too_many_residuals_are_refused_before_these_are_listed() -> None:
    names = tuple(f"a{n}" for n in range(MOST_AXES))
    orders = islice(permutations(names), MOST_SETS // 2**MOST_AXES)
    tables = (TOTAL, *(Table(f"t{n}", (), order) for n, order in enumerate(orders)))
    axes = tuple(Axis(name, 2) for name in names)
    Workload(axes, tables[:-1])
    with pytest.raises(WorkloadError, match="sets of axes"):
        Workload(axes, tables)


@given(workloads())
def test_no_workload_needs_more_sets_than_its_tables_were_counted_for(workload: Workload) -> None:
    known = {axis.name: axis for axis in workload.axes}
    for table in workload.tables:
        assert _subsets(table, known) == len(set(needed_by(workload, table)))


def changed(**change: object) -> dict:
    return SMALL.to_json() | change


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        changed(extra=1),
        {"axes": []},
        changed(axes={}),
        changed(axes=[{"name": "a", "size": 2, "touches": 1}]),
        changed(axes=[{"name": "a", "size": 2.0, "touches": 1, "outside": []}]),
        changed(axes=[{"name": "a", "size": True, "touches": 1, "outside": []}]),
        changed(axes=[{"name": 1, "size": 2, "touches": 1, "outside": []}]),
        changed(tables=[{"name": "@", "by": "", "of": []}]),
        changed(tables=[{"name": "@", "by": [], "of": [], "more": []}]),
    ],
)
def test_a_malformed_workload_document_is_refused(document: object) -> None:
    with pytest.raises(DocumentError):
        Workload.from_json(document)
