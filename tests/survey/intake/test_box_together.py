"""Submissions that come together and share a commit: each becomes what it would by itself."""

import random
import secrets

import pytest
from some_ballots import OTHER, ROUND, ROUNDS, TOKEN
from sqlalchemy import delete, event
from sqlalchemy.exc import OperationalError

import survey.intake.box
from storage.transactions import writing
from survey.intake.box import BallotBox, Stored, Submission
from survey.intake.tables import ballots


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


def test_what_is_added_is_told_as_stored_though_what_came_with_it_fails(store_address, monkeypatch):
    """Those of the first commit would else be told, with the fault of the second, that nothing was changed."""
    box, made = BallotBox.open(store_address), nonces(3)
    box.put(ROUND, made[1], 1, TOKEN, b"before")

    def fails(_engine):
        raise OperationalError("", None, OSError("the disk is full"))

    together = [
        submission(made[0]),
        submission(made[1], revision=2),
        submission(made[2]),
        submission(made[0], b"twice"),
    ]
    first, change, last, twice = [box.putting(one) for one in together]
    with monkeypatch.context() as full:
        full.setattr(survey.intake.box, "beside", fails)
        for stored in (change, twice):
            with pytest.raises(OperationalError):
                stored()
        assert (first(), last()) == (Stored.NEW, Stored.NEW)
    kept = [(nonce, revision, sealed) for nonce, revision, _, sealed in box.ballots(ROUND)]
    assert kept == [(made[0], 1, b"sealed"), (made[1], 1, b"before"), (made[2], 1, b"sealed")]
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
