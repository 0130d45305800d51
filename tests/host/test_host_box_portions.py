"""A box in a database is read in ranges of nonces, by whoever counts: each ballot once, in either kind of database."""

import pickle
from itertools import chain, pairwise

import pytest

from aggregation.ballots import BoxError
from host.box_portions import BoxPortions
from survey.intake.box import BallotBox

ROUND, TOKEN = b"r" * 32, b"a" * 256
# Ends of ranges and their neighbours, and both ends of all there can be.
NONCES = sorted(
    {bytes(32), b"\xff" * 32}
    | {(k * 2**61 + step).to_bytes(8) + bytes(24) for k in range(1, 8) for step in (-1, 0, 1)}
    | {bytes([k * 37 % 256]) * 32 for k in range(10)}
)


@pytest.fixture
def closed(store_address):
    """A closed box, and one of another round beside it."""
    box = BallotBox.open(store_address)
    for number, nonce in enumerate(NONCES):
        box.put(ROUND, nonce, 1 + number, TOKEN, b"sealed")
        box.put(b"o" * 32, nonce, 1, TOKEN, b"of another round")
    box.close(ROUND)
    box.release()
    return store_address


def test_ranges_of_any_size_hold_every_ballot_once_and_in_order(closed):
    for size in (3, 8, 1000):
        portions = BoxPortions(closed, ROUND, len(NONCES), size)
        read = [list(portions[number].ballots()) for number in range(len(portions))]
        assert [ballot.nonce for ballot in chain(*read)] == NONCES
        assert [ballot.revision for ballot in chain(*read)] == list(range(1, len(NONCES) + 1))
        for number, part in enumerate(read):
            if part:
                assert portions[number].holds(part[0].nonce, part[-1].nonce, len(part))
        assert all(one.end == other.start for one, other in pairwise(portions[k] for k in range(len(portions))))
    portions[0].check()


def test_a_range_holds_no_nonce_of_another():
    portions = BoxPortions(None, ROUND, 8, 1)
    middle, low, high = portions[3], (3 * 2**61).to_bytes(8), (4 * 2**61).to_bytes(8)
    assert middle.holds(low + bytes(24), low + b"\xff" * 24, 2)
    assert not middle.holds((3 * 2**61 - 1).to_bytes(8) + b"\xff" * 24, low + bytes(24), 2)
    assert not middle.holds(low + bytes(24), high + bytes(24), 2)
    assert portions[0].holds(bytes(32), bytes(32), 1)
    assert portions[7].holds(b"\xff" * 32, b"\xff" * 32, 1)
    with pytest.raises(IndexError):
        portions[8]


def test_whoever_reads_a_range_looks_first_whether_it_is_the_box_meant(closed, tmp_path):
    still_open = BoxPortions(closed, b"o" * 32, len(NONCES), 8)[0]
    with pytest.raises(BoxError, match="another ballot box"):
        still_open.check()
    nowhere = tmp_path / "nowhere.sqlite"
    with pytest.raises(BoxError, match="cannot reach the database"):
        BoxPortions(nowhere, ROUND, len(NONCES), 8)[0].check()
    assert not nowhere.exists()


def test_ranges_are_small_to_send_and_print_no_address(tmp_path):
    portions = BoxPortions(tmp_path / "intake.sqlite", ROUND, 10**9, 8)
    assert len(pickle.dumps(portions)) < 1000
    assert pickle.loads(pickle.dumps(portions)) == portions  # noqa: S301
    assert "intake" not in f"{portions!r}{portions[3]!r}"
