"""Displayed tables: never negative, adding up, as near to what was measured as that allows, and nearer to the truth."""

from itertools import combinations

import numpy as np
import pytest
from example_rounds import SMALL, count, equally_dear, pretend, random_records

from privacy.coordinates import Coordinates, Views
from privacy.measurement import Measurement
from privacy.nearest import nearest
from privacy.reconstruction import reconstruct
from privacy.workload import Axis, Table, Workload

WITHOUT_SEVERAL = Workload(
    tuple(axis for axis in SMALL.axes if axis.single),
    tuple(table for table in SMALL.tables if "blockers" not in table.axes),
)
SPLIT = Workload(
    (Axis("a", 4), Axis("b", 3), Axis("q", 5, 1, (4,)), Axis("m", 4, 2, (3,))),
    tuple(
        Table(f"{of}@{','.join(by)}", by, (of,) if of else ())
        for of in ("", "q", "m")
        for by in ((), ("a",), ("b",), ("a", "b"))
    ),
)


def noisy(workload: Workload, scale: float, seed: int, people: int = 40) -> tuple[dict[str, np.ndarray], Measurement]:
    exact = count(workload, random_records(workload, people, seed))
    return exact, pretend(workload, exact, equally_dear(workload, scale), np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("workload", [SMALL, SPLIT])
def test_no_cell_is_negative_and_tables_add_up(workload: Workload, seed: int) -> None:
    _, measured = noisy(workload, 3.0, seed)
    assert any((cells < -1).any() for cells in reconstruct(measured).values())
    shown = nearest(measured)
    assert all((cells >= 0).all() for cells in shown.values())
    for wide, narrow in combinations(sorted(workload.tables, key=lambda t: -len(t.axes)), 2):
        further = set(wide.axes) - set(narrow.axes)
        if set(narrow.axes) < set(wide.axes) and all(workload.axis(name).single for name in further):
            kept = [name for name in wide.axes if name in narrow.axes]
            summed = shown[wide.name].sum(axis=tuple(wide.axes.index(name) for name in further))
            assert np.allclose(summed.transpose([kept.index(n) for n in narrow.axes]), shown[narrow.name], atol=0.02)


def test_nothing_moves_where_nothing_is_negative() -> None:
    _, measured = noisy(WITHOUT_SEVERAL, 0.5, 2, people=900)
    shown = nearest(measured)
    for name, cells in reconstruct(measured).items():
        assert (cells > 0).all()
        assert np.allclose(shown[name], cells)


@pytest.mark.parametrize("seed", range(3))
def test_no_exchange_of_people_between_cells_comes_nearer(seed: int) -> None:
    """Every move that keeps the tables for everyone is a sum of such exchanges, so none better means nearest."""
    _, measured = noisy(SPLIT, 3.0, seed)
    coordinates = Coordinates(SPLIT, tuple(measured.residuals))
    values, variance = coordinates.measured(measured)
    table = SPLIT.table("q@a,b")
    view, mine = Views(coordinates, [table]), nearest(measured)["q@a,b"]

    def far(cells: np.ndarray) -> float:
        held = view.gather(cells.reshape(-1))[view.places] / view.factors**2  # the coordinates of these cells
        return float(((held - values[view.places]) ** 2 / variance[view.places]).sum())

    rng, tried, nearest_is = np.random.default_rng(seed), 0, far(mine)
    for _ in range(1500):
        first, second = rng.permutation(3)[:2]
        at = [list(rng.integers(size, size=1)) for size in mine.shape]
        for axis in (first, second):
            at[axis] = list(rng.permutation(mine.shape[axis])[:2])
        there, step = mine.copy(), np.ones([len(places) for places in at])
        step *= np.array([1.0, -1.0]).reshape([2 if axis == first else 1 for axis in range(3)])
        step *= np.array([1.0, -1.0]).reshape([2 if axis == second else 1 for axis in range(3)])
        there[np.ix_(*at)] += 0.2 * step
        if (there >= 0).all():
            tried += 1
            assert far(there) > nearest_is - 1e-4
    assert tried > 100


def test_the_tables_for_everyone_are_what_they_would_be_without_splits() -> None:
    _, measured = noisy(SPLIT, 4.0, 3)
    alone = Workload(SPLIT.axes, tuple(t for t in SPLIT.tables if len(t.axes) < 2 and t.by in ((), ("a",), ("b",))))
    kept = {axes: noise for axes, noise in measured.residuals.items() if len(axes) < 2}
    expected = nearest(Measurement("round", alone, kept, complete=True))
    for name, cells in nearest(measured).items():
        if name in expected:
            assert np.allclose(cells, expected[name], atol=1e-3)


def test_shares_are_nearer_to_the_truth_than_with_negative_cells_cut_at_zero() -> None:
    errors: dict[str, list[tuple[float, float]]] = {}
    for seed in range(25):
        exact, measured = noisy(SPLIT, 4.0, seed, people=150)
        plain, shown = reconstruct(measured), nearest(measured)
        for table in SPLIT.tables:
            if table.of == ("q",):
                true, cut, mine = (_shares(cells[table.name]) for cells in (exact, plain, shown))
                pair = (((cut - true) ** 2).mean(), ((mine - true) ** 2).mean())
                errors.setdefault(",".join(table.by), []).append(pair)
    for by, pairs in errors.items():
        cut, mine = np.mean(pairs, axis=0) ** 0.5
        assert mine <= cut * 1.001, by
        assert mine < cut * 0.9 or by != "a,b"


def test_it_is_the_same_each_time() -> None:
    _, measured = noisy(SPLIT, 3.0, 1)
    first, second = nearest(measured), nearest(Measurement.from_json(measured.to_json()))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_a_round_without_people_has_empty_tables() -> None:
    exact = {table.name: np.zeros(SPLIT.shape(table.name), dtype=np.int64) for table in SPLIT.tables}
    exact = {name: cells - 2 for name, cells in exact.items()} | {"@": np.array(-24)}
    adding = {t.name: np.full(SPLIT.shape(t.name), -24 / np.prod(SPLIT.shape(t.name))) for t in SPLIT.tables}
    shown = nearest(pretend(SPLIT, adding, equally_dear(SPLIT, 3.0)))
    assert set(shown) == set(exact)
    assert all(np.allclose(shown[t.name], 0, atol=0.02) for t in SPLIT.tables if "m" not in t.axes)


def _shares(cells: np.ndarray) -> np.ndarray:
    answers = np.maximum(cells[..., :4], 0)
    return np.clip(answers / np.maximum(cells[..., :4].sum(axis=-1), 1)[..., None], 0, 1)
