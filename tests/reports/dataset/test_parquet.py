"""Parquet files hold what the CSV files hold, typed, and always in the same bytes."""

import csv
import io
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports import statistics_csv, tables_csv
from reports.dataset.columns import Column
from reports.dataset.parquet import parquet, same_rows

COLUMNS = (Column("answer", "string", ""), Column("rank", "integer", "", True), Column("share", "number", "", True))
WRITTEN = b"answer,rank,share\n10-50,1,0.1250\n,,\n"


@pytest.mark.parametrize(
    ("name", "decimals"), [("tables", tables_csv.DECIMALS), ("statistics", statistics_csv.DECIMALS)]
)
def test_the_same_rows_with_the_same_decimals(
    said_files: dict[str, bytes], name: str, decimals: dict[str, int]
) -> None:
    written = list(csv.DictReader(io.StringIO(said_files[f"{name}.csv"].decode())))
    table = pq.read_table(io.BytesIO(said_files[f"{name}.parquet"]))
    assert table.column_names == list(written[0])
    again = [{key: _written(value, decimals.get(key)) for key, value in row.items()} for row in table.to_pylist()]
    assert again == written
    hidden = [row for row in table.to_pylist() if row["status"] != "shown"]
    assert hidden
    assert all(row[key] is None for row in hidden for key in decimals)


def _written(value: object, places: int | None) -> str:
    return "" if value is None else f"{value:.{places}f}" if places is not None else str(value)


def test_columns_have_types_and_missing_is_null() -> None:
    table = pq.read_table(io.BytesIO(parquet(WRITTEN, COLUMNS, "a" * 64)))
    assert table.schema.types == [pa.string(), pa.int32(), pa.float64()]
    assert table.to_pylist() == [
        {"answer": "10-50", "rank": 1, "share": 0.125},
        {"answer": "", "rank": None, "share": None},
    ]
    assert table.schema.metadata == {b"round": b"a" * 64}


def test_a_table_without_rows_keeps_its_columns(below_round: object) -> None:
    table = pq.read_table(io.BytesIO(parquet(b"answer,rank,share\n", COLUMNS, "a" * 64)))
    assert (table.num_rows, table.column_names) == (0, ["answer", "rank", "share"])


def test_another_layout_of_the_same_rows_is_the_same_table_and_another_number_is_not() -> None:
    ours = parquet(WRITTEN, COLUMNS, "a" * 64)
    assert ours == parquet(WRITTEN, COLUMNS, "a" * 64)
    sink = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(ours)), sink, compression="none", use_dictionary=False)
    assert sink.getvalue() != ours
    assert same_rows(sink.getvalue(), ours)
    assert not same_rows(parquet(WRITTEN.replace(b"0.1250", b"0.1251"), COLUMNS, "a" * 64), ours)
    assert not same_rows(parquet(WRITTEN + b"x,,\n", COLUMNS, "a" * 64), ours)
    assert not same_rows(b"PAR1 not a table PAR1", ours)
    assert not same_rows(b"", ours)


def written_otherwise(data: bytes, table: pa.Table | None = None, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pq.read_table(io.BytesIO(data)) if table is None else table, sink, **options)
    return bytes(sink.getvalue().to_pybytes())


def only_columns(real: Callable[..., pa.Table]) -> Callable[..., pa.Table]:
    """Reading a whole table fails; its columns of text, each as a dictionary, may be looked at."""

    def read(file: pq.ParquetFile, columns: object = None) -> pa.Table:
        assert columns is not None
        return real(file, columns=columns)

    return read


def test_a_file_that_would_take_much_more_memory_than_ours_is_not_opened(
    said_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = said_files["tables.parquet"]
    table = pq.read_table(io.BytesIO(ours))
    text = table.set_column(0, table.schema.field(0), pa.array(["x" * 2**16] * table.num_rows))
    monkeypatch.setattr(pq.ParquetFile, "read", only_columns(pq.ParquetFile.read))
    assert not same_rows(written_otherwise(ours, compression="zstd"), ours)
    assert not same_rows(written_otherwise(ours, text, compression="none"), ours)
