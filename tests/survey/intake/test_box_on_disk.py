"""What lies on the disk of a ballot box: whose it is, what is gone, and no order of arrival."""

import random
import secrets
import stat
import struct
from itertools import pairwise

import pytest
from a_round import rows
from some_ballots import NONCE, OTHER, ROUND, TOKEN, content

from storage import sqlite
from storage.still_read import StillRead
from survey.intake.box import BallotBox, Stored

PAGE = 8192


def test_closing_that_a_reader_holds_up_says_so_and_is_finished_by_closing_again(file, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    box = BallotBox.open(file)
    for nonce, sealed in _ballots(9):
        box.put(ROUND, nonce, 1, TOKEN, sealed)
    reading = box.ballots(ROUND)
    next(reading)
    with pytest.raises(StillRead, match="do this again"):
        box.close(ROUND)
    assert box.put(ROUND, NONCE, 1, TOKEN, b"late") is Stored.BOX_CLOSED
    reading.close()
    box.close(ROUND)
    assert _beside(file, "wal").stat().st_size == 0


def test_a_destroyed_box_leaves_no_ballot_on_the_disk(box_in_file, tmp_path):
    box = box_in_file
    nonces = [secrets.token_bytes(32) for _ in range(30)]
    for nonce in nonces:
        box.put(ROUND, nonce, 1, TOKEN, b"sealed" + nonce * 40)
    box.put(OTHER, NONCE, 1, TOKEN, b"kept")
    for _ in range(2):
        box.destroy(ROUND)
        assert box.state(ROUND) == "destroyed"
    box.close(ROUND)
    assert box.state(ROUND) == "destroyed"
    assert box.put(ROUND, NONCE, 1, TOKEN, b"late") is Stored.BOX_CLOSED
    assert content(box) == []
    assert content(box, OTHER) == [(1, b"kept")]
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert not any(nonce in data for nonce in nonces)


def test_a_stored_ballot_is_there_for_another_process_at_once(box_in_file, file):
    box_in_file.put(ROUND, NONCE, 1, TOKEN, b"one")
    assert rows(file, "SELECT nonce, revision, authenticator, sealed FROM ballots") == [(NONCE, 1, TOKEN, b"one")]


@pytest.mark.usefixtures("box_in_file")
def test_nothing_about_time_or_sender_has_a_column(file):
    columns = {row[1] for row in rows(file, "PRAGMA table_info(ballots)")}
    assert columns == {"round_id", "nonce", "revision", "authenticator", "sealed"}
    for table in ("ballots", "box_states"):
        (sql,) = rows(file, "SELECT sql FROM sqlite_master WHERE name = ?", [table])[0]
        assert "WITHOUT ROWID" in sql


def test_only_the_owner_can_read_the_box(box_in_file, tmp_path):
    box_in_file.put(ROUND, NONCE, 1, TOKEN, b"one")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


# The order of arrival. A box is filled in a known order, and its files are read as an examiner of the disk would.


def _ballots(count, size=1200):
    chance = random.Random(11)
    return [(chance.randbytes(32), chance.randbytes(size)) for _ in range(count)]


def _filled(path, ballots):
    box = BallotBox.open(path)
    for nonce, sealed in ballots:
        box.put(ROUND, nonce, 1, TOKEN, sealed)
    for nonce, sealed in ballots[::7]:
        box.put(ROUND, nonce, 2, TOKEN, sealed[::-1])
    return box


def _beside(path, what):
    return path.with_name(f"{path.name}-{what}")


def _order_in(data, nonces):
    """The nonces in the order in which they lie in these bytes, last copies counting."""
    assert all(nonce in data for nonce in nonces)
    return sorted(nonces, key=data.rfind)


def _agreement(order, other):
    """Share of pairs that come in the same order in both: 0.5 where one says nothing of the other."""
    place = {nonce: index for index, nonce in enumerate(other)}
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    return sum(place[a] < place[b] for a, b in pairs) / len(pairs)


def _pages_written(index):
    """The page numbers in the log's index (`-shm`), in the order in which they were written."""
    return [page for page in struct.unpack("<4062I", index[136 : 136 + 4 * 4062]) if page]


def test_before_settling_the_log_and_the_file_do_tell_the_order(file):
    """So that the tests below are known to look in the right place. Long ballots have pages of their own, in order."""
    ballots = _ballots(120, 2600)
    box = _filled(file, ballots)
    arrival = [nonce for nonce, _ in ballots]
    log = _beside(file, "wal").read_bytes()
    assert sorted(arrival, key=log.find) == arrival
    assert len(_pages_written(_beside(file, "shm").read_bytes())) > 120
    overflow = [sealed[-40:] for _, sealed in ballots[1::7]]
    box._engine.dispose()  # the last to leave writes the log into the file, unsettled
    assert _agreement(_order_in(file.read_bytes(), overflow), overflow) > 0.9


@pytest.mark.parametrize("how", ["settle", "close"])
def test_after_settling_nothing_on_the_disk_tells_the_order(file, how):
    ballots = _ballots(60)
    box = _filled(file, ballots)
    box.settle() if how == "settle" else box.close(ROUND)
    assert _beside(file, "wal").read_bytes() == b""
    assert len(_pages_written(_beside(file, "shm").read_bytes())) <= 1
    data = file.read_bytes()
    # Leaves of the table lie in the file in nonce order.
    nonces = sorted(nonce for nonce, _ in ballots)
    leaves = {}
    for nonce in nonces:
        assert data.count(nonce) == 1
        page = data.find(nonce) // PAGE
        if data[page * PAGE] == 0x0A:
            leaves.setdefault(page, []).append(nonce)
    assert len(leaves) > 5
    pages = [leaves[page] for page in sorted(leaves)]
    assert all(max(one) < min(next_) for one, next_ in pairwise(pages))


@pytest.mark.parametrize("seed", range(3))
def test_two_boxes_filled_in_different_orders_become_the_same_bytes(tmp_path, seed):
    ballots = _ballots(60)
    files = [tmp_path / "one.sqlite", tmp_path / "two.sqlite"]
    again = random.Random(seed).sample(ballots, len(ballots))
    # The same ballots are revised in both, in whatever order they come.
    revised = {nonce for nonce, _ in ballots[::7]}
    for path, order in zip(files, (ballots, again), strict=True):
        box = BallotBox.open(path)
        for nonce, sealed in order:
            box.put(ROUND, nonce, 1, TOKEN, sealed)
        for nonce, sealed in order:
            if nonce in revised:
                box.put(ROUND, nonce, 2, TOKEN, sealed[::-1])
        box.settle()
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_comes_after_settling_is_settled_again(file):
    ballots = _ballots(60)
    box = _filled(file, ballots[:30])
    box.settle()
    for nonce, sealed in ballots[30:]:
        box.put(ROUND, nonce, 1, TOKEN, sealed)
    assert _beside(file, "wal").stat().st_size > 0
    box.settle()
    assert _beside(file, "wal").stat().st_size == 0
    assert len(_pages_written(_beside(file, "shm").read_bytes())) <= 1
    assert box.count(ROUND) == 60
