"""Rewriting a SQLite file takes no more memory than a small one, and leaves no copy anywhere."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Table, insert

from storage import sqlite
from storage.settling import settle
from storage.transactions import writing

ROWS, ROW = 12_000, 4_000
metadata = MetaData()
things = Table(
    "things", metadata, Column("id", LargeBinary(32), primary_key=True), Column("content", LargeBinary),
    sqlite_with_rowid=False,
)  # fmt: skip
_GROWTH = """
import sys
from pathlib import Path
from storage import sqlite

def most():  # of this program alone: what `resource` says begins with what its parent held
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

engine = sqlite.new_engine(Path(sys.argv[1]), True)
engine.connect().close()
before = most()
sqlite.settle(engine)
print(most() - before)
"""


def a_database(path: Path, rows: int, size: int = ROW):
    engine = sqlite.new_engine(path, True)
    metadata.create_all(engine)
    with writing(engine) as connection:
        some = [{"id": secrets.token_bytes(32), "content": secrets.token_bytes(size)} for _ in range(rows)]
        connection.execute(insert(things), some)
    return engine


def test_settling_a_large_database_takes_a_fraction_of_it_in_memory(tmp_path):
    path = tmp_path / "large.sqlite"
    a_database(path, ROWS).dispose()
    grown = subprocess.run([sys.executable, "-c", _GROWTH, str(path)], check=True, capture_output=True, text=True)
    assert path.stat().st_size > ROWS * ROW
    assert int(grown.stdout) * 1024 < path.stat().st_size / 3


def test_settling_leaves_no_copy_beside_the_database_and_the_connection_as_it_was(tmp_path):
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    engine = a_database(folder / "small.sqlite", 20)
    settle(engine)
    assert {path.name for path in folder.iterdir()} == {f"small.sqlite{end}" for end in ("", "-wal", "-shm")}
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("temp_store", "cache_spill")]
        rows = connection.exec_driver_sql("SELECT count(*) FROM things").scalar()
    assert (found, rows) == ([2, 0], 20)
    engine.dispose()


@pytest.mark.parametrize("size", [1200, 1600])
def test_a_ballot_is_kept_in_one_piece(tmp_path, size):
    """Else it would have a second page of its own, and such pages lie in the file in the order of arrival."""
    engine = a_database(tmp_path / "box.sqlite", 400, size)
    settle(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    assert pages * 8192 < 1.6 * 400 * size
    engine.dispose()
