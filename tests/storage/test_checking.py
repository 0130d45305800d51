"""Whether a store works is found out in both engines without writing anything."""

import pytest
from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError

from storage.checking import check_works
from survey.intake.box import BallotBox, Stored
from survey.intake.tables import ballots

ROUND, NONCE = b"r" * 32, b"n" * 32


@pytest.fixture
def box(store_address):
    box = BallotBox.open(store_address)
    assert box.put(ROUND, NONCE, 1, b"a" * 256, b"sealed") is Stored.NEW
    yield box
    box.release()


def contents(store_address, box):
    """What tells that something was written: the files but for the lock's, or how far the log has come."""
    if isinstance(store_address, URL):
        with box._engine.connect() as connection:
            return connection.exec_driver_sql("SELECT pg_current_xact_id_if_assigned(), xmin, ctid FROM ballots").all()
    folder = store_address.parent
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def test_a_store_that_works_is_left_as_it_is(store_address, box):
    before = contents(store_address, box)
    box.check()
    assert contents(store_address, box) == before
    assert list(box.ballots(ROUND)) == [(NONCE, 1, b"a" * 256, b"sealed")]
    assert box.put(ROUND, NONCE, 2, b"a" * 256, b"changed") is Stored.KEPT  # and no lock is left


def test_one_that_cannot_be_written_or_is_not_there_does_not_work(store_address, box):
    forbid = "SET default_transaction_read_only = on" if isinstance(store_address, URL) else "PRAGMA query_only = on"
    box.release()

    @event.listens_for(box._engine, "connect")
    def read_only(connection, _record):
        connection.execute(forbid)
        if isinstance(store_address, URL):
            connection.commit()

    assert box.count(ROUND) == 1
    with pytest.raises(DBAPIError):
        box.check()
    event.remove(box._engine, "connect", read_only)
    box.release()
    with box._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE ballots")
        if not isinstance(store_address, URL):
            connection.commit()
    with pytest.raises(DBAPIError):
        check_works(box._engine, ballots)
