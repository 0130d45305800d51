"""Ballots in order, and the file in which a closed box travels."""

import io
import json
import random
from dataclasses import replace

import pytest
from tallied_rounds import ballot, box

from aggregation.ballots import Ballot, BoxError, BoxFile, BoxOutOfOrder, in_order, write_box


@pytest.fixture(scope="module")
def ballots(spring):
    return box(*(ballot(spring, revision=number) for number in (1, 2, 65535)))


@pytest.fixture
def path(tmp_path, spring, ballots):
    path = tmp_path / "spring.box"
    with path.open("wb") as file:
        write_box(file, spring.manifest, spring.served, len(ballots), ballots)
    return path


def _some(*nonces):
    return [Ballot(bytes([nonce]) * 32, 1, bytes(256), b"") for nonce in nonces]


def test_ballots_in_nonce_order_pass():
    assert list(in_order(_some(0, 1, 2, 9, 255))) == _some(0, 1, 2, 9, 255)
    assert list(in_order([])) == []


@pytest.mark.parametrize("nonces", [(1, 1), (2, 1), (1, 2, 2), (1, 3, 2), (1, 2, 1), (9, 0)])
def test_a_repeated_or_misplaced_nonce_stops_everything(nonces):
    with pytest.raises(BoxOutOfOrder, match="Nothing was measured"):
        list(in_order(_some(*nonces)))


def test_any_order_but_the_one_is_refused():
    nonces = list(range(8))
    for seed in range(30):
        shuffled = random.Random(seed).sample(nonces, len(nonces))
        if shuffled != nonces:
            with pytest.raises(BoxOutOfOrder):
                list(in_order(_some(*shuffled)))


def test_a_box_file_reads_back_as_it_was_written(path, spring, ballots):
    file = BoxFile.open(path)
    assert file.manifest == spring.manifest
    assert (file.served, file.count, file.sealed_length) == (spring.served, 3, spring.sealed_length)
    assert list(file.ballots()) == list(file.ballots()) == ballots


def test_an_empty_box_is_a_box(tmp_path, spring):
    with (tmp_path / "box").open("wb") as file:
        write_box(file, spring.manifest, spring.served, 0, [])
    assert list(BoxFile.open(tmp_path / "box").ballots()) == []


def test_a_box_file_of_any_other_length_is_refused(path):
    data = path.read_bytes()
    for end in (0, 5, 15, 40, 200, 2000, len(data) - 3000, len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises(BoxError, match="export it again"):
            BoxFile.open(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(BoxError, match="export it again"):
        BoxFile.open(path)


def test_a_missing_file_or_another_is_no_box(tmp_path, spring):
    for name, data in (("missing", None), ("manifest", spring.served), ("noise", random.Random(1).randbytes(5000))):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(BoxError):
            BoxFile.open(tmp_path / name)


def _with_header(path, **changes):
    magic, header, rest = path.read_bytes().split(b"\n", 2)
    return magic + b"\n" + json.dumps(json.loads(header) | changes).encode() + b"\n" + rest


@pytest.mark.parametrize(
    "changes",
    [
        {"ballots": 2},
        {"ballots": 4},
        {"ballots": -1},
        {"ballots": 10**30},
        {"ballots": float("inf")},
        {"ballots": float("nan")},
        {"ballots": None},
        {"ballots": []},
        {"sealed_length": 1},
        {"sealed_length": 0},
        {"manifest_length": 0},
        {"manifest_length": -1},
        {"manifest_length": 10**30},
        {"round": "0" * 64},
        {"round": 7},
    ],
)
def test_a_header_that_does_not_fit_is_refused(path, changes):
    path.write_bytes(_with_header(path, **changes))
    with pytest.raises(BoxError):
        BoxFile.open(path)


@pytest.mark.parametrize("header", [b"", b"[]", b"7", b"null", b"{}", b"[" * 900, b"\xff\xff"])
def test_a_header_that_is_none_is_refused(path, header):
    magic, _, rest = path.read_bytes().split(b"\n", 2)
    path.write_bytes(magic + b"\n" + header + b"\n" + rest)
    with pytest.raises(BoxError):
        BoxFile.open(path)


def test_a_manifest_that_was_changed_in_the_file_is_refused(path, spring, autumn):
    data = path.read_bytes()
    path.write_bytes(data.replace(b"The Society", b"Our Society"))
    with pytest.raises(BoxError):
        BoxFile.open(path)
    swapped = data.replace(spring.served, autumn.served)
    length = str(len(spring.served)).encode(), str(len(autumn.served)).encode()
    path.write_bytes(swapped.replace(b'"manifest_length":' + length[0], b'"manifest_length":' + length[1]))
    with pytest.raises(BoxError):
        BoxFile.open(path)


def test_ballots_that_do_not_fit_the_round_are_not_written(spring, ballots):
    for wrong in (
        replace(ballots[0], sealed=b"short"),
        replace(ballots[0], sealed=ballots[0].sealed + b"\0"),
        replace(ballots[0], authenticator=bytes(255)),
    ):
        with pytest.raises(BoxError, match="length"):
            write_box(io.BytesIO(), spring.manifest, spring.served, 1, [wrong])


@pytest.mark.parametrize("count", [0, 2, 4])
def test_a_box_that_changes_while_it_is_written_is_refused(spring, ballots, count):
    with pytest.raises(BoxError, match="close the round first"):
        write_box(io.BytesIO(), spring.manifest, spring.served, count, ballots)


def test_a_box_out_of_order_is_not_written(spring, ballots):
    for wrong in (ballots[::-1], [ballots[0], *ballots]):
        with pytest.raises(BoxOutOfOrder):
            write_box(io.BytesIO(), spring.manifest, spring.served, len(wrong), wrong)


def test_a_ballot_prints_nothing_confidential(ballots):
    assert repr(ballots[0]) == f"Ballot(revision={ballots[0].revision})"
