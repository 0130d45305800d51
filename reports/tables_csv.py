"""`tables.csv`: one row a cell, at the published decimals."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields

from reports.figures import Row

COLUMNS = tuple(field.name for field in fields(Row))
DECIMALS = {"share": 4, "low": 4, "high": 4, "count": 1, "unbiased": 1, "sd": 4}


def tables_csv(rows: Sequence[Row]) -> bytes:
    """RFC 4180 with a header and plain line feeds, UTF-8; a number that is not published is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row, column) for column in COLUMNS] for row in rows)
    return text.getvalue().encode()


def _cell(row: Row, column: str) -> str:
    value = getattr(row, column)
    if column not in DECIMALS:
        return str(value)
    return "" if value is None else decimal(value, DECIMALS[column])


def decimal(value: float, places: int) -> str:
    """A fixed number of decimals in any locale, and never a minus before zero.

    Unbiased counts are whole multiples of a fraction and can lie half way between two of them: what the last bits of
    a float say about it would differ from machine to machine, so these go first.
    """
    written = f"{round(value, places + 6):.{places}f}"
    return written.lstrip("-") if float(written) == 0 else written
