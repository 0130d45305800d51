"""From a measurement to figures with margins: pure, deterministic post-processing of noisy residuals.

Source: docs/privacy.md, section "Estimates".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from privacy.display import Display, answered, display
from privacy.intervals import Spread, interval
from privacy.measurement import Measurement
from privacy.modelled import Modelled, modelled
from privacy.nearest import nearest
from privacy.reconstruction import reconstruct
from privacy.shares import Z95, Floats, Mask, Noise, inside_mask, noise_of
from privacy.variances import Variances
from privacy.workload import Table, Workload


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What one table says. Shapes: the table's; `answered`, `answered_sd` and `base` have that of its `by` axes.

    Units: counts and sds in respondents, shares and margins (95 %) as fractions. `unbiased` and `answered` are
    right on average and may be negative, and so is `people`, the size of each cohort; `count` and `base` (how many
    answered) are for display: never negative, and adding up over all tables of the round. `share` is `count` by
    `base`. `low_noise` and `high_noise` bound the share among these respondents, `low` and `high` that among the
    people they are a sample of. `margin_noise` is for noise alone; `margin` is how far the further end of `low` to
    `high` is from the share. Cells that are no answer have share nan, and so has a table whose denominator is not
    known. In a size table shares are of the total, `answered` is the cohort's own count and `base` everybody.
    `model`: the same drawn towards a model, where there is one.
    """

    table: Table
    unbiased: Floats
    sd: Floats
    count: Floats
    base: Floats
    answered: Floats
    answered_sd: Floats
    people: Floats
    people_sd: Floats
    share: Floats
    margin_noise: Floats
    margin: Floats
    low_noise: Floats
    high_noise: Floats
    low: Floats
    high: Floats
    model: Modelled | None = None

    @property
    def modelled(self) -> Floats:
        """Modelled shares; displayed ones where there is no model."""
        return self.share if self.model is None else self.model.share


def estimate(measurement: Measurement) -> Mapping[str, Estimate]:
    """An estimate of every measured table, by name."""
    workload = measurement.workload
    tables, displayed = reconstruct(measurement), nearest(measurement)
    variances, models = Variances(workload, measurement.scales), modelled(measurement, displayed)
    found = {}
    for name, own in tables.items():
        table = workload.table(name)
        noise, inside = (
            noise_of(workload, variances, table),
            np.broadcast_to(inside_mask(workload, table.of), own.shape),
        )
        shown = display(workload, noise, table, displayed, inside)
        size = workload.size_table(table)
        people = tables[size.name], variances.cell(size)
        found[name] = replace(_of(workload, noise, table, tables, shown, inside, people), model=models.get(name))
    return found


def _of(
    workload: Workload,
    noise: Noise,
    table: Table,
    tables: Mapping[str, Floats],
    shown: Display,
    inside: Mask,
    people: tuple[Floats, float],
) -> Estimate:
    own = tables[table.name]
    if noise.way == "total":
        total = tables[workload.total.name]
        return _assemble(table, noise, own, (own, noise.cell, total), shown, inside, people)
    whole = answered(noise, own, tables[workload.size_table(table).name], inside)
    divided_by = whole.reshape(whole.shape + (1,) * len(table.of))
    return _assemble(table, noise, own, (whole, noise.whole, divided_by), shown, inside, people)


def _assemble(
    table: Table,
    noise: Noise,
    own: Floats,
    whole: tuple[Floats, float, Floats],
    shown: Display,
    inside: Mask,
    people: tuple[Floats, float],
) -> Estimate:
    """`whole`: who answered, its variance, each cell's denominator; `people`: a cohort's size, its variance."""
    size = np.where(inside, np.maximum(whole[2], 1.0), np.nan)
    low_noise, high_noise = _around(own / size, shown.share, Spread.of(noise, size, sampling=False))
    low, high = _around(own / size, shown.share, Spread.of(noise, size, sampling=not table.total))
    return Estimate(
        table=table,
        unbiased=own,
        sd=np.full(own.shape, noise.cell**0.5),
        count=shown.count,
        base=shown.base,
        answered=whole[0],
        answered_sd=np.full(whole[0].shape, whole[1] ** 0.5),
        people=people[0],
        people_sd=np.full(people[0].shape, people[1] ** 0.5),
        share=shown.share,
        margin_noise=np.asarray(Z95 * np.sqrt(noise.of_share(shown.share, size))),
        margin=np.asarray(np.maximum(high - shown.share, shown.share - low)),
        low_noise=low_noise,
        high_noise=high_noise,
        low=low,
        high=high,
    )


def _around(measured: Floats, share: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """The interval of the unbiased share, made to hold the displayed one, which other tables may have moved."""
    low, high = interval(measured, spread)
    return np.asarray(np.minimum(low, share)), np.asarray(np.maximum(high, share))
