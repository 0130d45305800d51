"""A box whose first try is lost with its connection stores all the same, and tells each what became of it."""

import tempfile
from pathlib import Path

import psycopg
import pytest
from lost_answers import losing_answers
from sqlalchemy import URL

import survey.intake.box
from storage.address import Address
from survey.intake.box import BallotBox, Stored, Submission

ROUND = b"r" * 32
END_OF_PIPELINE = b"S" + (4).to_bytes(4)  # by itself, where a pipeline is left


def submission(number: int, sealed: bytes = b"sealed") -> Submission:
    return Submission(ROUND, bytes([number]) * 32, 1, b"a" * 256, sealed)


@pytest.mark.parametrize("committed", [False, True])
def test_what_was_lost_on_the_way_is_stored_once(store_address: Address, monkeypatch, committed: bool):
    box = BallotBox.open(store_address)
    real = survey.intake.box.run_beside

    def lost(*given):
        if committed:
            real(*given)

    monkeypatch.setattr(survey.intake.box, "run_beside", lost)
    told = Stored.KEPT if committed else Stored.NEW
    assert box._put_all([submission(2), submission(1), submission(2, b"other")]) == [told, told, Stored.OTHER_BYTES]
    assert [(nonce[0], sealed) for nonce, _, _, sealed in box.ballots(ROUND)] == [(1, b"sealed"), (2, b"sealed")]
    box.release()


def test_what_was_committed_before_its_server_went_is_not_told_as_refused(database: URL, monkeypatch):
    """Its process is stopped between commit and end of the pipeline, which the driver tells in words of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="net") as short,
        losing_answers(database, Path(short) / "socket", b"nothing, so far", going=True) as network,
    ):
        box, real = BallotBox.open(network.address), psycopg.Connection.commit

        def commit(connection):
            real(connection)
            network.telling = END_OF_PIPELINE

        monkeypatch.setattr(psycopg.Connection, "commit", commit)
        assert box.put(ROUND, b"n" * 32, 1, b"a" * 256, b"sealed") is Stored.KEPT
        assert network.broken
        assert box.count(ROUND) == 1
        box.release()


def test_several_begun_by_one_thread_are_stored_by_one_commit(store_address: Address, monkeypatch):
    box, commits = BallotBox.open(store_address), []
    real = survey.intake.box.run_beside
    monkeypatch.setattr(survey.intake.box, "run_beside", lambda *given: commits.append(len(given[2])) or real(*given))
    begun = [box.putting(submission(number)) for number in (3, 1, 2)]
    assert box.count(ROUND) == 0
    assert [stored() for stored in begun] == [Stored.NEW] * 3
    assert (commits, box.count(ROUND)) == ([3], 3)
    box.release()
