"""The folder of published rounds."""

import stat
from datetime import timedelta

import pytest
from a_round import CLOSES, changed, make_round

from survey.rounds.closing import State, Statement, StatementError, sign_statement
from survey.rounds.folder import RoundsFolder, UnknownRound, write_durably
from survey.rounds.manifest import ManifestError


def _say(folder, round_, state=State.OPEN, days=0, serial=1):
    statement = Statement(round_.manifest.id, state, CLOSES + timedelta(days=days), serial)
    folder.state(round_.manifest, sign_statement(statement, round_.host))
    return statement


@pytest.fixture
def path(tmp_path, rounds):
    return tmp_path / "rounds"


def test_what_was_added_is_there_for_every_reader(path, rounds, spring, autumn):
    for folder in (rounds, RoundsFolder(path)):
        assert folder.ids() == sorted([spring.manifest.id, autumn.manifest.id])
        found = folder.load(spring.manifest.id)
        assert (found.served, found.manifest) == (spring.served, spring.manifest)
        assert found.closing is found.statement is None
        assert {one.manifest.id for one in folder.all()} == set(folder.ids())


def test_an_empty_or_missing_folder_has_no_rounds(tmp_path):
    assert RoundsFolder(tmp_path / "none").ids() == []
    assert RoundsFolder(tmp_path / "none").all() == []


def test_a_round_is_found_by_id_prefix_and_name(rounds, spring, autumn):
    for name in (spring.manifest.id, spring.manifest.id[:10], "spring"):
        assert rounds.find(name).manifest.id == spring.manifest.id
    assert rounds.find("autumn").manifest.id == autumn.manifest.id


def test_a_prefix_that_is_short_or_unknown_finds_nothing(rounds, spring):
    for name in ("", spring.manifest.id[:3], "winter", spring.manifest.id.upper(), "z" * 64):
        with pytest.raises(UnknownRound, match="No round"):
            rounds.find(name)


def test_a_name_that_two_rounds_share_finds_neither(rounds, spring):
    twin = make_round("spring", issuer="other")
    rounds.add(twin.served)
    with pytest.raises(UnknownRound, match="More than one"):
        rounds.find("spring")
    assert rounds.find(twin.manifest.id).manifest == twin.manifest


def test_a_name_goes_before_a_prefix_of_another_round(rounds, spring):
    named = changed(make_round("odd"), name=spring.manifest.id[:8])
    rounds.add(named.served)
    assert rounds.find(spring.manifest.id[:8]).manifest.id == named.manifest.id


@pytest.mark.parametrize("round_id", ["", "..", "spring", "../../etc", "A" * 64, "0" * 65, "0" * 64, "0" * 63 + "/"])
def test_what_is_no_id_is_no_path(rounds, round_id):
    with pytest.raises(UnknownRound):
        rounds.load(round_id)


def test_other_things_in_the_folder_do_no_harm(path, rounds, spring):
    (path / "notes.txt").write_text("hello")
    (path / "empty").mkdir()
    backup = path / f"{spring.manifest.id}.bak"
    backup.mkdir()
    (backup / "manifest.json").write_bytes(spring.served)
    assert len(rounds.ids()) == len(rounds.all()) == 2
    assert rounds.find("spring").manifest == spring.manifest


def test_a_round_is_published_once(rounds, spring):
    with pytest.raises(FileExistsError):
        rounds.add(spring.served)


def test_nothing_broken_is_published(path, rounds, autumn):
    served = make_round("late").served
    with pytest.raises(ManifestError):
        rounds.add(served[:-1])
    late = make_round("late")
    statement = Statement(late.manifest.id, State.OPEN, CLOSES, 1)
    rounds.add(served)
    with pytest.raises(StatementError):
        rounds.state(late.manifest, sign_statement(statement, autumn.host))
    assert rounds.load(late.manifest.id).statement is None


def test_a_manifest_that_was_changed_on_the_disk_is_refused(path, spring, autumn):
    file = path / spring.manifest.id / "manifest.json"
    for data in (spring.served.replace(b"The Society", b"Our Society"), autumn.served, b""):
        file.write_bytes(data)
        with pytest.raises(ManifestError):
            RoundsFolder(path).load(spring.manifest.id)


def test_a_statement_that_was_changed_on_the_disk_is_refused(path, rounds, spring):
    _say(rounds, spring)
    file = path / spring.manifest.id / "closing.json"
    file.write_bytes(file.read_bytes().replace(b'"open"', b'"clos"'))
    with pytest.raises(StatementError):
        RoundsFolder(path).load(spring.manifest.id)


def test_a_later_statement_is_seen_at_once(path, rounds, spring):
    reader = RoundsFolder(path)
    for serial in range(1, 30):  # faster than the ticks of a file's time, and all of one length
        statement = _say(rounds, spring, days=serial % 9, serial=serial + 10)
        assert reader.load(spring.manifest.id).statement == statement
        assert rounds.load(spring.manifest.id).statement == statement
    assert reader.load(spring.manifest.id) is reader.load(spring.manifest.id)


def test_an_older_statement_does_not_replace_a_newer_one(rounds, spring):
    newer = _say(rounds, spring, State.CLOSED, serial=2)
    for serial in (1, 2):
        with pytest.raises(StatementError):
            _say(rounds, spring, State.OPEN, serial=serial)
    assert rounds.load(spring.manifest.id).statement == newer
    assert _say(rounds, spring, State.CANCELLED, serial=3) == rounds.load(spring.manifest.id).statement


def test_published_documents_can_be_read_by_the_other_roles(path, rounds, spring):
    _say(rounds, spring)
    folder = path / spring.manifest.id
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o644}
    assert sorted(file.name for file in folder.iterdir()) == ["closing.json", "manifest.json"]


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "file"
    write_durably(file, b"old", 0o600)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("survey.rounds.folder.os.fsync", fail)
        with pytest.raises(OSError, match="No space"):
            write_durably(file, b"new", 0o600)
    assert file.read_bytes() == b"old"
    write_durably(file, b"newer", 0o644)  # what the failure left lying does not stand in the way
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"newer", 0o644)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
