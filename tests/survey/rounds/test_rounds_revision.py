"""The documents of corrections and withdrawals: read as they were written, and in no other way."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from survey.rounds.plain_text import LONGEST, one_line
from survey.rounds.revision import (
    Revision,
    RevisionError,
    folder_name,
    parse_folder,
    read_revision_file,
    revision_from_json,
)
from survey.rounds.withdrawal import (
    Withdrawal,
    WithdrawalError,
    read_claimed_withdrawal,
    read_withdrawal,
    sign_withdrawal,
)

GOOD = {"number": 2, "reason": "A label was wrong.", "day": "2026-05-01", "supersedes": "0" * 64}
sentences = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(
    lambda text: text.strip() and text.isprintable()
)


@given(number=st.integers(2, 9999), reason=sentences)
def test_a_revision_is_read_as_it_was_written(number, reason):
    revision = revision_from_json(GOOD | {"number": number, "reason": reason})
    assert read_revision_file(revision.to_bytes()) == revision


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": 1}, "from 2"),
        ({"number": True}, "from 2"),
        ({"number": 2.0}, "from 2"),
        ({"number": 10_000}, "from 2"),
        ({"reason": " "}, "is empty"),
        ({"reason": 7}, "is empty"),
        ({"reason": "two\nlines"}, "line break"),
        ({"reason": "turned \u202e around"}, "invisible"),
        ({"reason": "x" * (LONGEST + 1)}, "longer"),
        ({"day": "2026-5-1"}, "2026-12-31"),
        ({"day": "20260501"}, "2026-12-31"),
        ({"day": None}, "2026-12-31"),
        ({"supersedes": "0" * 63}, "64 hex"),
        ({"supersedes": "A" * 64}, "64 hex"),
        ({"more": 1}, "nothing else"),
    ],
)
def test_what_is_no_revision_is_refused_with_what_is_wrong(change, said):
    with pytest.raises(RevisionError, match=said):
        revision_from_json(GOOD | change)


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff", json.dumps(GOOD).encode(), b"[" * 100_000])
def test_a_file_that_is_written_otherwise_is_refused(data):
    with pytest.raises(RevisionError):
        read_revision_file(data)


@given(st.text(max_size=80))
def test_a_text_that_is_taken_is_one_line_and_stays_as_it_is(text):
    try:
        line = one_line(text)
    except ValueError:
        assert not text.strip() or not text.strip().isprintable()
    else:
        assert one_line(line) == line
        assert line.splitlines() == [line]


def test_folders_are_named_by_round_and_number():
    id_ = "a" * 64
    assert [folder_name(id_, number) for number in (1, 2, 12)] == [id_, f"{id_}.2", f"{id_}.12"]
    assert parse_folder(id_) == (id_, None)
    assert parse_folder(f"{id_}.1") == (id_, 1)
    for name in (
        "",
        "a" * 63,
        id_.upper(),
        f"{id_}.",
        f"{id_}.0",
        f"{id_}.01",
        f"{id_}.99999",
        f"{id_}.2\n",
        f"{id_}.²",
    ):
        assert parse_folder(name) is None


@pytest.fixture
def tombstone(spring):
    return Withdrawal(spring.manifest.id, "The form had a fault.", "2026-06-01", spring.manifest.host_key)


def test_a_withdrawal_is_read_as_it_was_signed(spring, tombstone):
    data = sign_withdrawal(tombstone, spring.host)
    assert read_withdrawal(data, spring.manifest.id, spring.manifest.host_key) == tombstone
    assert read_claimed_withdrawal(data, spring.manifest.id) == tombstone


def test_a_withdrawal_of_another_round_or_by_another_key_is_refused(spring, autumn, tombstone):
    data = sign_withdrawal(tombstone, spring.host)
    with pytest.raises(WithdrawalError, match="not of this release"):
        read_withdrawal(data, autumn.manifest.id, spring.manifest.host_key)
    with pytest.raises(WithdrawalError, match="not of this release"):
        read_withdrawal(data, spring.manifest.id, autumn.manifest.host_key)
    with pytest.raises(WithdrawalError, match="not signed"):
        read_withdrawal(sign_withdrawal(tombstone, autumn.host), spring.manifest.id, spring.manifest.host_key)


@pytest.mark.parametrize("change", [{"reason": "Another."}, {"day": "2026-06-02"}, {"more": 1}, {"format": "x"}])
def test_a_withdrawal_that_was_changed_is_refused(spring, tombstone, change):
    document = json.loads(sign_withdrawal(tombstone, spring.host))
    document["withdrawal"] |= change
    with pytest.raises(WithdrawalError):
        read_withdrawal(rfc8785.dumps(document), spring.manifest.id, spring.manifest.host_key)


@given(
    st.binary(max_size=60) | st.sampled_from([b"{}", b"null", b'{"withdrawal":1}', b'{"withdrawal":{"host_key":1}}'])
)
def test_whatever_lies_there_instead_is_refused(data):
    for read in (read_claimed_withdrawal, lambda *parts: read_withdrawal(*parts, bytes(32))):
        with pytest.raises(WithdrawalError):
            read(data, "0" * 64)


def test_a_revision_holds_what_it_says():
    assert Revision(**GOOD).to_json() == GOOD
