"""From noisy residuals back to tables: unbiased, and adding up exactly.

Source: docs/privacy.md, section 5.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from privacy.measurement import Measurement, NoisyResidual
from privacy.residuals import divisor, needed_by
from privacy.workload import Table, Workload

Floats = npt.NDArray[np.float64]


def reconstruct(measurement: Measurement) -> Mapping[str, Floats]:
    """Every table that was measured, by name, in the workload's order.

    Shapes: the tables'. Units: respondents, possibly negative.
    Guarantee: unbiased; a table summed over an axis that counts everybody once is the narrower table.
    """
    workload = measurement.workload
    parts = {axes: _centred(workload, noisy) for axes, noisy in measurement.residuals.items()}
    return {table.name: _table(workload, table, parts) for table in measurement.tables}


def _centred(workload: Workload, noisy: NoisyResidual) -> Floats:
    """The residual in respondents. What the noise added to its means belongs to no residual, and is taken out."""
    values = noisy.values.astype(np.float64)
    for position, name in enumerate(noisy.axes):
        if workload.axis(name).single:
            values = values - values.mean(axis=position, keepdims=True)
    return np.asarray(values / divisor(workload, noisy.axes))


def _table(workload: Workload, table: Table, parts: Mapping[tuple[str, ...], Floats]) -> Floats:
    """The sum of the table's residuals, each spread evenly over the cells of the axes it does not have."""
    whole = np.zeros(workload.shape(table.name))
    for axes in needed_by(workload, table):
        spread = [1 if name in axes else workload.axis(name).size for name in table.axes]
        kept = [name for name in table.axes if name in axes]
        sizes = [workload.axis(name).size if name in axes else 1 for name in table.axes]
        part = parts[axes].transpose([axes.index(name) for name in kept]).reshape(sizes)
        whole += part / np.prod(spread)
    return whole
