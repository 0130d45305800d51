"""A destruction that is cut short because somebody reads the database: not said to be done, and finished by doing it
again, whichever command destroys."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from societies import Society, enter_directly, founded, opened, some_rows
from tallies import everything_below

from host.carrying import destroy_box
from host.lifecycle import cancel, close
from host.tallying import run_tally
from storage import sqlite
from storage.still_read import StillRead
from survey.rounds.times import now

BALLOTS = 5


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    society = founded(tmp_path_factory.mktemp("short") / "society")
    enter_directly(society, opened(society, minimum_responses=0), some_rows(BALLOTS))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    return society.folder


@pytest.fixture
def waiting(closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Society:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)  # how long it waits for the reader
    return Society(Path(shutil.copytree(closed, tmp_path / "copy")))


@pytest.fixture
def reader(waiting: Society) -> Iterator[sqlite3.Connection]:
    """Somebody who holds one moment of the database, as a copying of the file would.

    The connection stays open to the end: the last to close would empty the log, whatever the commands leave in it.
    """
    with closing(sqlite3.connect(waiting.folder / "intake" / "intake.sqlite")) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM ballots").fetchone()
        yield connection


def tally(society: Society):
    return run_tally(society.house, society.house.rounds.find("spring").manifest, None, lambda *_: None)


ACTS = {
    "tally": tally,
    "round cancel": lambda society: cancel(society.house, society.house.rounds.find("spring"), now()),
    "box destroy": lambda society: destroy_box(society.house, society.house.rounds.find("spring")),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_destruction_that_a_reader_cuts_short_is_finished_by_doing_it_again(
    waiting: Society, reader: sqlite3.Connection, act: str
) -> None:
    manifest = waiting.house.rounds.find("spring").manifest
    sealed = [row[3] for row in waiting.box.ballots(manifest.id_bytes)]
    assert len(sealed) == BALLOTS

    with pytest.raises(StillRead, match="do this again"):
        ACTS[act](waiting)
    assert waiting.box.count(manifest.id_bytes) == 0
    assert not waiting.house.ledger().destroyed(manifest.id)
    assert left_of(sealed, waiting)  # deleted, and there for whoever copies the files
    reader.rollback()

    ACTS[act](waiting)
    assert waiting.box.state(manifest.id_bytes) == "destroyed"
    assert waiting.house.ledger().destroyed(manifest.id) == (act == "tally")
    assert left_of(sealed, waiting) == []


def left_of(sealed: list[bytes], society: Society) -> list[str]:
    """The files in which a piece of a sealed response lies."""
    files = everything_below(society.folder / "intake")
    return [name for name, content in files.items() if any(one[64:128] in content for one in sealed)]
