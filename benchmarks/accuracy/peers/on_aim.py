"""AIM (adaptive and iterative marginals) as OpenDP ships it on top of private-PGM's `mbi`.

The workload is exactly the tables that are wanted, each once. A person may give up to 3 of 10 answers, which AIM's
domain does not know: each option is a yes/no column of its own. Where nobody answers, the column is null. All other
settings are the library's defaults: half of rho for the one-way tables, a model of at most 80 MB, 16 rounds a column.
"""

import time

import exchange
import numpy as np
import opendp.prelude as dp
import polars as pl

dp.enable_features("contrib")


def main() -> None:
    task = exchange.read()
    frame, keys = columns(task)
    queries = [dp.mbi.Count(by=clique) for table in task.tables for clique in cliques(task, table)]
    start = time.perf_counter()
    context = dp.Context.compositor(
        data=frame.lazy(),
        privacy_unit=dp.unit_of(contributions=1),
        privacy_loss=dp.loss_of(rho=task.rho),
        split_evenly_over=1,
    )
    model = context.query().contingency_table(keys=keys, algorithm=dp.mbi.AIM(queries=queries)).release()
    told = {table.name: counted(task, model, table) for table in task.tables}
    exchange.write(task, told, start, ["opendp", "mbi", "jax"], measured=len(model.marginals.flatten()))


def columns(task):
    """One integer column an axis, null where it is no answer; one column an option where one may give several."""
    data, keys = {}, {}
    for axis in task.axes.values():
        if axis.touches == 1:
            cells = task.column(axis.name)
            data[axis.name] = pl.Series(axis.name, cells).set(pl.Series(np.isin(cells, axis.outside)), None)
            keys[axis.name] = [cell for cell in range(axis.size) if cell not in axis.outside]
        else:
            for cell in range(axis.size):
                chosen = (task.cells[axis.name] == cell).any(axis=1)
                name = f"{axis.name}={cell}"
                data[name] = pl.Series(name, np.ones(len(chosen), np.int64)).set(pl.Series(~chosen), None)
                keys[name] = [1]
    return pl.DataFrame(data), keys


def cliques(task, table):
    """The cliques that hold a table: one, or one an option. The table of everybody needs none."""
    if table.of and task.axes[table.of[0]].touches > 1:
        return [(*table.by, f"{table.of[0]}={cell}") for cell in range(task.axes[table.of[0]].size)]
    return [tuple(table.axes)] if table.axes else []


def counted(task, model, table):
    """The table's counts in the fitted model, in our cells' order (null, the last of the library's, is no answer)."""
    if not table.axes:
        return np.asarray(model.project([next(iter(task.axes))])).sum()
    sizes = task.shape(table)
    if table.of and task.axes[table.of[0]].touches > 1:
        options = [np.asarray(model.project(list(clique)))[..., 0] for clique in cliques(task, table)]
        return np.stack([cut(option, sizes[:-1]) for option in options], axis=-1)
    return cut(np.asarray(model.project(table.axes)), sizes)


def cut(counts, sizes):
    """Without the null that the library adds to columns that are never null."""
    return counts[tuple(slice(size) for size in sizes)]


if __name__ == "__main__":
    main()
