"""private-PGM: every table measured with Gaussian noise, rho split evenly, and one graphical model fitted to all.

The measurements are ours (the library leaves them to its user), the inference is the library's recommended one
(mirror descent, its defaults). Where a person may give several answers, each option is a yes/no column, and only the
"yes" half of its table is measured: all options together cost no more than the one table does.
"""

import time

import exchange
import mbi
import numpy as np


def main() -> None:
    task = exchange.read()
    start = time.perf_counter()
    rng = np.random.default_rng()
    domain = mbi.Domain.fromdict(sizes(task))
    share = task.rho / len(task.tables)
    measurements = [m for table in task.tables for m in measured(task, table, share, rng)]
    model = mbi.estimation.MirrorDescent().estimate(domain, measurements)
    told = {table.name: counted(task, model, table) for table in task.tables}
    exchange.write(task, told, start, ["mbi", "jax"])


def sizes(task):
    """The model's columns: one an axis, or one an option."""
    columns = {}
    for axis in task.axes.values():
        columns |= {axis.name: axis.size} if axis.touches == 1 else {f"{axis.name}={c}": 2 for c in range(axis.size)}
    return columns


def yes(factor):
    """The cells of those who chose the option, which is the last axis."""
    return factor.values[..., 1].reshape(-1)


def measured(task, table, share, rng):
    """The noisy measurements of one table; sigma from its share of rho and how many cells one person is in."""
    axis = task.axes[table.of[0]] if table.of else None
    touches = axis.touches if axis else 1
    sigma = (touches / (2 * share)) ** 0.5
    exact = exact_counts(task, table)
    noisy = exact + rng.normal(0, sigma, exact.shape)
    if touches == 1:
        return [mbi.LinearMeasurement(noisy.reshape(-1), tuple(table.axes), sigma)]
    return [
        mbi.LinearMeasurement(noisy[..., c].reshape(-1), (*table.by, f"{axis.name}={c}"), sigma, query=yes)
        for c in range(axis.size)
    ]


def exact_counts(task, table):
    """Shape: the table's; one person counts once in every cell she is in."""
    shape = task.shape(table)
    flat = np.zeros((task.respondents, 1), np.int64)
    for name in table.axes:
        cells = task.cells[name].astype(np.int64)
        both = flat * task.axes[name].size + cells
        flat = np.where((flat < 0) | (cells < 0), -1, both)
    return np.bincount(flat[flat >= 0], minlength=int(np.prod(shape))).reshape(shape).astype(float)


def counted(task, model, table):
    """The table's counts in the fitted model."""
    if table.of and task.axes[table.of[0]].touches > 1:
        axis = task.axes[table.of[0]]
        options = [model.project((*table.by, f"{axis.name}={c}")).values[..., 1] for c in range(axis.size)]
        return np.stack([np.asarray(option) for option in options], axis=-1)
    return np.asarray(model.project(tuple(table.axes)).values) if table.axes else np.asarray(float(model.total))


if __name__ == "__main__":
    main()
