"""How far shares are from the truth: root-mean-square errors over all cells of a cohort set."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.accuracy.counting import Floats, Integers, shares
from benchmarks.accuracy.questionnaire import SETS, set_of
from privacy.workload import Workload


def rmse(workload: Workload, exact: Mapping[str, Integers], told: Mapping[str, Floats]) -> dict[str, float]:
    """By cohort set, over all its cells whose cohort has at least one person who answered.

    `told`: shares as `counting.shares` gives them. A share that was not told (nan) is an error of the whole share.
    """
    truth = shares(workload, exact)
    squares: dict[str, list[Floats]] = {name: [] for name in SETS}
    for name, real in truth.items():
        table = workload.table(name)
        away = np.nan_to_num(told[name], nan=0.0) - real
        squares[set_of(table)].append((away[_answered(workload, name, exact)] ** 2).reshape(-1))
    return {name: float(np.sqrt(np.concatenate(parts).mean())) for name, parts in squares.items()}


def _answered(
    workload: Workload, name: str, exact: Mapping[str, Integers]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which cohorts have somebody who answered. Shape: that of the table's `by` axes."""
    (axis,) = (workload.axis(of) for of in workload.table(name).of)
    return np.asarray(exact[name][..., list(axis.inside)].sum(axis=-1) > 0)
