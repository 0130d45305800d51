"""Opening the box of an intake that is not trusted."""

import pickle
import random
from dataclasses import replace

import numpy as np
import pytest
from tallied_rounds import ballot, box, with_sealed

from aggregation import opening
from aggregation.ballots import BoxOutOfOrder
from aggregation.opening import Drop, Inspection, OpenedBatch, open_box
from survey.respondent.ticket import Ticket, seal
from survey.sealing import SUITE, Response, SealingPublicKey, Status

GOOD = bytes([2, 4])


def _open(round_, ballots, **how):
    """All records of a box, and what became of the others."""
    inspection = Inspection()
    batches = list(open_box(round_.manifest, round_.sealing, iter(ballots), inspection, **how))
    records = np.concatenate([batch.records for batch in batches]) if batches else np.zeros((0, 2), np.uint8)
    assert inspection.counted == len(records)
    return [bytes(record) for record in records], inspection


def _dropped(round_, bad, good=()):
    """Open a box with one bad ballot among good ones; the good ones are all counted."""
    records, inspection = _open(round_, box(bad, *good))
    assert records == [GOOD] * len(good)
    assert inspection.withdrawn == 0
    return inspection.dropped


@pytest.fixture(scope="module")
def good(spring):
    return [ballot(spring, GOOD) for _ in range(3)]


def test_an_honest_box_is_counted_whole(spring, good):
    records, inspection = _open(spring, box(*good))
    assert records == [GOOD] * 3
    assert inspection == Inspection(counted=3)


def test_an_empty_box_gives_nothing(spring):
    assert _open(spring, []) == ([], Inspection())


def test_records_come_with_whatever_was_answered(spring):
    chance = random.Random(4)
    given = [bytes([chance.randint(0, 2), chance.randint(0, 5)]) for _ in range(20)]
    records, _ = _open(spring, box(*(ballot(spring, record) for record in given)))
    assert sorted(records) == sorted(given)


def test_a_response_copied_under_another_token_is_dropped(spring, good):
    """The intake doubles a member's answers by putting them under someone else's token."""
    victim = ballot(spring, bytes([1, 1]))
    copied = with_sealed(victim, good[0].sealed)
    assert _dropped(spring, copied, good) == {Drop.UNOPENABLE: 1}


def test_a_response_the_intake_writes_itself_is_dropped(spring, good):
    """It holds every token, and can seal under any nonce; but it knows no k."""
    member = spring.member()
    own = seal(spring.manifest, Ticket(bytes(32), 1, b""), 1, Status.ANSWERS, bytes([1, 1]))
    honest = ballot(spring, member=member)
    assert _dropped(spring, with_sealed(honest, own), good) == {Drop.UNOPENABLE: 1}
    forged = Response(bytes(32), 1, Status.ANSWERS, bytes([1, 1])).to_bytes()
    info = b"subrosa/response/v1" + spring.manifest.id_bytes + member.token.nonce
    sealed = SUITE.encrypt(forged, SealingPublicKey(spring.manifest.sealing_key)._public, info=info)
    assert _dropped(spring, with_sealed(honest, sealed), good) == {Drop.UNOPENABLE: 1}


def test_a_response_under_a_nonce_of_the_intakes_own_is_dropped(spring, good):
    """With a k of its own it knows the nonce, but nobody signed that."""
    ticket = Ticket(b"k" * 32, 1, b"")
    own = ballot(spring, GOOD)
    made = replace(
        own,
        nonce=bytes.fromhex("00" * 31 + "01"),
        sealed=seal(spring.manifest, ticket, 1, Status.ANSWERS, GOOD),
    )
    assert _dropped(spring, made, good) == {Drop.BAD_TOKEN: 1}


def test_a_ballot_given_twice_stops_everything(spring, good):
    with pytest.raises(BoxOutOfOrder):
        _open(spring, [*box(*good), box(*good)[-1]])
    with pytest.raises(BoxOutOfOrder):
        _open(spring, sorted([*good, good[1]], key=lambda one: one.nonce))


def test_a_token_with_two_responses_stops_everything(spring, good):
    """Two revisions of one member, both properly sealed by herself: she counts at most once, so nobody does."""
    member = spring.member()
    both = [ballot(spring, GOOD, revision=revision, member=member) for revision in (1, 2)]
    with pytest.raises(BoxOutOfOrder):
        _open(spring, box(*good, *both))


def test_ballots_out_of_order_stop_everything(spring, good):
    with pytest.raises(BoxOutOfOrder):
        _open(spring, box(*good)[::-1])


def test_a_repeat_is_noticed_across_batches_too(spring, monkeypatch):
    monkeypatch.setattr(opening, "BATCH", 2)
    ballots = box(*(ballot(spring, GOOD) for _ in range(6)))
    assert _open(spring, ballots)[0] == [GOOD] * 6
    with pytest.raises(BoxOutOfOrder):
        _open(spring, [*ballots, ballots[0]])
    with pytest.raises(BoxOutOfOrder):
        _open(spring, [*ballots[:2], *ballots[1:]])


