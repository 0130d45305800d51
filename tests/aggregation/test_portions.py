"""A box file in portions: nothing is skipped and nothing read twice, however the file is cut and ordered."""

import pickle
from dataclasses import replace
from itertools import chain

import pytest
from tallied_rounds import ballot, box, box_file

from aggregation.ballots import BoxError, BoxFile
from aggregation.portions import FilePortions


@pytest.fixture(scope="module")
def ballots(spring):
    return box(*(ballot(spring) for _ in range(7)))


@pytest.fixture
def file(tmp_path, spring, ballots):
    return box_file(tmp_path / "spring.box", spring, ballots)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 1000])
def test_portions_of_any_size_hold_every_ballot_once_and_in_order(file, ballots, size):
    portions = FilePortions.of(file, size)
    read = [list(portions[number].ballots()) for number in range(len(portions))]
    assert list(chain(*read)) == ballots
    assert all(len(part) == size for part in read[:-1])


def test_an_empty_file_has_no_portions(tmp_path, spring):
    assert len(FilePortions.of(box_file(tmp_path / "empty.box", spring, []), 3)) == 0


def test_a_portion_beyond_the_last_does_not_exist(file):
    with pytest.raises(IndexError):
        FilePortions.of(file, 3)[3]


def test_a_hostile_order_moves_no_ballot_into_two_portions_or_none(file, ballots):
    """Places in the file are what is divided: a file written backwards is read backwards, and whole."""
    data = file.path.read_bytes()
    length = (len(data) - file.start) // len(ballots)
    records = [data[file.start + length * i : file.start + length * (i + 1)] for i in range(len(ballots))]
    file.path.write_bytes(data[: file.start] + b"".join(records[::-1]))
    portions = FilePortions.of(BoxFile.open(file.path), 2)
    assert list(chain(*(portions[number].ballots() for number in range(len(portions))))) == ballots[::-1]


def test_a_file_that_is_cut_while_it_is_read_is_told_and_not_taken_for_bad_ballots(file):
    file.path.write_bytes(file.path.read_bytes()[:-1])
    *_, last = (FilePortions.of(file, 3)[number] for number in range(3))
    with pytest.raises(BoxError, match="cut short while it was read"):
        list(last.ballots())


def test_a_portion_knows_what_it_can_hold(file, ballots):
    portion = FilePortions.of(file, 3)[1]
    first, last = ballots[3].nonce, ballots[5].nonce
    assert portion.holds(first, last, 3)
    assert not portion.holds(first, last, 2)
    assert not portion.holds(first, last, 4)
    assert not portion.holds(last, first, 3)


def test_whoever_reads_a_portion_looks_first_whether_it_is_the_box_meant(file, spring, autumn, ballots):
    portion = FilePortions.of(file, 3)[0]
    portion.check()
    box_file(file.path, spring, ballots[:6])
    with pytest.raises(BoxError, match="another box file"):
        portion.check()
    box_file(file.path, autumn, [replace(one) for one in ballots])
    with pytest.raises(BoxError, match="another box file"):
        portion.check()
    file.path.unlink()
    with pytest.raises(BoxError, match="cannot read the box file"):
        portion.check()


def test_portions_are_small_to_send_and_print_no_path(file):
    portions = FilePortions.of(file, 1)
    assert len(pickle.dumps(portions)) < 1000
    assert pickle.loads(pickle.dumps(portions)) == portions  # noqa: S301
    for text in (repr(portions), repr(portions[3])):
        assert str(file.path.parent) not in text
