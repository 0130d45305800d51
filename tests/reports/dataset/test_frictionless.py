"""`datapackage.json` lists every file with its digest, and the tables are what it says of them."""

import json
import shutil
from pathlib import Path

import frictionless
import pytest
from conftest import in_folder

from reports.signing import SUMS


def faults(folder: Path) -> list[str]:
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    return [error.message for task in report.tasks for error in task.errors] + [e.message for e in report.errors]


def test_the_package_and_all_its_data_are_valid(said_folder: Path, said_files: dict[str, bytes]) -> None:
    package = frictionless.Package(str(said_folder / "datapackage.json"))
    assert faults(said_folder) == []
    assert {resource.path for resource in package.resources} == set(said_files) - {SUMS, "datapackage.json"}
    assert [name for name in package.resource_names if package.get_resource(name).type == "table"] == [
        "tables.csv",
        "statistics.csv",
        "codebook.csv",
    ]
    assert package.licenses[0]["name"] == "CC-BY-4.0"
    rows = package.get_resource("tables.csv").read_rows()
    assert {row["status"] for row in rows} >= {"shown", "hidden"}
    assert all(row["share"] is None for row in rows if row["status"] != "shown")


def test_a_package_of_a_host_that_says_nothing_is_valid_and_claims_no_licence(
    plain_files: dict[str, bytes], tmp_path: Path
) -> None:
    folder = in_folder(tmp_path / "plain", plain_files)
    assert faults(folder) == []
    document = json.loads(plain_files["datapackage.json"])
    assert "licenses" not in document
    assert "No licence is stated" in document["description"]


def test_a_package_of_a_round_below_its_minimum_is_valid(below_round, tmp_path: Path) -> None:
    assert faults(in_folder(tmp_path / "below", below_round.files())) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("tables.csv", b",shown\n", b",known\n", "enum"),
        ("codebook.json", b"subrosa", b"subrosb", "hash"),
        ("tables.parquet", b"PAR1", b"PAR2", "hash"),
    ],
)
def test_a_changed_file_is_found(
    said_folder: Path, tmp_path: Path, name: str, old: bytes, new: bytes, said: str
) -> None:
    folder = shutil.copytree(said_folder, tmp_path / "changed")
    (folder / name).write_bytes((folder / name).read_bytes().replace(old, new, 1))
    assert any(said in fault for fault in faults(folder))
