"""`croissant.json` loads in the reference library, and its records are the rows of the tables."""

import csv
import io
from pathlib import Path

import mlcroissant
import pytest

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
]


def test_it_loads_without_a_remark_and_its_records_are_the_published_rows(
    said_folder: Path, said_files: dict[str, bytes]
) -> None:
    dataset = mlcroissant.Dataset(jsonld=said_folder / "croissant.json")
    assert dataset.metadata.ctx.issues.report() == ""
    assert dataset.metadata.name == "Moods of red and blue"
    for name in ("tables", "statistics", "codebook"):
        written = list(csv.DictReader(io.StringIO(said_files[f"{name}.csv"].decode())))
        records = [
            {key.removeprefix(f"{name}/"): value for key, value in record.items()} for record in dataset.records(name)
        ]
        assert [set(record) for record in records] == [set(row) for row in written]
        for record, row in zip(records, written, strict=True):
            assert [key for key, value in record.items() if not _same(value, row[key])] == []


def _same(value: object, written: str) -> bool:
    if value is None:
        return written in ("", "None")  # the library reads with pandas, which takes the word None for nothing
    return value == float(written) if isinstance(value, int | float) else value.decode() == written