@pytest.mark.parametrize("stored", [0, 1, 3, 65535])
def test_a_revision_that_was_changed_outside_is_dropped(spring, good, stored):
    """An intake could otherwise pass an old response off as the newest."""
    changed = replace(ballot(spring, GOOD, revision=2), revision=stored)
    assert _dropped(spring, changed, good) == {Drop.WRONG_REVISION: 1}


def test_corrupted_ballots_are_dropped_one_by_one(spring, good):
    honest = ballot(spring, GOOD)
    for position in range(0, len(honest.sealed), 97):
        broken = bytearray(honest.sealed)
        broken[position] ^= 4
        assert _dropped(spring, with_sealed(honest, bytes(broken)), good[:1]) == {Drop.UNOPENABLE: 1}
    for sealed in (b"", b"x", honest.sealed[:-1], honest.sealed + b"\0", bytes(len(honest.sealed))):
        assert _dropped(spring, with_sealed(honest, sealed), good[:1]) == {Drop.UNOPENABLE: 1}


def test_a_token_that_was_not_signed_for_this_round_is_dropped(spring, autumn, good):
    honest = ballot(spring, GOOD)
    foreign = autumn.member()
    for authenticator in (bytes(256), b"\xff" * 256, good[0].authenticator, foreign.token.authenticator, b""):
        assert _dropped(spring, replace(honest, authenticator=authenticator), good) == {Drop.BAD_TOKEN: 1}


def test_a_ballot_of_another_round_is_dropped(spring, autumn, good):
    assert _dropped(spring, ballot(autumn, GOOD), good) == {Drop.BAD_TOKEN: 1}


def test_a_response_sealed_for_another_round_or_key_is_dropped(spring, autumn, good):
    member = spring.member()
    sealed = autumn.seal(member, GOOD)
    assert _dropped(spring, with_sealed(ballot(spring, GOOD, member=member), sealed), good) == {Drop.UNOPENABLE: 1}
    mixed = SealingPublicKey(spring.manifest.sealing_key).seal(
        Response(member.ticket.secret, 1, Status.ANSWERS, GOOD), autumn.manifest.id_bytes
    )
    assert _dropped(spring, with_sealed(ballot(spring, GOOD, member=member), mixed), good) == {Drop.UNOPENABLE: 1}


def test_a_withdrawal_is_not_counted(spring, good):
    withdrawn = ballot(spring, bytes(2), revision=2, status=Status.WITHDRAWN)
    records, inspection = _open(spring, box(withdrawn, *good))
    assert records == [GOOD] * 3
    assert inspection == Inspection(counted=3, withdrawn=1)


def test_a_withdrawal_with_answers_in_it_is_not_counted_either(spring):
    records, inspection = _open(spring, [ballot(spring, GOOD, status=Status.WITHDRAWN)])
    assert (records, inspection.withdrawn) == ([], 1)


@pytest.mark.parametrize("record", [bytes([3, 1]), bytes([1, 6]), bytes([255, 255])])
def test_a_record_that_breaks_its_form_is_dropped_whole(spring, good, record):
    assert _dropped(spring, ballot(spring, record), good) == {Drop.BROKEN_RECORD: 1}


@pytest.mark.parametrize("record", [b"", b"\1", b"\1\1\1", bytes(100)])
def test_a_record_of_another_length_is_dropped(spring, good, record):
    assert _dropped(spring, ballot(spring, record), good) == {Drop.WRONG_LENGTH: 1}


def test_everything_at_once_is_told_apart_and_the_good_are_counted(spring, autumn, monkeypatch):
    monkeypatch.setattr(opening, "BATCH", 7)
    good = [ballot(spring, GOOD) for _ in range(20)]
    bad = [
        with_sealed(ballot(spring), good[0].sealed),
        with_sealed(ballot(spring), b""),
        replace(ballot(spring), authenticator=bytes(256)),
        ballot(autumn),
        replace(ballot(spring), revision=9),
        ballot(spring, bytes([9, 9])),
        ballot(spring, bytes(3)),
        ballot(spring, status=Status.WITHDRAWN),
    ]
    told = []
    records, inspection = _open(spring, box(*good, *bad), progress=told.append)
    assert records == [GOOD] * 20
    assert inspection == Inspection(
        counted=20,
        withdrawn=1,
        dropped={
            Drop.UNOPENABLE: 2,
            Drop.BAD_TOKEN: 2,
            Drop.WRONG_REVISION: 1,
            Drop.BROKEN_RECORD: 1,
            Drop.WRONG_LENGTH: 1,
        },
    )
    assert told == [7, 14, 21, 28]


def test_a_box_of_bad_ballots_only_is_no_fault(spring):
    bad = [replace(ballot(spring), authenticator=bytes(256)) for _ in range(3)]
    records, inspection = _open(spring, box(*bad))
    assert (records, inspection.dropped) == ([], {Drop.BAD_TOKEN: 3})


def test_opened_records_print_redacted_and_are_not_pickled(spring, good):
    (batch,) = open_box(spring.manifest, spring.sealing, box(*good), Inspection())
    assert isinstance(batch, OpenedBatch)
    assert repr(batch) == str(batch) == "OpenedBatch(<redacted>)"
    with pytest.raises(TypeError):
        pickle.dumps(batch)
    assert batch.records.dtype == np.uint8
    assert batch.records.shape == (3, 2)
