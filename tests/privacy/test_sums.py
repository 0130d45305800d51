"""Sums over several tables: their values and their noise, against noise put in cell by cell."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from privacy.measurement import Measurement, NoisyResidual
from privacy.reconstruction import reconstruct
from privacy.residuals import closure, shape
from privacy.sums import Sum, Term, covariance, values
from privacy.variances import Variances
from privacy.workload import Axis, Table, Workload

WORKLOAD = Workload(
    (Axis("team", 3, 1, (2,)), Axis("one", 1), Axis("mood", 4, 1, (3,)), Axis("rank", 4, 1, (3,)), Axis("tools", 3, 2)),
    (
        Table("@", (), ()),
        Table("@team", ("team",), ()),
        Table("@one", ("one",), ()),
        Table("mood@", (), ("mood",)),
        Table("mood@team", ("team",), ("mood",)),
        Table("rank@team", ("team",), ("rank",)),
        Table("tools@team", ("team",), ("tools",)),
        Table("mood|tools@team", ("team",), ("mood", "tools")),
        Table("mood|rank@", (), ("mood", "rank")),
        Table("mood@one", ("one",), ("mood",)),
    ),
)
SCALES = {axes: 100.0 + 7 * at for at, axes in enumerate(closure(WORKLOAD))}
TABLES = [table.name for table in WORKLOAD.tables if table.of]


def nothing() -> Measurement:
    quiet = {s: NoisyResidual(s, SCALES[s], 0.1, np.zeros(shape(WORKLOAD, s), np.int64)) for s in closure(WORKLOAD)}
    return Measurement("round", WORKLOAD, quiet, complete=True)


def responses(measure: Mapping[str, Sum]) -> dict[str, np.ndarray]:
    """How much each sum, in the first cohort, moves with one standard deviation of the noise in every single cell."""
    still, moved = nothing(), {name: [] for name in measure}
    for axes, quiet in still.residuals.items():
        for cell in np.ndindex(quiet.values.shape):
            noisy = np.zeros(quiet.values.shape, np.int64)
            noisy[cell] = 10**6
            put_in = {**still.residuals, axes: replace(quiet, values=noisy)}
            tables = reconstruct(replace(still, residuals=put_in))
            for name, total in measure.items():
                moved[name].append(values(tables, total).flat[0] * SCALES[axes] / 10**6)
    return {name: np.array(found) for name, found in moved.items()}


def term(table: str, seed: int) -> Term:
    rng, found = np.random.default_rng(seed), WORKLOAD.table(table)
    return Term(found, {name: rng.normal(size=WORKLOAD.axis(name).size) for name in found.of})


@pytest.fixture(scope="module")
def moved() -> dict[str, np.ndarray]:
    return responses({name: [term(name, at)] for at, name in enumerate(TABLES)})


@pytest.mark.parametrize("first", TABLES)
@pytest.mark.parametrize("second", TABLES)
def test_the_covariance_of_two_tables_is_that_of_the_noise_they_share(
    first: str, second: str, moved: dict[str, np.ndarray]
) -> None:
    variances = Variances(WORKLOAD, SCALES)
    one, other = term(first, TABLES.index(first)), term(second, TABLES.index(second))
    stated = covariance(WORKLOAD, variances, [one], [other])
    assert stated == pytest.approx(moved[first] @ moved[second], rel=1e-9, abs=1e-9)


def test_tables_in_the_same_cohorts_share_noise_and_several_choice_tables_share_none() -> None:
    variances, one = Variances(WORKLOAD, SCALES), {"mood": np.ones(4), "rank": np.ones(4), "tools": np.ones(3)}
    mood, rank, tools = ([Term(WORKLOAD.table(f"{name}@team"), {name: one[name]})] for name in one)
    assert covariance(WORKLOAD, variances, mood, rank) > 1
    assert covariance(WORKLOAD, variances, mood, tools) == 0


def test_sums_add_their_terms_and_so_does_their_noise() -> None:
    both: Sum = [term("mood@team", 1), term("rank@team", 2)]
    moved = responses({"both": both, "third": [term("tools@team", 3)]})
    variances = Variances(WORKLOAD, SCALES)
    assert covariance(WORKLOAD, variances, both, both) == pytest.approx(moved["both"] @ moved["both"])
    tables = {"mood@team": np.arange(12.0).reshape(3, 4), "rank@team": np.ones((3, 4))}
    wanted = tables["mood@team"] @ both[0].weights["mood"] + both[1].weights["rank"].sum()
    assert values(tables, both) == pytest.approx(wanted)


def test_weights_for_every_axis_are_needed() -> None:
    variances, table = Variances(WORKLOAD, SCALES), WORKLOAD.table("mood@team")
    with pytest.raises(KeyError):
        variances.between((table, {"mood": np.ones(4)}), (table, {"mood": np.ones(4)}))
