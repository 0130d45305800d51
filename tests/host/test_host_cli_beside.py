"""`subrosa publish --beside`: other releases, by the folders they were published in."""

import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from societies import enter_directly, opened, some_rows

from host.keys import read_signing_key
from host.lifecycle import close
from survey.rounds.times import now
from survey.rounds.withdrawal import Withdrawal, sign_withdrawal

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def measured(ask, society, name, **changes):
    manifest = opened(society, name, epsilon=1.0, **changes)
    enter_directly(society, manifest, some_rows(40))
    close(society.house, society.house.rounds.find(name), now(), early=True)
    assert ask("tally", name).code == 0
    return manifest


def test_an_earlier_round_stands_beside_a_later_one_and_everything_is_verified(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    spring = measured(ask, society, "spring")
    measured(ask, society, "autumn")
    assert ask("publish", "spring", "--out", "spring").code == 0
    assert ask("publish", "autumn", "--out", "autumn", "--beside", "spring").code == 0
    (other,) = json.loads((society.folder / "autumn" / "beside.json").read_text())["releases"]
    assert json.loads(other["release"])["round"] == spring.id
    assert (society.folder / "autumn" / "changes.csv").read_text().count(spring.id) > 0
    verified = ask("verify", "autumn")
    assert verified.code == 0
    assert "1 other release in beside.json holds" in verified.out
    unread = ask("publish", "autumn", "--out", "a", "--beside", "nowhere")
    assert unread.code == 2
    assert "--beside: nowhere is not the folder of a release; it has no release.json" in unread.err
    itself = ask("publish", "spring", "--out", "b", "--beside", "spring")
    assert itself.code == 2
    assert "--beside has the round that this release is of; it cannot stand beside itself" in itself.err
    tombstone = society.folder / f"{spring.id}.withdrawn.json"
    tombstone.write_bytes(sign_withdrawal(Withdrawal(spring.id, "A fault.", "2026-12-01", spring.host_key), KEY))
    assert ask("publish", "autumn", "--out", "d", "--beside", "spring").code == 0, "somebody else's word"
    own = read_signing_key(society.house.signing_key)
    tombstone.write_bytes(sign_withdrawal(Withdrawal(spring.id, "A fault.", "2026-12-01", spring.host_key), own))
    withdrawn = ask("publish", "autumn", "--out", "e", "--beside", "spring")
    assert withdrawn.code == 2
    assert "--beside spring: The host withdrew this release on 2026-12-01. Why: A fault." in withdrawn.err
    tombstone.unlink()
    (society.folder / "spring" / "measurements.json").write_text("{}")
    changed = ask("publish", "autumn", "--out", "c", "--beside", "spring")
    assert changed.code == 2
    assert "--beside, release of round" in changed.err
    assert "measurements.json is not the file that was signed" in changed.err
    assert not any((society.folder / name).exists() for name in "abce")
