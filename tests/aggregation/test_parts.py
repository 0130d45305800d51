"""Counted portions and their sum: the whole box, each ballot once, whoever counted what."""

import pickle
import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from form_samples import some_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from tallied_rounds import Held, ballot, box, every_kind_round, split

from aggregation.ballots import BoxOutOfOrder
from aggregation.counting import count
from aggregation.opening import Drop, Inspection, open_box
from aggregation.parts import BoxIncomplete, CountedPart, Gathered, Opener, PartRefused, count_portion
from aggregation.promise import plan_of
from survey.forms.codec import encode
from survey.sealing import Status

BALLOTS = 12


@pytest.fixture(scope="module")
def round_():
    return every_kind_round()


@pytest.fixture(scope="module")
def ballots(round_):
    """Ten that count, one withdrawn, one with a broken token."""
    form, chance = round_.manifest.form, random.Random(3)
    good = [ballot(round_, encode(form, some_answers(form, chance))) for _ in range(BALLOTS - 2)]
    withdrawn = ballot(round_, bytes(len(encode(form, {}))), status=Status.WITHDRAWN)
    return box(*good, withdrawn, replace(ballot(round_), authenticator=bytes(256)))


@pytest.fixture(scope="module")
def opener(round_):
    return Opener(round_.manifest, round_.sealing, plan_of(round_.manifest.form, round_.manifest.promise)[0])


@pytest.fixture(scope="module")
def whole(opener, ballots):
    """The counts of the whole box in one go, as every split must give them."""
    inspection = Inspection()
    batches = open_box(opener.manifest, opener.key, ballots, inspection)
    return tables(count(opener.manifest.form, opener.workload, batches)), inspection


def tables(counts):
    return {name: counts._tables[name].tolist() for name in counts._tables}


def gathered(opener, portions, expected=BALLOTS, order=None):
    total = Gathered(opener.workload, portions, expected)
    for number in order or range(len(portions)):
        total.add(number, count_portion(opener, portions[number]))
    counts, inspection = total.finish()
    return tables(counts), inspection


def refused(opener, portions, number, part):
    total = Gathered(opener.workload, portions, BALLOTS)
    try:
        total.add(number, part)
    except PartRefused:
        assert total.read == 0
        return True
    return False


@settings(max_examples=15)
@given(st.lists(st.integers(0, BALLOTS), max_size=6), st.randoms(use_true_random=False))
def test_any_split_counted_in_any_order_gives_the_counts_of_the_whole(opener, ballots, whole, cuts, chance):
    portions = split(ballots, *cuts)
    order = chance.sample(range(len(portions)), len(portions))
    assert gathered(opener, portions, order=order) == whole
    assert whole[1] == Inspection(counted=10, withdrawn=1, dropped={Drop.BAD_TOKEN: 1})


def test_a_nonce_repeated_across_a_boundary_stops_everything(opener, ballots):
    for cut in (1, 6, BALLOTS - 1):
        left, right = ballots[:cut], ballots[cut:]
        for portions in (
            split([*left, left[-1], *right], cut),
            split([*left, right[0], *right], cut + 1),
            split([*left, *right, left[0]], cut, BALLOTS),
        ):
            with pytest.raises(BoxOutOfOrder, match="Nothing was measured"):
                gathered(opener, portions, expected=BALLOTS + 1)


def test_an_empty_portion_between_hides_no_repeat(opener, ballots):
    portions = (Held(tuple(ballots)), Held(()), Held(()), Held((ballots[-1],)))
    with pytest.raises(BoxOutOfOrder):
        gathered(opener, portions, expected=BALLOTS + 1)


def test_portions_in_another_order_than_their_nonces_stop_everything(opener, ballots):
    first, second = split(ballots, 5)
    with pytest.raises(BoxOutOfOrder):
        gathered(opener, (second, first))


def test_a_ballot_missing_from_any_portion_or_one_too_many_stops_everything(opener, ballots):
    for missing in (0, 3, 4, 8, BALLOTS - 1):
        rest = [*ballots[:missing], *ballots[missing + 1 :]]
        with pytest.raises(BoxIncomplete, match="Nothing was measured"):
            gathered(opener, split(rest, 4, 8))
    with pytest.raises(BoxIncomplete):
        gathered(opener, split(ballots, 4), expected=BALLOTS - 1)


def test_a_portion_left_out_stops_everything_even_an_empty_one(opener, ballots):
    portions = (*split(ballots, 5), Held(()))
    for some in (*combinations(range(3), 2), (), (0,)):
        with pytest.raises(BoxIncomplete):
            gathered(opener, portions, order=some or iter(()))


def test_a_portion_is_added_once(opener, ballots):
    portions = split(ballots, 5)
    total, part = Gathered(opener.workload, portions, BALLOTS), count_portion(opener, portions[0])
    total.add(0, part)
    with pytest.raises(PartRefused):
        total.add(0, part)
    total.add(1, count_portion(opener, portions[1]))
    assert total.read == BALLOTS
    assert total.finish()[1].counted == 10


def test_a_worker_that_lies_about_its_portion_is_refused(opener, ballots):
    portions = split(ballots, 5)
    honest = count_portion(opener, portions[0])
    first_table, split_table = opener.workload.tables[0].name, opener.workload.tables[-1].name
    more = {name: table + 1 for name, table in honest.tables.items()}
    less = honest.tables | {split_table: honest.tables[split_table] - 1}
    lies = {
        "nonces the wrong way round": replace(honest, first=honest.last, last=honest.first),
        "no nonces, though it read": replace(honest, first=b"", last=b""),
        "nonces, though it read nothing": replace(honest, inspection=Inspection()),
        "more counted than read": replace(honest, tables=more),
        "counts below zero": replace(honest, tables=less),
        "a table too few": replace(honest, tables=dict(list(honest.tables.items())[:-1])),
        "a table too many": replace(honest, tables=honest.tables | {"other": np.zeros(1, np.int64)}),
        "another shape": replace(honest, tables=honest.tables | {first_table: np.zeros(1000, np.int64)}),
        "other numbers": replace(honest, tables={n: t.astype(float) for n, t in honest.tables.items()}),
    }
    assert [what for what, lie in lies.items() if not refused(opener, portions, 0, lie)] == []
    assert refused(opener, portions, -1, honest)
    assert refused(opener, portions, 2, honest)
    assert refused(opener, (replace(portions[0], holding=False), portions[1]), 0, honest)
    assert not refused(opener, portions, 0, honest)


def test_what_is_confidential_prints_nothing_and_only_a_part_goes_through_a_pipe(opener, ballots):
    part = count_portion(opener, Held(tuple(ballots)))
    total = Gathered(opener.workload, (), 0)
    assert (repr(opener), repr(part), repr(total)) == (
        "Opener(<redacted>)",
        "CountedPart(<redacted>)",
        "Gathered(<redacted>)",
    )
    for one in (opener, total):
        with pytest.raises(TypeError):
            pickle.dumps(one)
    assert isinstance(pickle.loads(pickle.dumps(part)), CountedPart)  # noqa: S301


def test_an_empty_box_is_nobody(opener):
    counts, inspection = gathered(opener, (), expected=0)
    assert inspection == Inspection()
    assert not any(np.any(table) for table in counts.values())
