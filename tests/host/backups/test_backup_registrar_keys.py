"""The keys in a registrar's backup: a damaged one takes no sound one's place, neither when it is made nor restored."""

from datetime import timedelta

import pytest
from desks import lose, restored, taken
from societies import opened

from host.backups import taking
from host.backups.archive import Backup
from host.backups.judging import RestoreRefused
from host.backups.taking import back_up
from host.keys import KeyMissing
from host.lifecycle import cancel
from host.opening import Admission, Dates
from survey.registrar.issuing import Issuer
from survey.registrar.register import CodeCounts
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.times import now

MAIL = '\n[mail]\nhost = "127.0.0.1"\nport = 25\nsecurity = "none"\nsender = "post@society.example"\n'
CODES = CodeCounts(issued=4, spent=0, revoked=0)


@pytest.fixture
def spring(town, people_of):
    """The open round, with four codes that are not used."""
    desks, _ = people_of(town)
    desks.stop()
    return town.house.rounds.find("spring")


@pytest.fixture
def key(town, spring):
    return town.house.issuer_key(spring.manifest.id)


def spoil(path, how="cut short"):
    if how == "deleted":
        path.unlink()
    elif how == "another round's":
        path.write_bytes(Issuer.generate().to_der())
    else:
        path.write_bytes(b"" if how == "emptied" else path.read_bytes()[:-40])


def taken_with_the_fault(town, monkeypatch):
    """As an earlier version made them."""
    with monkeypatch.context() as earlier:
        earlier.setattr(taking, "check_keys_here", lambda *_: None)
        return taken(town, "registrar")


def codes(town, spring):
    register = town.register
    try:
        return register.counts(spring.manifest.id_bytes)
    finally:
        register.release()


@pytest.mark.parametrize("how", ["cut short", "emptied", "another round's", "deleted"])
def test_no_backup_with_a_damaged_key_takes_the_place_of_the_last_good_one(town, spring, key, ask, how):
    file = taken(town, "registrar")
    good = file.read_bytes()
    spoil(key, how)
    for out, replace in ((file, ["--replace"]), (file.with_name("new.backup"), [])):
        ran = ask("backup", "registrar", *replace, "--out", out, "--config", town.config)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
        assert "key for 'spring' is missing or damaged" in ran.err
    assert file.read_bytes() == good
    assert sorted(path.name for path in file.parent.iterdir()) == ["registrar.backup", "society"]

    cancel(town.house, spring, now())
    back_up(town.house, "registrar", town.config, file, now(), replace=True)
    assert not [name for name in Backup.open(file).names if name.startswith("keys/")]


def test_keys_of_rounds_that_are_not_open_yet_and_of_mail_addresses_are_looked_at_too(town, spring, key):
    town.config.write_text(town.config.read_text() + MAIL)
    eligibility = Eligibility(codes=True, mail=MailEligibility(members_only=False))
    days = [now().replace(microsecond=0) + timedelta(days=one) for one in (1, 2, 2)]
    summer = opened(town, "summer", epsilon=1.0, dates=Dates(*days), admission=Admission(eligibility, ()))
    spoil(town.house.mail_key(summer.id), "emptied")
    with pytest.raises(KeyMissing, match="for 'summer' is"):
        taken(town, "registrar")
    spoil(key)
    with pytest.raises(KeyMissing) as refused:
        taken(town, "registrar")
    assert "'spring'" in str(refused.value)
    assert "'summer'" in str(refused.value)


def test_a_round_that_this_register_closed_needs_no_key(town, spring, key):
    """Its statement may be lost: rounds/ came from an older backup."""
    file = taken(town, "registrar")
    register = town.register
    register.close(spring.manifest.id_bytes)
    register.release()
    key.unlink()
    taken(town, "registrar", "later.backup")
    restored(town, file, merge=True)


@pytest.mark.parametrize("how", ["cut short", "emptied", "another round's"])
def test_a_damaged_key_that_is_still_in_its_place_is_to_be_moved_away_before_anything_is_blocked(
    town, spring, key, how
):
    file = taken(town, "registrar")
    sound = key.read_bytes()
    spoil(key, how)
    left = key.read_bytes()
    with pytest.raises(RestoreRefused, match=f"'spring' here is damaged: move registrar/keys/{key.name} away first"):
        restored(town, file, merge=True)
    assert (key.read_bytes(), codes(town, spring)) == (left, CODES)

    key.rename(town.folder / "damaged.der")
    assert restored(town, file, merge=True).rounds[0].blocked_codes == 4
    assert key.read_bytes() == sound


@pytest.mark.parametrize("here", ["cut short", "deleted"])
@pytest.mark.parametrize("there", ["cut short", "deleted"])
def test_where_no_sound_key_is_on_either_side_nothing_is_merged(town, spring, key, monkeypatch, here, there):
    sound = key.read_bytes()
    spoil(key, there)
    file = taken_with_the_fault(town, monkeypatch)
    key.write_bytes(sound)
    spoil(key, here)
    left = key.exists()
    with pytest.raises(RestoreRefused, match="Neither this machine nor the backup has a sound key for 'spring'"):
        restored(town, file, merge=True)
    assert (key.exists(), codes(town, spring)) == (left, CODES)


def test_a_damaged_key_of_a_backup_is_never_put_in_place(town, spring, key, monkeypatch):
    sound = key.read_bytes()
    spoil(key)
    file = taken_with_the_fault(town, monkeypatch)
    key.write_bytes(sound)
    restored(town, file, merge=True)  # the one that is here is sound, and stays
    assert key.read_bytes() == sound

    lose(town.house, "registrar")
    with pytest.raises(RestoreRefused, match="Neither this machine nor the backup"):
        restored(town, file)
    assert [path for path in (town.folder / "registrar").rglob("*") if path.is_file()] == []

    cancel(town.house, spring, now())
    assert restored(town, file).ended == ("spring",)
    assert not key.exists()


def test_a_machine_that_is_lost_is_restored_though_a_round_was_opened_since(town, spring, key, monkeypatch):
    sound = key.read_bytes()
    key.unlink()
    file = taken_with_the_fault(town, monkeypatch)  # as if the round had not been there
    key.write_bytes(sound)
    lose(town.house, "registrar")
    assert [one.name for one in restored(town, file).rounds] == ["spring"]
    assert not key.exists()
