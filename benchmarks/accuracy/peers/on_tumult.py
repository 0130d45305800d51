"""Tumult Analytics: one count a table over a public key set, rho-zCDP split evenly, discrete Gaussian noise.

Two private tables: one row a person, and one row an answer where a person may give several. For the latter the library
is told that a person has up to 3 different answers with one row each, so that its noise grows with the square root of
three and not with three.
"""

import os
import time

import exchange
import numpy as np
import pandas as pd
from pyspark.sql import SparkSession
from tmlt.analytics import (
    AddMaxRowsInMaxGroups,
    AddOneRow,
    CountMechanism,
    KeySet,
    QueryBuilder,
    RhoZCDPBudget,
    Session,
)


def main() -> None:
    task = exchange.read()
    spark = started()
    persons, answers = frames(task)
    start = time.perf_counter()
    builder = Session.Builder().with_privacy_budget(RhoZCDPBudget(task.rho))
    builder = builder.with_private_dataframe("persons", spark.createDataFrame(persons).cache(), AddOneRow())
    for name, frame in answers.items():
        change = AddMaxRowsInMaxGroups(name, task.axes[name].touches, 1)
        builder = builder.with_private_dataframe(name, spark.createDataFrame(frame).cache(), change)
    session = builder.build()
    share = RhoZCDPBudget(task.rho / len(task.tables))
    told = {table.name: counted(task, session, table, share) for table in task.tables}
    exchange.write(task, told, start, ["tmlt.analytics", "tmlt.core", "pyspark"])
    spark.stop()


def started():
    """Spark on this machine alone; as many partitions as it has cores, because the data are small."""
    cores = str(os.cpu_count() or 1)
    settings = {
        "spark.sql.shuffle.partitions": cores,
        "spark.default.parallelism": cores,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "4g",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master(f"local[{cores}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def frames(task):
    """One row a person with all questions of one answer; and for each other question one row an answer."""
    single = {name: task.column(name) for name, axis in task.axes.items() if axis.touches == 1}
    persons = pd.DataFrame(single)
    answers = {}
    for name, axis in task.axes.items():
        if axis.touches > 1:
            person, slot = np.nonzero(task.cells[name] >= 0)
            cohorts = persons.loc[person, sorted({by for table in task.tables for by in table.by})]
            answers[name] = cohorts.assign(**{name: task.cells[name][person, slot].astype(np.int64)})
    return persons, answers


def counted(task, session, table, share):
    """One query; the cells in our order."""
    several = [name for name in table.of if task.axes[name].touches > 1]
    query = QueryBuilder(several[0] if several else "persons")
    if table.axes:
        query = query.groupby(KeySet.from_dict({name: list(range(task.axes[name].size)) for name in table.axes}))
    frame = session.evaluate(query.count(name="n", mechanism=CountMechanism.GAUSSIAN), share).toPandas()
    cells = np.full(task.shape(table), np.nan)
    cells[tuple(frame[name].to_numpy() for name in table.axes)] = frame["n"].to_numpy() if table.axes else frame["n"][0]
    return cells


if __name__ == "__main__":
    main()
