"""The threshold: reads noisy numbers only, and rarely lets a small cohort through."""

import inspect
from functools import cache

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


@cache
def just_too_small() -> list[dict[str, Estimate]]:
    """A hundred cohorts of nine where ten are the least, twenty times under fresh noise."""
    workload = Workload((Axis("c", 100), Axis("a", 3, 1, (2,))), COHORTS.tables[:3])
    tables = {"@": np.array(900), "@c": np.full(100, 9), "a@c": np.tile([4, 5, 0], (100, 1))}
    scales = {axes: 6.0 * divisor(workload, axes) for axes in closure(workload)}
    noise = np.random.default_rng(2)
    return [dict(estimate(pretend(workload, tables, scales, noise))) for _ in range(20)]


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
    runs = just_too_small()
    shown = [status(run[table], 10, 1e9, beta) == SHOWN for run in runs]
    often = np.mean([s.reshape(100, -1)[:, 0] for s in shown])
    least = beta / 2 if table == "@c" else beta / 10  # an answer's figure needs two numbers to be large enough
    assert least < often < beta + 3 * (beta / (100 * len(runs))) ** 0.5


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


def test_a_small_cohort_has_no_further_chance_with_each_further_question() -> None:
    """Twenty questions that the nine of one cohort answer: any of them shown is no more likely than one.

    Thirty such cohorts stand beside a large one.
    """
    names = [f"q{number}" for number in range(20)]
    workload = Workload(
        (Axis("c", 31), *(Axis(name, 3, 1, (2,)) for name in names)),
        (Table("@", (), ()), Table("@c", ("c",), ()), *(Table(f"{name}@c", ("c",), (name,)) for name in names)),
    )
    answers = np.array([[5, 4, 0]] * 30 + [[150, 141, 0]])
    tables = {"@": np.array(561), "@c": np.array([9] * 30 + [291])} | {f"{name}@c": answers for name in names}
    # Little noise in the size, more in each question: without the size, each would have a chance of its own.
    scales = {axes: (4.0 if len(axes) < 2 else 12.0) * divisor(workload, axes) for axes in closure(workload)}
    noise, rounds, seen = np.random.default_rng(5), 6, 0
    for _ in range(rounds):
        found = estimate(pretend(workload, tables, scales, noise))
        seen += np.any([status(found[f"{name}@c"], 10, 0.9)[:30] != HIDDEN for name in names], axis=(0, 2)).sum()
    assert 0 < seen <= 30 * rounds * 0.05 + 3 * (30 * rounds * 0.05 * 0.95) ** 0.5
