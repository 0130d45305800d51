"""PipelineDP: one aggregation, in which each table's cell is a public partition and each person is in a known number.

All cells then have the same Gaussian noise, calibrated by the library to (epsilon, delta) at once: the even split as
PipelineDP does it best. Its contribution bounds are told to be enforced already, as they are by construction.
"""

import time

import exchange
import numpy as np
import pipeline_dp


def main() -> None:
    task = exchange.read()
    start = time.perf_counter()
    accountant = pipeline_dp.NaiveBudgetAccountant(task.epsilon, task.delta)
    engine = pipeline_dp.DPEngine(accountant, pipeline_dp.LocalBackend())
    touched = sum(task.axes[table.of[0]].touches if table.of else 1 for table in task.tables)
    params = pipeline_dp.AggregateParams(
        metrics=[pipeline_dp.Metrics.COUNT],
        noise_kind=pipeline_dp.NoiseKind.GAUSSIAN,
        max_partitions_contributed=touched,
        max_contributions_per_partition=1,
        contribution_bounds_already_enforced=True,
        public_partitions_already_filtered=True,
        min_value=1,
        max_value=1,
    )
    offsets, cells = np.cumsum([0] + [int(np.prod(task.shape(table))) for table in task.tables]), []
    for offset, table in zip(offsets, task.tables, strict=False):
        cells.append(offset + touched_cells(task, table))
    rows = np.concatenate(cells).tolist()
    extractors = pipeline_dp.DataExtractors(partition_extractor=lambda cell: cell, value_extractor=lambda _: 1)
    result = engine.aggregate(rows, params, extractors, public_partitions=range(int(offsets[-1])))
    accountant.compute_budgets()
    flat = np.full(int(offsets[-1]), np.nan)
    for cell, metrics in result:
        flat[cell] = metrics.count
    told = {
        table.name: flat[begin:end].reshape(task.shape(table))
        for table, begin, end in zip(task.tables, offsets, offsets[1:], strict=False)
    }
    exchange.write(task, told, start, ["pipeline-dp", "python-dp"], partitions_per_person=touched)


def touched_cells(task, table):
    """The flat cell of everybody in this table, several times for those who are in several."""
    flat = np.zeros((task.respondents, 1), np.int64)
    for name in table.axes:
        cells = task.cells[name].astype(np.int64)
        flat = np.where((flat < 0) | (cells < 0), -1, flat * task.axes[name].size + cells)
    return flat[flat >= 0]


if __name__ == "__main__":
    main()
