"""The ballot box."""

import random
import secrets
import stat
import struct
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from a_round import rows
from sqlalchemy import delete, event

from storage import sqlite
from storage.still_read import StillRead
from storage.transactions import writing
from survey.intake.box import BallotBox, Stored, Submission
from survey.intake.tables import ballots

ROUND, OTHER = ROUNDS = b"r" * 32, b"o" * 32
TOKEN = b"a" * 256
NONCE = b"n" * 32
PAGE = 8192


@pytest.fixture
def file(tmp_path):
    return tmp_path / "intake.sqlite"


@pytest.fixture
def box(store_address):
    box = BallotBox.open(store_address)
    yield box
    box.release()


@pytest.fixture
def box_in_file(file):
    return BallotBox.open(file)


def _content(box, round_id=ROUND):
    return [(revision, sealed) for _, revision, _, sealed in box.ballots(round_id)]


def test_the_highest_revision_is_kept_whatever_the_order(box):
    assert box.put(ROUND, NONCE, 2, TOKEN, b"two") is Stored.NEW
    assert box.put(ROUND, NONCE, 1, TOKEN, b"one") is Stored.OLDER
    assert _content(box) == [(2, b"two")]
    assert box.put(ROUND, NONCE, 9, TOKEN, b"nine") is Stored.KEPT
    assert box.put(ROUND, NONCE, 2, TOKEN, b"two") is Stored.OLDER
    assert _content(box) == [(9, b"nine")]
    assert box.count(ROUND) == 1


def test_the_first_bytes_of_a_revision_are_kept(box):
    box.put(ROUND, NONCE, 1, TOKEN, b"first")
    assert box.put(ROUND, NONCE, 1, TOKEN, b"second") is Stored.OTHER_BYTES
    assert box.put(ROUND, NONCE, 1, TOKEN, b"first") is Stored.KEPT
    assert _content(box) == [(1, b"first")]


def test_rounds_have_boxes_of_their_own(box):
    box.put(ROUND, NONCE, 1, TOKEN, b"mine")
    box.put(OTHER, NONCE, 1, TOKEN, b"other")
    box.close(OTHER)
    assert _content(box) == [(1, b"mine")]
    assert box.put(ROUND, b"m" * 32, 1, TOKEN, b"more") is Stored.NEW
    assert (box.count(ROUND), box.count(OTHER)) == (2, 1)


def test_ballots_come_in_nonce_order(box):
    nonces = [secrets.token_bytes(32) for _ in range(2500)]
    for nonce in nonces[:40]:
        box.put(ROUND, nonce, 1, TOKEN, nonce)
    assert [ballot[0] for ballot in box.ballots(ROUND)] == sorted(nonces[:40])


def test_a_closed_box_takes_nothing_and_keeps_what_it_has(box):
    box.put(ROUND, NONCE, 1, TOKEN, b"one")
    assert box.state(ROUND) is None
    for _ in range(2):
        box.close(ROUND)
        assert box.state(ROUND) == "closed"
    assert box.put(ROUND, NONCE, 2, TOKEN, b"two") is Stored.BOX_CLOSED
    assert box.put(ROUND, b"m" * 32, 1, TOKEN, b"new") is Stored.BOX_CLOSED
    assert _content(box) == [(1, b"one")]


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
    assert _content(box) == []
    assert _content(box, OTHER) == [(1, b"kept")]
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


def test_many_revisions_of_one_token_at_once_leave_the_highest(box):
    revisions = list(range(1, 41))
    random.Random(7).shuffle(revisions)
    with ThreadPoolExecutor(12) as pool:
        stored = list(pool.map(lambda n: box.put(ROUND, NONCE, n, TOKEN, f"{n}".encode()), revisions))
    assert stored.count(Stored.NEW) == 1
    assert set(stored) <= {Stored.NEW, Stored.KEPT, Stored.OLDER}
    assert _content(box) == [(40, b"40")]


def test_of_many_contents_of_one_revision_the_first_is_kept(box):
    with ThreadPoolExecutor(12) as pool:
        stored = list(pool.map(lambda n: box.put(ROUND, NONCE, 1, TOKEN, f"{n}".encode()), range(24)))
    assert stored.count(Stored.NEW) == 1
    assert stored.count(Stored.OTHER_BYTES) == 23
    assert _content(box) == [(1, f"{stored.index(Stored.NEW)}".encode())]


