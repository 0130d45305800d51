"""A tally's key file that is damaged or gone is noticed while its round is open, and called what it is."""

import json
import shutil

import pytest
from societies import enter_directly, opened, some_rows

from host.keys import KeyDamaged, KeyMissing, new_sealing_key, read_sealing_key, sealing_fingerprint


def seed_of(society, manifest):
    return society.house.tally_keys / f"{sealing_fingerprint(manifest.sealing_key)}.seed"


def spoil(seed, how):
    if how == "gone":
        seed.unlink()
    elif how == "another round's":
        other = new_sealing_key(seed.parent)
        seed.write_bytes((seed.parent / f"{sealing_fingerprint(other)}.seed").read_bytes())
    else:
        seed.write_bytes(seed.read_bytes()[: 0 if how == "emptied" else 31])


@pytest.fixture(autouse=True)
def in_the_society(society, monkeypatch):
    monkeypatch.chdir(society.folder)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("cut short", "is damaged"),
        ("emptied", "is damaged"),
        ("another round's", "is damaged"),
        ("gone", "only the public half"),
    ],
)
def test_a_key_that_opens_nothing_is_told_before_its_round_is_closed(ask, society, how, words):
    manifest = opened(society)
    enter_directly(society, manifest, some_rows(3))
    assert "Key:" not in ask("round", "show", "spring").out
    spoil(seed_of(society, manifest), how)
    assert words in ask("round", "show", "spring").out
    assert words in json.loads(ask("round", "show", "spring", "--json").out)["key_fault"]
    refused = ask("round", "close", "spring", "--early")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert words in refused.err
    assert "--anyway" in refused.err
    assert society.house.rounds.load(manifest.id).statement is None
    assert ask("round", "close", "spring", "--early", "--anyway").code == 0
    refused = ask("tally", "spring")
    assert refused.code == 2
    assert ("is damaged" in refused.err) == (how != "gone")


def test_a_key_that_was_made_elsewhere_or_was_destroyed_is_not_missed(ask, society):
    manifest = opened(society)
    shutil.rmtree(society.house.tally_keys)
    assert "Key:" not in ask("round", "show", "spring").out
    assert ask("round", "close", "spring", "--early").code == 0
    with pytest.raises(KeyMissing, match="made elsewhere, or destroyed") as missing:
        read_sealing_key(society.house.tally_keys, manifest.sealing_key)
    assert not isinstance(missing.value, KeyDamaged)
    other = opened(society, "autumn")
    assert ask("round", "cancel", "autumn", "--yes").code == 0
    seed_of(society, other).write_bytes(b"zeros left by a destruction that was cut short")
    assert "Key:" not in ask("round", "show", "autumn").out
