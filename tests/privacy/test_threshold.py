"""The threshold: reads noisy numbers only, and rarely lets a small cohort through."""

import inspect

import numpy as np
import pytest
from example_rounds import pretend

from privacy.errors import PrivacyError
from privacy.estimate import Estimate, estimate
from privacy.residuals import closure, divisor
from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN, status
from privacy.workload import Axis, Table, Workload

COHORTS = Workload(
    (Axis("c", 4), Axis("a", 3, 1, (2,)), Axis("m", 4, 3, (3,))),
    (
        Table("@", (), ()),
        Table("@c", ("c",), ()),
        Table("a@c", ("c",), ("a",)),
        Table("a|m@c", ("c",), ("a", "m")),
    ),
)


def told(per_cohort: list[int], scale: float, noise: np.random.Generator | None = None) -> dict[str, Estimate]:
    """Estimates of cohorts where half give each of two answers and nobody declines."""
    sizes = np.array(per_cohort)
    answers = np.stack([sizes // 2, sizes - sizes // 2, sizes * 0], axis=1)
    tables = {"@": np.array(sizes.sum()), "@c": sizes, "a@c": answers, "a|m@c": np.zeros((4, 3, 4))}
    scales = {axes: scale * divisor(COHORTS, axes) for axes in closure(COHORTS)}
    return dict(estimate(pretend(COHORTS, tables, scales, noise)))


def test_figures_are_shown_hidden_or_uncertain() -> None:
    result = status(told([3, 14, 40, 500], 3.0)["a@c"], 10, 0.15)
    assert result[:, 0].tolist() == [HIDDEN, HIDDEN, SHOWN, SHOWN]  # 14 of noise 2.9 may well be 9
    assert status(told([3, 30, 60, 500], 4.0)["a@c"], 10, 0.15)[:, 0].tolist() == [
        HIDDEN,
        UNCERTAIN,
        SHOWN,
        SHOWN,
    ]


def test_size_tables_are_shown_by_their_own_count() -> None:
    assert status(told([5, 12, 14, 500], 2.0)["@c"], 10, 0.15).tolist() == [HIDDEN, HIDDEN, SHOWN, SHOWN]


@pytest.mark.parametrize("beta", [0.05, 0.2])
@pytest.mark.parametrize("table", ["@c", "a@c"])
def test_a_cohort_below_the_minimum_is_shown_no_more_often_than_beta(table: str, beta: float) -> None:
    noise, runs = np.random.default_rng(2), 1500
    shown = [status(told([9] * 4, 6.0, noise)[table], 10, 1e9, beta) == SHOWN for _ in range(runs)]
    often = np.mean([s.reshape(4, -1)[:, 0] for s in shown])
    assert beta / 2 < often < beta + 3 * (beta / (4 * runs)) ** 0.5


def test_where_nobody_knows_how_many_answered_everything_is_hidden() -> None:
    assert (status(told([500] * 4, 1.0)["a|m@c"], 10, 0.15) == HIDDEN).all()


def test_the_threshold_can_read_nothing_but_estimates() -> None:
    parameters = inspect.signature(status).parameters
    assert [p.annotation for p in parameters.values()] == [Estimate, int, float, float]


def test_the_status_has_a_cell_for_every_figure() -> None:
    estimates = told([5, 12, 40, 500], 2.0)
    for name, estimated in estimates.items():
        assert status(estimated, 10, 0.15).shape == COHORTS.shape(name)


@pytest.mark.parametrize("arguments", [(-1, 0.15, 0.05), (10, 0.0, 0.05), (10, 0.15, 0.0), (10, 0.15, 1.0)])
def test_a_threshold_that_makes_no_sense_is_refused(arguments: tuple[int, float, float]) -> None:
    with pytest.raises(PrivacyError):
        status(told([5] * 4, 2.0)["@c"], *arguments)
