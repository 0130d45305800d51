"""Variances: those of dense least squares on all that is measured, for every table and every sum of its cells."""

import numpy as np
import pytest
from dense import Dense, outer, scales_of, small_workloads
from example_rounds import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.residuals import closure
from privacy.shares import inside_mask, noise_of
from privacy.variances import Variances
from privacy.workload import Axis, Table, Workload

DENSE = Dense(SMALL)
RNG = np.random.default_rng(3)
SCALES = {axes: float(RNG.uniform(1, 30)) for axes in closure(SMALL)}
NAMES = [table.name for table in SMALL.tables]


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_has_the_variance_that_dense_least_squares_gives(name: str) -> None:
    exact = np.diag(DENSE.covariance(SCALES, name, name))
    assert exact == pytest.approx(Variances(SMALL, SCALES).cell(SMALL.table(name)))


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_every_small_workload_has_the_noise_of_dense_least_squares(data: st.DataObject) -> None:
    workload = data.draw(small_workloads())
    scales, dense = data.draw(scales_of(workload)), Dense(workload)
    variances = Variances(workload, scales)
    for table in workload.tables:
        covariance = dense.covariance(scales, table.name, table.name)
        assert np.diag(covariance) == pytest.approx(variances.cell(table))
        one, other = (data.draw(weights_of(workload, table)) for _ in range(2))
        exact = outer(one, table) @ covariance @ outer(other, table)
        assert variances.covariance(table, one, other) == pytest.approx(exact, rel=1e-6, abs=1e-6)
        check_noise(workload, scales, dense, table)


@st.composite
def weights_of(draw: st.DrawFn, workload: Workload, table: Table) -> dict[str, np.ndarray]:
    one = st.floats(-3, 3).map(lambda weight: round(weight, 3))
    return {axis.name: np.array([draw(one) for _ in range(axis.size)]) for axis in workload.axes_of(table)}


def answered(workload: Workload, dense: Dense, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Who answered in each cohort, as sums over records: (cohorts, records); and which cells are answers."""
    table = workload.table(name)
    inside = np.broadcast_to(inside_mask(workload, table.of), workload.shape(name)).reshape(-1)
    cohorts = int(np.prod(workload.shape(name)[: len(table.by)]))
    cells = dense.tables[name].reshape(cohorts, -1, len(dense.records))
    within = inside.reshape(cohorts, -1)[0]
    if all(workload.axis(axis).single for axis in table.of):
        return cells[:, within].sum(axis=1), within
    return dense.tables[workload.size_table(table).name] - cells[:, ~within].sum(axis=1), within


def check_noise(workload: Workload, scales: dict, dense: Dense, table: Table) -> None:
    noise, solved = noise_of(workload, Variances(workload, scales), table), dense.solve(scales)
    if noise.way == "unknown":
        assert np.isnan(noise.whole)
        return
    cells = dense.tables[table.name] @ solved
    if noise.way == "total":
        whole = dense.tables[workload.total.name] @ solved
        assert noise.whole == pytest.approx(float((whole**2).sum()))
        assert (cells @ whole.T).reshape(-1) == pytest.approx(noise.covariance)
        return
    sums, within = answered(workload, dense, table.name)
    counted = sums @ solved
    assert (counted**2).sum(axis=1) == pytest.approx(noise.whole, abs=1e-7)
    own = cells.reshape(len(counted), -1, cells.shape[-1])[:, within]
    shared = np.einsum("cak,ck->ca", own, counted)
    assert shared.reshape(-1) == pytest.approx(noise.covariance, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_who_answered_has_the_noise_that_dense_least_squares_gives(name: str) -> None:
    check_noise(SMALL, SCALES, DENSE, SMALL.table(name))


def test_the_tables_are_within_what_is_measured() -> None:
    """Whatever a table counts follows from the residuals: least squares gives it back without noise."""
    solved = DENSE.solve(SCALES)
    measured = np.concatenate([DENSE.parts[axes] / SCALES[axes] for axes in DENSE.sets])
    for matrix in DENSE.tables.values():
        assert matrix @ solved @ measured == pytest.approx(matrix, abs=1e-9)


def test_the_original_residuals_with_correlated_noise_are_as_noisy() -> None:
    """The authors measure differences to the first cell, under noise of covariance sigma^2 D D' (in a product of axes).

    Here whole numbers get noise that is the same for all, and its mean is taken out: the tables get the same noise.
    """
    workload = Workload(
        (Axis("a", 3), Axis("b", 4), Axis("c", 2)),
        (
            Table("@", (), ()),
            Table("@a", ("a",), ()),
            Table("b@a", ("a",), ("b",)),
            Table("c@", (), ("c",)),
        ),
    )
    dense, sizes = Dense(workload), {axis.name: axis.size for axis in workload.axes}
    sigma = {axes: 1.0 + index for index, axes in enumerate(closure(workload))}
    information = np.zeros((24, 24))
    for axes in closure(workload):
        query, differences = np.ones((1, 1)), np.ones((1, 1))
        for name, size in sizes.items():
            contrast = np.hstack([np.ones((size - 1, 1)), -np.eye(size - 1)])
            query = np.kron(query, contrast if name in axes else np.ones((1, size)))
            differences = np.kron(differences, contrast @ contrast.T if name in axes else np.ones((1, 1)))
        information += query.T @ np.linalg.inv(sigma[axes] ** 2 * differences) @ query
    scales = {axes: sigma[axes] * np.prod([sizes[name] for name in axes]) for axes in closure(workload)}
    for name, matrix in dense.tables.items():
        original = matrix @ np.linalg.pinv(information) @ matrix.T
        assert dense.covariance(scales, name, name) == pytest.approx(original, abs=1e-9)
        assert Variances(workload, scales).cell(workload.table(name)) == pytest.approx(original[0, 0])


@pytest.mark.parametrize("name", ["mood@", "mood@industry", "asked@"])
def test_cells_of_one_question_share_noise_as_the_noise_of_their_size_tells(name: str) -> None:
    """Their covariance, and the noise of the share below a bracket, from two published variances only."""
    table, variances = SMALL.table(name), Variances(SMALL, SCALES)
    own, size = variances.cell(table), variances.cell(SMALL.size_table(table))
    cells = SMALL.axis(table.of[0]).size
    shared = (size / cells - own) / (cells - 1)
    exact = DENSE.covariance(SCALES, name, name)[:cells, :cells]
    assert exact == pytest.approx(np.where(np.eye(cells) == 1, own, shared))
    below, answers, share = 1, 3, 0.4
    weights = np.array([1 - share] * below + [-share] * (answers - below) + [0.0] * (cells - answers))
    stated = (own - shared) * (below * (1 - share) ** 2 + (answers - below) * share**2)
    stated += shared * (below - answers * share) ** 2
    assert weights @ exact @ weights == pytest.approx(stated)