def test_ballots_put_while_the_box_closes_are_in_it_or_refused(box):
    nonces = [secrets.token_bytes(32) for _ in range(60)]
    with ThreadPoolExecutor(8) as pool:
        stored = [pool.submit(box.put, ROUND, nonce, 1, TOKEN, b"x") for nonce in nonces]
        pool.submit(box.close, ROUND).result()
        results = [future.result() for future in stored]
    kept = {ballot[0] for ballot in box.ballots(ROUND)}
    assert kept == {nonce for nonce, result in zip(nonces, results, strict=True) if result is Stored.NEW}
    assert set(results) <= {Stored.NEW, Stored.BOX_CLOSED}


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
    ballots = _ballots(120)
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
    ballots = _ballots(150)
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


def submission(nonce, sealed=b"sealed", revision=1, round_id=ROUND):
    return Submission(round_id, nonce, revision, TOKEN, sealed)


def nonces(count):
    return sorted(secrets.token_bytes(32) for _ in range(count))


def test_new_ones_that_come_together_are_all_stored(store_address):
    box, made = BallotBox.open(store_address), nonces(5)
    assert box._put_all([submission(nonce) for nonce in made[::-1]]) == [Stored.NEW] * 5
    assert [row[0] for row in box.ballots(ROUND)] == made
    box.release()


def test_one_that_was_here_before_costs_those_that_come_with_it_nothing(store_address):
    """Else whoever holds one token could make everybody wait for a commit of their own."""
    box, made = BallotBox.open(store_address), nonces(3)
    box.put(ROUND, made[1], 1, TOKEN, b"sealed")
    commits = []
    event.listen(box._engine, "commit", commits.append)
    assert box._put_all([submission(nonce) for nonce in made]) == [Stored.NEW, Stored.KEPT, Stored.NEW]
    assert len(commits) == 1
    assert [row[0] for row in box.ballots(ROUND)] == made
    box.release()


def test_those_that_come_together_become_what_they_would_one_after_another(store_address):
    """Tokens, revisions and contents at random, few enough to meet in every way; two rounds share their nonces."""
    box, chance, made = BallotBox.open(store_address), random.Random(5), nonces(3)
    kept = {}
    for _ in range(40):
        together = [
            submission(chance.choice(made), chance.choice([b"x", b"y"]), chance.randrange(1, 9), chance.choice(ROUNDS))
            for _ in range(chance.randrange(1, 9))
        ]
        assert box._put_all(together) == [expected(kept, one) for one in together]
        assert {(id_, *row[:2], row[3]) for id_ in ROUNDS for row in box.ballots(id_)} == {
            (*key, *value) for key, value in kept.items()
        }
        for key in chance.sample(sorted(kept), len(kept) // 2):
            del kept[key]
            with writing(box._engine) as connection:
                connection.execute(delete(ballots).where(ballots.c.round_id == key[0], ballots.c.nonce == key[1]))
    box.release()


def expected(kept, one):
    """What becomes of one submission by itself, as docs/protocol.md has it."""
    key, here = (one.round_id, one.nonce), (one.revision, one.sealed)
    old = kept.setdefault(key, here)
    if old is here:
        return Stored.NEW
    kept[key] = max(old, here, key=lambda revision: revision[0])
    if here[0] == old[0]:
        return Stored.KEPT if here == old else Stored.OTHER_BYTES
    return Stored.KEPT if kept[key] is here else Stored.OLDER


def test_each_of_those_that_come_together_gets_its_own_answer(store_address):
    box, made = BallotBox.open(store_address), nonces(4)
    for nonce in made[1:]:
        box.put(ROUND, nonce, 2, TOKEN, b"before")
    box.close(OTHER)
    together = [
        submission(made[0]),
        submission(made[1], b"before", 2),
        submission(made[2], b"other", 2),
        submission(made[3], b"late", 1),
        submission(made[0], b"twice"),
        submission(made[0], round_id=OTHER),
    ]
    wanted = [Stored.NEW, Stored.KEPT, Stored.OTHER_BYTES, Stored.OLDER, Stored.OTHER_BYTES, Stored.BOX_CLOSED]
    assert box._put_all(together) == wanted
    kept = {row[0]: (row[1], row[3]) for row in box.ballots(ROUND)}
    assert kept == {made[0]: (1, b"sealed")} | dict.fromkeys(made[1:], (2, b"before"))
    assert box.count(OTHER) == 0
    box.release()


def test_nothing_that_comes_together_goes_into_a_closed_box(store_address):
    box = BallotBox.open(store_address)
    box.close(ROUND)
    together = [submission(nonce) for nonce in nonces(3)]
    assert box._put_all(together) == [Stored.BOX_CLOSED] * 3
    assert box.count(ROUND) == 0
    box.release()


def test_a_submission_prints_nothing_that_it_carries():
    shown = repr(submission(b"N" * 32, b"S" * 32))
    assert "NNNN" not in shown
    assert "SSSS" not in shown
    assert "aaaa" not in shown
