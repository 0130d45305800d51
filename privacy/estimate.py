"""From a measurement to figures with margins: pure, deterministic post-processing of noisy tables.

Source: docs/privacy.md, section "Estimates".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from privacy.measurement import Measurement, NoisyTable
from privacy.shares import (
    Z95,
    Denominator,
    Floats,
    Mask,
    denominator,
    inside_mask,
    ratio_variance,
    sampling_variance,
)
from privacy.workload import Table


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What one table says. Shapes: the table's; `answered` and `answered_sd` have that of its `by` axes.

    Units: counts and sds in respondents, shares and margins (95 %) as fractions. `unbiased` may be negative,
    `count` never is. `margin_noise` is for noise alone; `margin`, `low` and `high` for noise and sampling.
    Cells that are no answer have share nan, and so has a table whose denominator is not known. In a size
    table shares are of the total, and `answered` is the cohort's own count.
    """

    table: Table
    unbiased: Floats
    sd: Floats
    count: Floats
    answered: Floats
    answered_sd: Floats
    share: Floats
    margin_noise: Floats
    margin: Floats
    low: Floats
    high: Floats


def estimate(measurement: Measurement) -> Mapping[str, Estimate]:
    """An estimate of every measured table, by name."""
    return {
        name: _of_question(measurement, noisy) if noisy.table.of else _of_sizes(measurement, noisy)
        for name, noisy in measurement.tables.items()
    }


def _of_question(measurement: Measurement, noisy: NoisyTable) -> Estimate:
    workload, table = measurement.workload, noisy.table
    size = measurement.tables[workload.size_table(table).name]
    whole = denominator(workload, table, noisy.scale**2, size.scale**2)
    inside = np.broadcast_to(inside_mask(workload, table.of), noisy.values.shape)
    answered = _answered(whole, noisy, size, inside)
    return _assemble(noisy, answered, whole.variance, (_spread(answered, len(table.of)), whole), inside)


def _of_sizes(measurement: Measurement, noisy: NoisyTable) -> Estimate:
    total = measurement.tables[measurement.workload.total.name]
    variance = total.scale**2
    # Divided by itself, the total is exactly 1: the noise above the line is the noise below it.
    whole = Denominator("sum", variance, variance if noisy.table.total else 0.0)
    own = noisy.values.astype(np.float64)
    everybody = np.ones(own.shape, dtype=np.bool_)
    return _assemble(noisy, own, noisy.scale**2, (total.values.astype(np.float64), whole), everybody)


def _answered(whole: Denominator, noisy: NoisyTable, size: NoisyTable, inside: Mask) -> Floats:
    values, over = noisy.values.astype(np.float64), tuple(range(size.values.ndim, noisy.values.ndim))
    if whole.way == "sum":
        return np.asarray(np.where(inside, values, 0.0).sum(axis=over))
    if whole.way == "rest":
        return np.asarray(size.values - np.where(inside, 0.0, values).sum(axis=over))
    return np.full(size.values.shape, np.nan)


def _assemble(
    noisy: NoisyTable,
    answered: Floats,
    answered_variance: float,
    divided_by: tuple[Floats, Denominator],
    inside: Mask,
) -> Estimate:
    unbiased = noisy.values.astype(np.float64)
    count = np.asarray(np.maximum(unbiased, 0.0))
    size, whole = np.maximum(divided_by[0], 1.0), divided_by[1]  # nan stays nan
    share = np.where(inside, np.clip(count / size, 0.0, 1.0), np.nan)
    noise = ratio_variance(share, size, noisy.scale**2, whole.variance, whole.covariance)
    margin = Z95 * np.sqrt(noise + (0.0 if noisy.table.total else sampling_variance(share, size)))
    return Estimate(
        table=noisy.table,
        unbiased=unbiased,
        sd=np.full(unbiased.shape, noisy.scale),
        count=count,
        answered=answered,
        answered_sd=np.full(answered.shape, answered_variance**0.5),
        share=share,
        margin_noise=np.asarray(Z95 * np.sqrt(noise)),
        margin=np.asarray(margin),
        low=np.asarray(np.clip(share - margin, 0.0, 1.0)),
        high=np.asarray(np.clip(share + margin, 0.0, 1.0)),
    )


def _spread(answered: Floats, further: int) -> Floats:
    return answered.reshape(answered.shape + (1,) * further)
