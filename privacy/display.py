"""Figures for display: never negative, and adding up across cohorts, answers and respondents.

Source: docs/privacy.md, section 5, "Display".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from privacy.shares import Floats, Mask, Noise
from privacy.workload import Table, Workload


@dataclass(frozen=True, slots=True, eq=False)
class Display:
    """One table as it is displayed. Shapes: the table's; `base` has that of its `by` axes (size tables: all).

    Units: respondents; `base` is how many answered, which shares are of. `share` is nan where there is none.
    """

    count: Floats
    base: Floats
    share: Floats


def display(workload: Workload, noise: Noise, table: Table, counts: Mapping[str, Floats], inside: Mask) -> Display:
    """What `privacy.nearest` found of one table. `counts`: all tables, by name; `inside`: where there is a share."""
    count = counts[table.name]
    if noise.way == "total":
        base = np.broadcast_to(counts[workload.total.name], count.shape)
    else:
        base = answered(noise, count, counts[workload.size_table(table).name], inside)
    divided_by = np.maximum(base.reshape(base.shape + (1,) * (count.ndim - base.ndim)), 1.0)  # nan stays nan
    share = np.where(inside, np.clip(count / divided_by, 0.0, 1.0), np.nan)
    return Display(count, base, share)


def answered(noise: Noise, cells: Floats, sizes: Floats, inside: Mask) -> Floats:
    """How many in each cohort answered, counted the way that `noise` says. Shape: that of `sizes`."""
    over = tuple(range(sizes.ndim, cells.ndim))
    if noise.way == "sum":
        return np.asarray(np.where(inside, cells, 0.0).sum(axis=over))
    if noise.way == "rest":
        return np.asarray(sizes - np.where(inside, 0.0, cells).sum(axis=over))
    return np.full(sizes.shape, np.nan)
