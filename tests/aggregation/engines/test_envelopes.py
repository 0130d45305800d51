"""What only tally and worker can read, and how strictly it is read."""

import json
import pickle

import numpy as np
import pytest

from aggregation.engines.envelopes import EnvelopeKey, NotOurs, enclose
from aggregation.engines.part_bytes import part_from_bytes, part_to_bytes
from aggregation.engines.same_code import digest_of_our_code
from aggregation.opening import Drop
from aggregation.parts import PartRefused, count_portion
from aggregation.portions import FilePortions


def test_a_message_opens_under_its_key_and_for_its_purpose_only():
    key, other = EnvelopeKey(), EnvelopeKey()
    sealed = enclose(key.public, b"counts", "a part")
    assert key.open(sealed, "a part") == b"counts"
    assert b"counts" not in sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for opener, message, purpose in (
        (other, sealed, "a part"),
        (key, sealed, "another part"),
        (key, changed, "a part"),
        (key, b"", "a part"),
        (key, sealed[:100], "a part"),
    ):
        with pytest.raises(NotOurs):
            opener.open(message, purpose)


def test_a_key_for_a_run_prints_nothing_and_is_not_pickled():
    key = EnvelopeKey()
    assert repr(key) == "EnvelopeKey(<redacted>)"
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.fixture(scope="module")
def part(sample):
    return count_portion(sample.job(()).opener, FilePortions.of(sample.file, 40)[0])


def test_a_part_survives_its_bytes(sample, part):
    workload = sample.job(()).opener.workload
    again = part_from_bytes(workload, part_to_bytes(workload, part))
    assert (again.first, again.last, again.inspection) == (part.first, part.last, part.inspection)
    assert again.inspection.dropped == {Drop.BAD_TOKEN: 1}
    assert all(np.array_equal(again.tables[name], table) for name, table in part.tables.items())


@pytest.mark.parametrize(
    "head",
    [
        {},
        [],
        {"counted": -1},
        {"counted": 1.5},
        {"counted": True},
        {"withdrawn": "1"},
        {"dropped": {"NO_SUCH_REASON": 1}},
        {"dropped": [1]},
        {"first": "zz"},
        {"last": 7},
    ],
)
def test_bytes_that_are_no_part_are_refused(sample, part, head):
    workload = sample.job(()).opener.workload
    line, _, body = part_to_bytes(workload, part).partition(b"\n")
    changed = json.loads(line) | head if isinstance(head, dict) and head else head
    with pytest.raises(PartRefused):
        part_from_bytes(workload, json.dumps(changed).encode() + b"\n" + body)


def test_a_part_of_any_other_length_is_refused(sample, part):
    workload = sample.job(()).opener.workload
    data = part_to_bytes(workload, part)
    for wrong in (b"", b"\n", data[:-1], data[:-8], data + bytes(8), data.replace(b"\n", b"", 1)):
        with pytest.raises(PartRefused):
            part_from_bytes(workload, wrong)


def test_the_digest_of_our_code_covers_what_counts_and_follows_every_change(monkeypatch, tmp_path):
    from aggregation.engines import same_code

    usual = digest_of_our_code()
    assert len(usual) == 64
    for path in ("aggregation/engines/same_code.py", "survey/sealing.py", "survey/forms/codec.py", "privacy/counts.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("one\n")
    monkeypatch.setattr(same_code, "__file__", str(tmp_path / "aggregation/engines/same_code.py"))
    digests = {usual}
    for path in ("survey/sealing.py", "survey/forms/codec.py", "privacy/counts.py"):
        digests.add(same_code.digest_of_our_code.__wrapped__())
        (tmp_path / path).write_text("two\n")
    digests.add(same_code.digest_of_our_code.__wrapped__())
    assert len(digests) == 5
