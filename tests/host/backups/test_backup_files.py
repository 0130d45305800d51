"""The file of a backup: private, whole, of one moment, in no order of arrival, and without what must not be in it."""

import io
import os
import shutil
import stat
import tarfile
from datetime import timedelta

import pytest
from desks import Desks, Person, lose, on_servers, restored, taken
from societies import Society, place_on_free_ports

from host.backups import archive, taking
from host.backups.archive import Backup, BackupDamaged, BackupExists, new_backup
from host.backups.described import Description
from host.backups.replacing import NotReplaced
from host.backups.taking import NothingToBackUp, back_up
from privacy.store import LOST
from survey.registrar.register import Register
from survey.rounds.times import now

ROLES = ("host", "registrar", "intake", "tally")


@pytest.fixture
def lived_in(town, people_of):
    """A society where two people have answered."""
    desks, people = people_of(town)
    for person in people[:2]:
        desks.ask(person)
        desks.send(person, 1, person.sealed(1))
    desks.stop()
    return town, people


@pytest.mark.parametrize("role", ROLES)
def test_a_backup_is_a_tar_file_for_its_owner_alone(lived_in, role):
    before = os.umask(0)
    try:
        file = taken(lived_in[0], role)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as tar:
        heads = tar.getmembers()
    assert heads[-1].name == "backup.json"
    assert {(head.mtime, head.uid, head.uname, head.mode) for head in heads} == {(0, 0, "", 0o600)}
    assert [path for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_backup_is_never_written_over_a_file_and_nothing_is_left_of_one_that_failed(lived_in, tmp_path):
    town, _ = lived_in
    file = taken(town, "intake")
    content = file.read_bytes()
    with pytest.raises(BackupExists):
        taken(town, "intake")
    assert file.read_bytes() == content
    (town.house.signing_key).unlink()
    with pytest.raises(LookupError, match="signing key"):
        back_up(town.house, "host", town.config, tmp_path / "host.backup", now())
    lose(town.house, "intake")
    with pytest.raises(NothingToBackUp):
        back_up(town.house, "intake", town.config, tmp_path / "none.backup", now())
    assert [path.name for path in tmp_path.iterdir() if path.name != "society"] == ["intake.backup"]


def test_a_newer_backup_takes_the_place_of_an_older_one_which_is_overwritten(lived_in):
    town, _ = lived_in
    file = taken(town, "intake")
    content = file.read_bytes()
    second_name = file.with_name("kept.backup")
    with file.open("rb") as old:
        replaced(town, "intake", file)
        assert old.read() == bytes(len(content))
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (content, 0o600)
    second_name.hardlink_to(file)
    replaced(town, "intake", file)
    assert second_name.read_bytes() == content
    replaced(town, "intake", file.with_name("new.backup"))  # nothing has to be there
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_an_older_backup_stays_until_the_newer_one_is_whole_and_nothing_else_is_written_over(lived_in, monkeypatch):
    town, _ = lived_in
    file, other = taken(town, "intake"), taken(town, "registrar")
    content = file.read_bytes()
    words = file.with_name("words.txt")
    words.write_text("a list of members")
    linked = file.with_name("linked.backup")
    linked.symlink_to(file)
    for path in (other, words, linked, file.parent / "society"):
        with pytest.raises(NotReplaced, match="stays as it is"):
            replaced(town, "intake", path)
    assert words.read_text() == "a list of members"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "close", full)
    with pytest.raises(OSError, match="No space"):
        replaced(town, "intake", file)
    assert file.read_bytes() == content


def replaced(town, role, out):
    back_up(town.house, role, town.config, out, now(), replace=True)


def test_no_backup_holds_a_code_or_a_tallys_key_or_an_answer(lived_in):
    town, people = lived_in
    seeds = [path.read_bytes() for path in town.house.tally_keys.glob("*.seed")]
    record = people[0].sealed(1)[-40:]
    secret = [person.ticket.secret for person in people]
    assert seeds
    for role in ROLES:
        content = taken(town, role).read_bytes()
        for hidden in (*seeds, *secret, *(person.code.encode() for person in people), record):
            assert hidden not in content
            assert hidden.hex().encode() not in content


@pytest.fixture
def twin(founded_once, tmp_path, postgres):
    """The same society twice, on servers, where rows lie as they came."""
    towns = []
    for name in ("one", "other"):
        shutil.copytree(founded_once, tmp_path / name / "society")
        towns.append(Society(tmp_path / name / "society"))
        place_on_free_ports(towns[-1].config)
        on_servers(towns[-1], registrar=postgres.new_database(), intake=postgres.new_database())
    return towns


def test_whoever_came_first_the_bytes_are_the_same(twin):
    manifest = twin[0].house.rounds.find("spring").manifest
    people = [Person(manifest) for _ in range(5)]
    sealed = {person.code: person.sealed(1) for person in people}
    backups = []
    for town, coming in zip(twin, (people, people[::-1]), strict=True):
        desks = Desks(town.house)
        desks.register.add(manifest.id_bytes, [person.code_hash for person in people])
        for person in coming:
            assert desks.ask(person) == "signed"
            assert desks.send(person, 1, sealed[person.code]) == "new"
        desks.stop()
        backups.append([taken(town, role).read_bytes() for role in ("registrar", "intake")])
    assert backups[0] == backups[1]


