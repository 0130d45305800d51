"""A published CSV as Parquet: the same rows and decimals, in typed columns, with null for what is not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final

import numpy as np
import numpy.typing as npt
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
_SLACK: Final = 1 << 16


def parquet(written: bytes, columns: Sequence[Column], round_id: str) -> bytes:
    """The same bytes for the same arguments and version of pyarrow; it holds no time.

    written: a CSV file with exactly these columns. round_id: goes into the file's metadata.
    """
    _, *rows = csv.reader(io.StringIO(written.decode(), newline=""))
    arrays = [_array([_value(row[at], column) for row in rows], column) for at, column in enumerate(columns)]
    fields = [pa.field(column.name, _TYPES[column.type], nullable=column.optional) for column in columns]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"round": round_id}))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **_OPTIONS)
    return bytes(sink.getvalue().to_pybytes())


def same_rows(found: bytes, derived: bytes) -> bool:
    """Whether two Parquet files hold the same table, however it is laid out. `derived` is one of ours.

    A file that would take much more memory than ours is not opened, and none of ours is compressed.
    """
    try:
        there, here = (pq.ParquetFile(io.BytesIO(data)) for data in (found, derived))
        if there.metadata.num_rows != here.metadata.num_rows or not there.schema_arrow.equals(here.schema_arrow):
            return False
        if _weight(there) > 2 * _weight(here) + _SLACK or _longest(found) > _longest(derived):
            return False
        return bool(there.read().equals(here.read()))
    except (pa.ArrowException, OSError):
        return False


def _weight(file: pq.ParquetFile) -> float:
    """Bytes of all columns unpacked; without end if any is compressed."""
    groups = (file.metadata.row_group(at) for at in range(file.metadata.num_row_groups))
    columns = [group.column(at) for group in groups for at in range(group.num_columns)]
    if any(column.compression != "UNCOMPRESSED" for column in columns):
        return inf
    return float(sum(column.total_uncompressed_size for column in columns))


def _longest(data: bytes) -> int:
    """The longest text in it: each stands once in a dictionary, and could be repeated in every row."""
    import pyarrow.compute as pc  # noqa: PLC0415  (only where two files differ)

    names = [field.name for field in pq.read_schema(io.BytesIO(data)) if field.type == pa.string()]
    table = pq.ParquetFile(io.BytesIO(data), read_dictionary=names).read(columns=names)
    chunks = (chunk for column in table.columns for chunk in column.chunks)
    return max((pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0 for chunk in chunks), default=0)


def _array(values: Sequence[str | int | float | None], column: Column) -> pa.Array:
    """From its buffers: `pa.array` would load pandas, wherever that is installed, to see if it was given some of it."""
    there = np.packbits(np.array([value is not None for value in values], np.bool_), bitorder="little")
    content = _texts(values) if column.type == "string" else (_numbers(values, column),)
    buffers = [pa.py_buffer(part) for part in (there, *content)]
    return pa.Array.from_buffers(_TYPES[column.type], len(values), buffers)


def _texts(values: Sequence[str | int | float | None]) -> tuple[npt.NDArray[np.int32], bytes]:
    """Where each text begins and the last one ends, in bytes, and all of them one after the other."""
    texts = [str(value or "").encode() for value in values]
    return np.cumsum([0, *map(len, texts)], dtype=np.int32), b"".join(texts)


def _numbers(values: Sequence[str | int | float | None], column: Column) -> npt.NDArray[np.int32 | np.float64]:
    filled = [0 if value is None else value for value in values]
    return np.array(filled, np.int32 if column.type == "integer" else np.float64)


def _value(text: str, column: Column) -> str | int | float | None:
    if not text and (column.optional or column.type != "string"):
        return None
    if column.type == "string":
        return text
    return int(text) if column.type == "integer" else float(text)
