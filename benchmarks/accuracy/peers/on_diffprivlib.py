"""IBM's diffprivlib: one differentially private histogram a table, the budget by the library's own accountant.

Its histograms are epsilon-private (geometric noise), so its accountant composes them with all of delta as slack,
which gives each query far more than epsilon divided by their number. A histogram counts one value a person: where one
may give several answers, there is one histogram for the first, one for the second, one for the third, added up.
"""

import time

import exchange
import numpy as np
from diffprivlib import BudgetAccountant
from diffprivlib.tools import histogram, histogramdd


def main() -> None:
    task = exchange.read()
    start = time.perf_counter()
    accountant = BudgetAccountant(task.epsilon, task.delta, slack=task.delta)
    queries = sum(task.axes[table.of[0]].touches if table.of else 1 for table in task.tables)
    # The search for the largest epsilon may end a last place above it.
    epsilon = accountant.remaining(queries)[0] * (1 - 1e-9)
    told = {table.name: told_by(task, table, epsilon, accountant) for table in task.tables}
    exchange.write(task, told, start, ["diffprivlib"], epsilon_per_histogram=epsilon, histograms=queries)


def told_by(task, table, epsilon, accountant):
    """One table: the sum of one histogram an answer that a person may give."""
    if not table.axes:
        bins, _ = histogram(np.zeros(task.respondents), epsilon, bins=1, range=(-0.5, 0.5), accountant=accountant)
        return bins[0]
    touches = task.axes[table.of[0]].touches if table.of else 1
    return sum(one(task, table, slot, epsilon, accountant) for slot in range(touches))


def one(task, table, slot, epsilon, accountant):
    """A histogram of everybody's answer in this slot; those without one have a bin of their own, which is dropped."""
    columns = [task.column(name) for name in table.by]
    columns += [task.cells[name][:, slot].astype(np.int64) for name in table.of]
    spare = [0] * len(table.by) + [1 if slot else 0 for _ in table.of]
    sizes = [size + more for size, more in zip(task.shape(table), spare, strict=True)]
    filled = [np.where(column < 0, size - 1, column) for column, size in zip(columns, sizes, strict=True)]
    edges = [(-0.5, size - 0.5) for size in sizes]
    counts, _ = histogramdd(np.stack(filled, axis=1), epsilon, bins=sizes, range=edges, accountant=accountant)
    return counts[..., : task.shape(table)[-1]]


if __name__ == "__main__":
    main()
