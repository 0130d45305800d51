"""The ballot box: what it keeps."""

import random
import secrets
from concurrent.futures import ThreadPoolExecutor

from some_ballots import NONCE, OTHER, ROUND, TOKEN, content

from survey.intake.box import Stored


def test_the_highest_revision_is_kept_whatever_the_order(box):
    assert box.put(ROUND, NONCE, 2, TOKEN, b"two") is Stored.NEW
    assert box.put(ROUND, NONCE, 1, TOKEN, b"one") is Stored.OLDER
    assert content(box) == [(2, b"two")]
    assert box.put(ROUND, NONCE, 9, TOKEN, b"nine") is Stored.KEPT
    assert box.put(ROUND, NONCE, 2, TOKEN, b"two") is Stored.OLDER
    assert content(box) == [(9, b"nine")]
    assert box.count(ROUND) == 1


def test_the_first_bytes_of_a_revision_are_kept(box):
    box.put(ROUND, NONCE, 1, TOKEN, b"first")
    assert box.put(ROUND, NONCE, 1, TOKEN, b"second") is Stored.OTHER_BYTES
    assert box.put(ROUND, NONCE, 1, TOKEN, b"first") is Stored.KEPT
    assert content(box) == [(1, b"first")]


def test_rounds_have_boxes_of_their_own(box):
    box.put(ROUND, NONCE, 1, TOKEN, b"mine")
    box.put(OTHER, NONCE, 1, TOKEN, b"other")
    box.close(OTHER)
    assert content(box) == [(1, b"mine")]
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
    assert content(box) == [(1, b"one")]


def test_many_revisions_of_one_token_at_once_leave_the_highest(box):
    revisions = list(range(1, 41))
    random.Random(7).shuffle(revisions)
    with ThreadPoolExecutor(12) as pool:
        stored = list(pool.map(lambda n: box.put(ROUND, NONCE, n, TOKEN, f"{n}".encode()), revisions))
    assert stored.count(Stored.NEW) == 1
    assert set(stored) <= {Stored.NEW, Stored.KEPT, Stored.OLDER}
    assert content(box) == [(40, b"40")]


def test_of_many_contents_of_one_revision_the_first_is_kept(box):
    with ThreadPoolExecutor(12) as pool:
        stored = list(pool.map(lambda n: box.put(ROUND, NONCE, 1, TOKEN, f"{n}".encode()), range(24)))
    assert stored.count(Stored.NEW) == 1
    assert stored.count(Stored.OTHER_BYTES) == 23
    assert content(box) == [(1, f"{stored.index(Stored.NEW)}".encode())]


def test_ballots_put_while_the_box_closes_are_in_it_or_refused(box):
    nonces = [secrets.token_bytes(32) for _ in range(60)]
    with ThreadPoolExecutor(8) as pool:
        stored = [pool.submit(box.put, ROUND, nonce, 1, TOKEN, b"x") for nonce in nonces]
        pool.submit(box.close, ROUND).result()
        results = [future.result() for future in stored]
    kept = {ballot[0] for ballot in box.ballots(ROUND)}
    assert kept == {nonce for nonce, result in zip(nonces, results, strict=True) if result is Stored.NEW}
    assert set(results) <= {Stored.NEW, Stored.BOX_CLOSED}
