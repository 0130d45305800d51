"""`statistics.csv`: one row a statistic, at the published decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from reports.statistics import Statistic
from reports.tables_csv import written

COLUMNS = tuple(field.name for field in fields(Statistic))
DECIMALS = {"value": 4, "low": 4, "high": 4}


def statistics_csv(rows: Sequence[Statistic]) -> bytes:
    """Written like tables.csv; only a header if too few answered."""
    return written(rows, COLUMNS, DECIMALS)
