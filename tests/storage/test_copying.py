"""Copying a store: every row, compared, in one transaction; never into a database that holds something else."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, text

from privacy.store import SCHEMA as LEDGER
from storage import copying
from storage.copying import CopyDiffers, InUse, NotEmpty, alone, copy_all, fingerprint
from storage.moved import Moved, aside
from storage.opening import is_there, open_database
from storage.schema import Schema
from storage.transactions import begun
from survey.intake.tables import SCHEMA as BOX
from survey.intake.tables import ballots

HOLDING = """
import sys, time
from pathlib import Path
from survey.intake.box import BallotBox
box = BallotBox.open(Path(sys.argv[1]))
box.count(b"r" * 32)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A box with more rows than one batch."""
    chance = random.Random(4)
    engine = open_database(tmp_path / "intake.sqlite", BOX, pooled=False)
    rows = [
        {"round_id": b"r" * 32, "nonce": chance.randbytes(32), "revision": 1, "authenticator": b"a", "sealed": b"s"}
        for _ in range(1203)
    ]
    with begun(engine) as connection:
        connection.execute(ballots.insert(), rows)
        connection.commit()
    return tmp_path / "intake.sqlite"


def copied(file: Path, target: URL, schema: Schema = BOX) -> Engine:
    old, new = open_database(file, schema, pooled=False), open_database(target, schema, pooled=False)
    with alone(old) as reading, begun(new) as writing:
        copy_all(reading, writing, schema.metadata)
        writing.commit()
    return new


def test_every_row_is_copied_and_lies_there_in_key_order(file: Path, database: URL) -> None:
    new = copied(file, database)
    with new.connect() as there, open_database(file, BOX, pooled=False).connect() as here:
        found = fingerprint(there, BOX.metadata)
        assert found == fingerprint(here, BOX.metadata)
        assert {name: count for name, (count, _) in found.items()} == {"ballots": 1203, "box_states": 0}
        by_place = there.execute(text("SELECT nonce FROM ballots ORDER BY ctid")).scalars().all()
        assert by_place == sorted(by_place)
        assert len(set(there.execute(text("SELECT xmin::text FROM ballots")).scalars())) == 1


def test_copying_again_changes_nothing_and_other_rows_are_never_added_to(file: Path, database: URL) -> None:
    copied(file, database)
    copied(file, database)
    with begun(open_database(file, BOX, pooled=False)) as connection:
        connection.execute(ballots.update().values(revision=2))
        connection.commit()
    with pytest.raises(NotEmpty, match="not these"):
        copied(file, database)


def test_a_copy_that_lost_or_changed_a_row_is_noticed_and_not_kept(
    file: Path, database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(table: Any) -> Any:
        changed = table.name == "ballots"
        return table.insert().values(revision=7) if changed else table.insert()

    monkeypatch.setattr(copying, "insert", careless)
    monkeypatch.setattr(copying, "dict", lambda row: {k: v for k, v in row.items() if k != "revision"}, raising=False)
    with pytest.raises(CopyDiffers):
        copied(file, database)
    with open_database(database, BOX, pooled=False).connect() as there:
        assert fingerprint(there, BOX.metadata)["ballots"][0] == 0


def test_text_keys_come_in_the_order_of_their_bytes_whatever_the_server_sorts_by(tmp_path: Path, database: URL) -> None:
    engine = open_database(tmp_path / "tally.sqlite", LEDGER, pooled=False)
    names = ["a-b", "aB", "ab", "a b", "Z", "é", "z"]
    numbers = ", ".join(
        f"({n}, '{name}', 'k', {0.1 * n}, 't', 1, 1, 'd', 'm', 'p{n}', 'd{n}')" for n, name in enumerate(names)
    )
    with begun(engine) as connection:
        connection.execute(text(f"INSERT INTO ledger_entries VALUES {numbers}"))  # noqa: S608
        for name in names:
            connection.execute(
                text("INSERT INTO measurements VALUES (:name, :document)"), {"name": name, "document": b"{}"}
            )
        connection.commit()
    copied(tmp_path / "tally.sqlite", database, LEDGER)


def test_a_file_that_another_process_has_open_is_not_copied(file: Path) -> None:
    command = [sys.executable, "-c", HOLDING, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(InUse, match="stop"), alone(open_database(file, BOX, pooled=False)):
            pass
        other.stdin.close()
    with alone(open_database(file, BOX, pooled=False)):
        pass


def test_a_server_that_somebody_else_uses_is_not_copied_from(database: URL) -> None:
    engine = open_database(database, BOX, pooled=False)
    with engine.connect() as other:
        other.execute(text("SELECT 1"))
        with pytest.raises(InUse), alone(engine):
            pass
    with alone(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_file_that_was_put_aside_is_not_begun_anew(file: Path) -> None:
    file.rename(aside(file))
    for use in (is_there, open_database):
        with pytest.raises(Moved, match=r"subrosa\.toml"):
            use(file, BOX)
    assert not file.exists()
