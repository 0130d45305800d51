"""Weighted sums of cells within each cohort, over one table or several: their values and their exact shared noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.variances import Functional, Variances
from privacy.workload import Table, Workload

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A weighted sum over the `of` axes of one table: a cell weighs the product of its axes' weights.

    Shape: weights has one array an axis of `of`, with one entry a cell.
    """

    table: Table
    weights: Functional


Sum = Sequence[Term]
"""Terms added up; all of them over the same cohorts, in the same order of axes."""


def values(tables: Mapping[str, Floats], total: Sum) -> Floats:
    """The sum in every cohort. Shape: that of the tables' `by` axes. Units: weights times respondents."""
    return np.asarray(sum(_value(tables[term.table.name], term) for term in total))


def covariance(workload: Workload, variances: Variances, first: Sum, second: Sum) -> float:
    """Noise covariance of two sums within one cohort, or of one there and one in everyone; the same in each cohort."""
    pairs = [(_in_one_cohort(workload, a), _in_one_cohort(workload, b)) for a in first for b in second]
    return sum(variances.between(a, b) for a, b in pairs)


def _value(cells: Floats, term: Term) -> Floats:
    for name in reversed(term.table.of):
        cells = cells @ term.weights[name]
    return cells


def _in_one_cohort(workload: Workload, term: Term) -> tuple[Table, Functional]:
    """The first cohort; which one makes no difference to the noise."""
    first = {name: np.eye(1, workload.axis(name).size)[0] for name in term.table.by}
    return term.table, {**first, **term.weights}
