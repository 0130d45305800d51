"""`tables.csv`: one row a cell, at the published decimals."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields

from reports.figures import Row

COLUMNS = tuple(field.name for field in fields(Row))
DECIMALS = {"share": 4, "low": 4, "high": 4, "count": 1, "unbiased": 1, "sd": 4}


def tables_csv(rows: Sequence[Row]) -> bytes:
    """RFC 4180 with a header and plain line feeds, UTF-8; a number that is not published is empty."""
    return written(rows, COLUMNS, DECIMALS)


def written(rows: Sequence[object], columns: Sequence[str], decimals: Mapping[str, int]) -> bytes:
    """Any rows in the same way: their attributes of these names, numbers with these many decimals."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(getattr(row, column), decimals.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: object, places: int | None) -> str:
    if places is None:
        return str(value)
    return decimal(value, places) if isinstance(value, float) else ""


def decimal(value: float, places: int) -> str:
    """A fixed number of decimals in any locale, and never a minus before zero.

    Unbiased counts are whole multiples of a fraction and can lie half way between two of them: what the last bits of
    a float say about it would differ from machine to machine, so these go first.
    """
    written = f"{round(value, places + 6):.{places}f}"
    return written.lstrip("-") if float(written) == 0 else written
