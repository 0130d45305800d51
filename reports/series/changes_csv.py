"""`changes.csv`: one row a comparison, at the published decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from reports.series.changes import Change
from reports.tables_csv import written

COLUMNS = tuple(field.name for field in fields(Change))
DECIMALS = {"from_share": 4, "to_share": 4, "difference": 4, "low": 4, "high": 4}


def changes_csv(rows: Sequence[Change]) -> bytes:
    """RFC 4180 with a header and plain line feeds, UTF-8; a number that is not published is empty."""
    return written(rows, COLUMNS, DECIMALS)
