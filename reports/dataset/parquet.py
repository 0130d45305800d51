"""A published CSV as Parquet: the same rows and decimals, in typed columns, with null for what is not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from reports.dataset.columns import Column

_TYPES: Final = {"string": pa.string(), "integer": pa.int32(), "number": pa.float64()}
# Whatever another default would change in the bytes. Not compressed: compressors may differ from build to build.
_OPTIONS: Final[Mapping[str, Any]] = {
    "version": "2.6",
    "compression": "none",
    "use_dictionary": True,
    "write_statistics": True,
    "data_page_version": "1.0",
    "row_group_size": 1 << 20,
    "data_page_size": 1 << 20,
    "store_schema": True,
}


def parquet(written: bytes, columns: Sequence[Column], round_id: str) -> bytes:
    """The same bytes for the same arguments and version of pyarrow; it holds no time.

    written: a CSV file with exactly these columns. round_id: goes into the file's metadata.
    """
    _, *rows = csv.reader(io.StringIO(written.decode(), newline=""))
    arrays = [
        pa.array([_value(row[at], column) for row in rows], _TYPES[column.type]) for at, column in enumerate(columns)
    ]
    fields = [pa.field(column.name, _TYPES[column.type], nullable=column.optional) for column in columns]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"round": round_id}))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **_OPTIONS)
    return bytes(sink.getvalue().to_pybytes())


def same_rows(found: bytes, derived: bytes) -> bool:
    """Whether two Parquet files hold the same table, however it is laid out. `derived` is one of ours."""
    try:
        there = pq.ParquetFile(io.BytesIO(found))
        here = pq.ParquetFile(io.BytesIO(derived))
        if there.metadata.num_rows != here.metadata.num_rows or there.schema_arrow.names != here.schema_arrow.names:
            return False
        return bool(there.read().equals(here.read()))
    except (pa.ArrowException, OSError):
        return False


def _value(text: str, column: Column) -> str | int | float | None:
    if not text and (column.optional or column.type != "string"):
        return None
    if column.type == "string":
        return text
    return int(text) if column.type == "integer" else float(text)
