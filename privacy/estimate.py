"""From a measurement to figures with margins: pure, deterministic post-processing of noisy residuals.

Source: docs/privacy.md, section "Estimates".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from privacy.measurement import Measurement
from privacy.reconstruction import reconstruct
from privacy.shares import Z95, Floats, Mask, Noise, inside_mask, noise_of, sampling_variance
from privacy.variances import Variances
from privacy.workload import Table, Workload


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
    workload, tables = measurement.workload, reconstruct(measurement)
    variances = Variances(workload, measurement.scales)
    return {name: _of(workload, variances, tables, workload.table(name)) for name in tables}


def _of(workload: Workload, variances: Variances, tables: Mapping[str, Floats], table: Table) -> Estimate:
    noise, own = noise_of(workload, variances, table), tables[table.name]
    inside = np.broadcast_to(inside_mask(workload, table.of), own.shape)
    if noise.way == "total":
        return _assemble(table, noise, own, (own, noise.cell), (tables[workload.total.name], inside))
    answered = _answered(noise, own, tables[workload.size_table(table).name], inside)
    divided_by = answered.reshape(answered.shape + (1,) * len(table.of))
    return _assemble(table, noise, own, (answered, noise.whole), (divided_by, inside))


def _answered(noise: Noise, own: Floats, size: Floats, inside: Mask) -> Floats:
    over = tuple(range(size.ndim, own.ndim))
    if noise.way == "sum":
        return np.asarray(np.where(inside, own, 0.0).sum(axis=over))
    if noise.way == "rest":
        return np.asarray(size - np.where(inside, 0.0, own).sum(axis=over))
    return np.full(size.shape, np.nan)


def _assemble(
    table: Table, noise: Noise, unbiased: Floats, answered: tuple[Floats, float], divided_by: tuple[Floats, Mask]
) -> Estimate:
    """`answered`: with its variance. `divided_by`: the denominator of each cell, and where there is a share."""
    count = np.asarray(np.maximum(unbiased, 0.0))
    size, inside = np.maximum(divided_by[0], 1.0), divided_by[1]  # nan stays nan
    share = np.where(inside, np.clip(count / size, 0.0, 1.0), np.nan)
    spread = noise.of_share(share, size)
    margin = Z95 * np.sqrt(spread + (0.0 if table.total else sampling_variance(share, size)))
    return Estimate(
        table=table,
        unbiased=unbiased,
        sd=np.full(unbiased.shape, noise.cell**0.5),
        count=count,
        answered=answered[0],
        answered_sd=np.full(answered[0].shape, answered[1] ** 0.5),
        share=share,
        margin_noise=np.asarray(Z95 * np.sqrt(spread)),
        margin=np.asarray(margin),
        low=np.asarray(np.clip(share - margin, 0.0, 1.0)),
        high=np.asarray(np.clip(share + margin, 0.0, 1.0)),
    )