@pytest.mark.parametrize("role", ROLES)
def test_a_backup_that_is_not_as_it_was_written_changes_nothing(lived_in, role, tmp_path):
    town, _ = lived_in
    file = taken(town, role)
    whole = file.read_bytes()
    end = whole.rindex(b"backup.json")
    broken = [b"", whole[: end // 2], whole[:end], whole.replace(b'"role":', b'"rule":'), b"\0" * 10240]
    broken += [flipped(whole, place) for place in range(600, end, max(1, end // 7))]
    for content in broken:
        file.write_bytes(content)
        with pytest.raises(BackupDamaged, match="Nothing was changed"):
            Backup.open(file)


def flipped(data, place):
    """One bit is another, in the contents of a part: between parts a tar file has zeros that nobody reads."""
    while not data[place]:
        place += 1
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "a//b", ".hidden", "a/.b", "", "a b", "ä"])
def test_no_part_lies_outside(tmp_path, name):
    with pytest.raises(ValueError, match="plain name"), new_backup(tmp_path / "a.backup") as writer:
        writer.add(name, b"")
    assert list(tmp_path.iterdir()) == []
    forged = tmp_path / "forged.backup"
    with tarfile.open(forged, "w") as tar:
        head = tarfile.TarInfo(name)
        head.size = 1
        tar.addfile(head, io.BytesIO(b"x"))
    with pytest.raises(BackupDamaged):
        Backup.open(forged)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_nothing_but_plain_files_is_in_a_backup(tmp_path, kind):
    with tarfile.open(tmp_path / "a.backup", "w") as tar:
        head = tarfile.TarInfo("name")
        head.type, head.linkname = kind, "elsewhere"
        tar.addfile(head)
    with pytest.raises(BackupDamaged):
        Backup.open(tmp_path / "a.backup")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_what_a_head_announces_is_not_read_before_it_is_judged(tmp_path, kind):
    """512 bytes that announce 8 GiB of attributes: reading so much would end the program."""
    head = tarfile.TarInfo("name")
    head.type, head.size = kind, 0o77777777777
    (tmp_path / "a.backup").write_bytes(head.tobuf(tarfile.USTAR_FORMAT))
    with pytest.raises(BackupDamaged, match="what no backup holds"):
        Backup.open(tmp_path / "a.backup")


def test_a_file_that_changes_after_it_was_checked_is_noticed(tmp_path):
    with new_backup(tmp_path / "a.backup") as writer:
        writer.add("part", b"as it was checked")
        writer.close(Description("host", "2026-03-01"))
    backup = Backup.open(tmp_path / "a.backup")
    assert (backup.names, backup.read("part")) == (("part",), b"as it was checked")
    backup.path.write_bytes(backup.path.read_bytes().replace(b"as it was", b"as it is "))
    with pytest.raises(BackupDamaged, match="changed while"):
        backup.read("part")


def test_a_backup_of_a_later_version_is_refused(lived_in, monkeypatch):
    town, _ = lived_in
    real = Description.to_json
    monkeypatch.setattr(Description, "to_json", lambda self: real(self) | {"revision": "9999"})
    file = taken(town, "intake")
    lose(town.house, "intake")
    with pytest.raises(BackupDamaged, match="later version"):
        restored(town, file)
    assert not [path for path in (town.folder / "intake").iterdir() if path.is_file()]


def test_a_ledgers_backup_of_the_first_revision_is_migrated(lived_in, monkeypatch):
    """As the version before wrote it: without the table that came since."""
    town, _ = lived_in
    real = taking._add_tables
    without = lambda *args: {name: one for name, one in real(*args).items() if name != LOST.name}  # noqa: E731
    monkeypatch.setattr(taking, "_add_tables", without)
    real_json = Description.to_json
    monkeypatch.setattr(Description, "to_json", lambda self: real_json(self) | {"revision": "0001"})
    file = taken(town, "tally")
    monkeypatch.undo()
    lose(town.house, "tally")
    restored(town, file)
    assert town.house.ledger().entries() == ()
    assert not town.house.ledger().unmeasurable("a" * 64)


def test_a_backup_is_of_one_moment_though_people_come_meanwhile(lived_in, people_of, monkeypatch):
    """A code that is spent while the register is copied is not in it, whichever part was copied by then."""
    town, people = lived_in
    late = people[2]
    register = Register.open(town.house.register_address)
    real = archive.Writer.add

    def add(self, name, data):
        real(self, name, data)
        register.spend(late.manifest.id_bytes, late.code_hash, late.ticket.blinded_message)

    monkeypatch.setattr(archive.Writer, "add", add)
    monkeypatch.setattr("host.backups.row_parts._LINES", 1)
    file = taken(town, "registrar")
    assert register.counts(late.manifest.id_bytes).spent == 3
    register.release()
    monkeypatch.undo()
    lose(town.house, "registrar")
    restored(town, file, idle=True)
    register = Register.open(town.house.register_address)
    assert register.counts(late.manifest.id_bytes).spent == 2
    register.release()


def test_keys_of_rounds_that_are_over_are_in_no_backup(lived_in):
    town, _ = lived_in
    manifest = town.house.rounds.find("spring").manifest
    assert f"keys/{manifest.id}.der" in Backup.open(taken(town, "registrar")).names
    later = taken(town, "registrar", "later.backup", at=now() + timedelta(days=2))
    assert Backup.open(later).names[0].startswith("tables/")
    assert not [name for name in Backup.open(later).names if name.startswith("keys/")]
