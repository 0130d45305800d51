"""Exact counts: as insensitive as promised, and silent."""

import copy
import pickle

import numpy as np
import pytest
from example_rounds import SMALL, count, marginal, random_records, small_counts
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.counts import ExactCounts
from privacy.errors import CountsError
from privacy.residuals import closure
from privacy.workload import Axis, Table, Workload


@settings(max_examples=25, deadline=None)
@given(people=st.integers(0, 40), seed=st.integers(0, 2**32))
def test_honest_counts_are_taken(people: int, seed: int) -> None:
    tables = count(SMALL, random_records(SMALL, people, seed))
    counts = ExactCounts(SMALL, tables)
    for axes in closure(SMALL):
        assert np.array_equal(counts.marginal(axes), marginal(SMALL, tables, axes))


def honest() -> dict[str, np.ndarray]:
    return count(SMALL, random_records(SMALL, 60, 3))


def refused(tables: dict[str, np.ndarray]) -> str:
    with pytest.raises(CountsError) as caught:
        ExactCounts(SMALL, tables)
    return str(caught.value)


@pytest.mark.parametrize("name", [table.name for table in SMALL.tables])
def test_one_more_person_in_any_one_table_is_refused(name: str) -> None:
    tables = honest()
    if all(axis.single for axis in SMALL.axes_of(SMALL.table(name))):
        tables[name].reshape(-1)[0] += 1
    else:
        tables[name].reshape(-1)[0] += 61
    assert "table" in refused(tables)


def test_a_person_who_answered_and_did_not_is_refused() -> None:
    tables = {name: array * 0 for name, array in honest().items()}
    tables = count(SMALL, random_records(SMALL, 0, 0))
    record = {"industry": (0,), "mood": (1,), "blockers": (0, 1, 4), "asked": (0,)}
    for name, array in count(SMALL, [record]).items():
        tables[name] += array
    assert "as not answering" in refused(tables)


def test_a_person_counted_in_more_cells_than_allowed_is_refused() -> None:
    record = {"industry": (0,), "mood": (1,), "blockers": (0, 1, 2, 3), "asked": (0,)}
    assert "blockers" in refused(count(SMALL, [record]))


def test_a_person_counted_twice_in_a_cell_is_refused() -> None:
    tables = count(SMALL, random_records(SMALL, 1, 5))
    for name in ("blockers@", "blockers@industry"):
        tables[name] *= 2
    assert "blockers" in refused(tables)


@pytest.mark.parametrize("harm", ["missing", "unknown", "float", "int32", "shape", "negative"])
def test_malformed_tables_are_refused(harm: str) -> None:
    tables = honest()
    mood = tables["mood@"]
    change = {
        "missing": {},
        "unknown": {"more": mood},
        "float": {"mood@": mood.astype(float)},
        "int32": {"mood@": mood.astype(np.int32)},
        "shape": {"mood@": mood[:-1]},
        "negative": {"mood@": mood - mood.max()},
    }[harm]
    if harm == "missing":
        del tables["mood@"]
    refused(tables | change)


def test_no_message_holds_a_count() -> None:
    tables = honest()
    tables["mood@"][0] += 123456
    assert not any(character.isdigit() for character in refused(tables))


def test_counts_are_silent() -> None:
    counts = small_counts()
    assert repr(counts) == str(counts) == "<ExactCounts, confidential>"
    assert not hasattr(counts, "__dict__")
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never serialised"):
            write(counts)


def test_counts_cannot_change_after_the_check() -> None:
    tables = honest()
    counts = ExactCounts(SMALL, tables)
    before = counts.marginal(("mood",)).copy()
    tables["mood@"][0] += 5
    assert np.array_equal(counts.marginal(("mood",)), before)
    counts.marginal(("mood",))[...] = 7
    assert np.array_equal(counts.marginal(("mood",)), before)


CROSSED = Workload(
    (Axis("a", 2), Axis("b", 3), Axis("c", 2)),
    (
        Table("@", (), ()),
        Table("@a", ("a",), ()),
        Table("@b", ("b",), ()),
        Table("b@a", ("a",), ("b",)),
        Table("a@b", ("b",), ("a",)),
        Table("c@a", ("a",), ("c",)),
        Table("b|c@", (), ("b", "c")),
    ),
)


def test_tables_that_share_axes_must_agree_even_if_none_holds_the_other() -> None:
    """What they share is measured once, from one of them, for both."""
    tables = count(CROSSED, random_records(CROSSED, 50, 4))
    ExactCounts(CROSSED, tables)
    turned = tables["a@b"].copy()
    turned[:2, :] += np.array([[1, -1], [-1, 1]]) * (1 if turned[0, 1] and turned[1, 0] else -1)
    with pytest.raises(CountsError, match="same people"):  # adds up to both size tables, and is not b@a turned
        ExactCounts(CROSSED, tables | {"a@b": turned})
    moved = tables["b|c@"].copy()
    other = moved[:, ::-1].copy()
    assert not np.array_equal(moved.sum(axis=0), other.sum(axis=0))
    with pytest.raises(CountsError, match="same people"):  # as many people by b, but not as many by c as c@a has
        ExactCounts(CROSSED, tables | {"b|c@": other})


def test_a_marginal_is_added_up_from_whichever_table_has_it_in_the_order_asked_for() -> None:
    tables = count(CROSSED, random_records(CROSSED, 50, 4))
    counts = ExactCounts(CROSSED, tables)
    assert np.array_equal(counts.marginal(("c",)), tables["c@a"].sum(axis=0))
    assert np.array_equal(counts.marginal(("a", "b")), tables["b@a"])
    assert np.array_equal(counts.marginal(("a", "b")), tables["a@b"].T)
    assert int(counts.marginal(())) == 50
