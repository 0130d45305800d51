"""Parquet files hold what the CSV files hold, typed, and always in the same bytes."""

import csv
import io

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
    pq.write_table(pq.read_table(io.BytesIO(ours)), sink, compression="zstd", use_dictionary=False)
    assert sink.getvalue() != ours
    assert same_rows(sink.getvalue(), ours)
    assert not same_rows(parquet(WRITTEN.replace(b"0.1250", b"0.1251"), COLUMNS, "a" * 64), ours)
    assert not same_rows(parquet(WRITTEN + b"x,,\n", COLUMNS, "a" * 64), ours)
    assert not same_rows(b"PAR1 not a table PAR1", ours)
    assert not same_rows(b"", ours)
