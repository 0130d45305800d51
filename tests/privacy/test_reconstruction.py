"""Tables from residuals: what least squares gives, adding up, and without bias."""

from itertools import permutations

import numpy as np
import pytest
from dense import Dense, scales_of, small_workloads
from example_rounds import SMALL, count, equally_dear, pretend, random_records
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.reconstruction import reconstruct
from privacy.variances import Variances
from privacy.workload import Workload

EXACT = count(SMALL, random_records(SMALL, 500, 2))


def test_tables_are_those_of_the_pseudo_inverse() -> None:
    noisy = pretend(SMALL, EXACT, equally_dear(SMALL, 3.0), np.random.default_rng(1))
    dense = Dense(SMALL).estimates(noisy)
    for name, table in reconstruct(noisy).items():
        assert table.shape == SMALL.shape(name)
        assert table.reshape(-1) == pytest.approx(dense[name], abs=1e-7)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_the_tables_of_every_small_workload_are_those_of_the_pseudo_inverse(data: st.DataObject) -> None:
    workload, seed = data.draw(small_workloads()), data.draw(st.integers(0, 2**32))
    exact = count(workload, random_records(workload, 30, seed))
    noisy = pretend(workload, exact, data.draw(scales_of(workload)), np.random.default_rng(seed))
    dense, tables = Dense(workload).estimates(noisy), reconstruct(noisy)
    for name, table in tables.items():
        assert table.reshape(-1) == pytest.approx(dense[name], abs=1e-6)
    check_that_they_add_up(workload, tables)


def check_that_they_add_up(workload: Workload, tables: dict[str, np.ndarray]) -> int:
    """Every table summed over axes of one cell a person is the narrower table. Returns how many there were."""
    checked = 0
    for wide, narrow in permutations(workload.tables, 2):
        further = [name for name in wide.axes if name not in narrow.axes]
        if set(narrow.axes) < set(wide.axes) and all(workload.axis(name).single for name in further):
            kept = [name for name in wide.axes if name in narrow.axes]
            summed = np.asarray(tables[wide.name].sum(axis=tuple(wide.axes.index(name) for name in further)))
            turned = summed.transpose([kept.index(name) for name in narrow.axes])
            assert turned == pytest.approx(tables[narrow.name], abs=1e-8)
            checked += 1
    return checked


def test_noisy_tables_add_up_exactly() -> None:
    noisy = pretend(SMALL, EXACT, equally_dear(SMALL, 5.0), np.random.default_rng(7))
    assert check_that_they_add_up(SMALL, dict(reconstruct(noisy))) > 10


@settings(deadline=None, max_examples=40)
@given(small_workloads(), st.integers(0, 2**32))
def test_without_noise_the_tables_are_the_exact_ones(workload: Workload, seed: int) -> None:
    exact = count(workload, random_records(workload, 40, seed))
    for name, table in reconstruct(pretend(workload, exact, equally_dear(workload, 1.0))).items():
        assert table == pytest.approx(exact[name], abs=1e-9)


def test_tables_are_unbiased_and_as_noisy_as_stated() -> None:
    scales, rng, runs = equally_dear(SMALL, 2.0), np.random.default_rng(9), 1500
    seen = [reconstruct(pretend(SMALL, EXACT, scales, rng)) for _ in range(runs)]
    variances = Variances(SMALL, scales)
    for table in SMALL.tables:
        drawn = np.stack([tables[table.name] for tables in seen])
        stated = variances.cell(table) ** 0.5
        assert abs(drawn.mean(axis=0) - EXACT[table.name]).max() < 5 * stated / runs**0.5
        assert drawn.std(axis=0) == pytest.approx(stated, rel=0.1)
