"""The host's own files, lost and restored: all or nothing, and nothing that is here is undone."""

import errno
import json
import os
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
from desks import restored, taken
from societies import Society

from host.backups import host_files
from host.backups.archive import Backup
from host.backups.judging import RestoreRefused
from host.founding import found
from host.keys import read_signing_key
from host.lifecycle import cancel
from survey.rounds.closing import State, Statement, sign_statement
from survey.rounds.times import now


@pytest.fixture
def file(town):
    release = town.folder / "releases" / "ab"
    release.mkdir()
    (release / "index.html").write_text("a page")
    (town.folder / "releases" / ".ab.unfinished").mkdir()
    (town.folder / "releases" / ".ab.unfinished" / "part").write_text("half a page")
    return taken(town, "host")


def files(folder, *but):
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in ("registrar", "intake", "tally", *but)
    }


def test_a_host_is_restored_into_an_empty_folder(town, file, tmp_path):
    new = Society(tmp_path / "new")
    restored(new, file)
    before = files(town.folder)
    before.pop("releases/.ab.unfinished/part")
    assert files(new.folder) == before
    modes = {name: stat.S_IMODE((new.folder / name).stat().st_mode) for name in ("host", "rounds", "releases")}
    assert modes == {"host": 0o700, "rounds": 0o755, "releases": 0o755}
    assert new.house.rounds.find("spring").manifest == town.house.rounds.find("spring").manifest
    assert restored(new, file).written == 0  # once more changes nothing


@pytest.mark.parametrize("after", range(1, 6))
def test_an_interrupted_restoring_is_nothing_or_finished_by_the_next(town, file, tmp_path, monkeypatch, after):
    """Killed after so many of the renamings; until the first, nothing of the host is there."""
    new = Society(tmp_path / "new")
    real, calls = host_files.sync_folder, []

    def dying(folder):
        real(folder)
        calls.append(folder)
        if len(calls) == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(host_files, "sync_folder", dying)
    try:
        restored(new, file)
    except KeyboardInterrupt:
        assert not new.config.exists() or after > len(Backup.open(file).names)
    monkeypatch.undo()
    restored(new, file)
    before = files(town.folder)
    before.pop("releases/.ab.unfinished/part")
    assert files(new.folder) == before
    assert [path.name for path in new.folder.iterdir() if path.name.startswith(".")] == []


def test_a_society_that_is_here_is_not_overwritten(town, file):
    cancel(town.house, town.house.rounds.find("spring"), now())
    before = files(town.folder)
    with pytest.raises(RestoreRefused, match="empty folder"):
        restored(town, file)
    assert files(town.folder) == before


def test_merged_a_later_statement_stays_and_what_is_missing_comes_back(town, file):
    cancel(town.house, town.house.rounds.find("spring"), now())
    manifest = town.house.rounds.find("spring").manifest
    shutil.rmtree(town.folder / "releases" / "ab")
    told = restored(town, file, merge=True)
    assert (told.written, told.kept) == (1, ())
    assert (town.folder / "releases" / "ab" / "index.html").read_text() == "a page"
    statement = json.loads((town.folder / "rounds" / manifest.id / "closing.json").read_bytes())
    assert statement["statement"]["state"] == "cancelled"


def test_merged_a_statement_is_replaced_only_by_a_later_one(town):
    published = town.house.rounds.find("spring")
    path = town.folder / "rounds" / published.manifest.id / "closing.json"
    key = read_signing_key(town.house.signing_key)
    said = [
        sign_statement(Statement(published.manifest.id, State.OPEN, published.manifest.closes, serial), key)
        for serial in (1, 2)
    ]
    for here, there, stays in ((said[0], said[1], said[1]), (said[1], said[0], said[1])):
        path.write_bytes(there)
        later = taken(town, "host", f"{len(list(town.folder.parent.iterdir()))}.backup")
        path.write_bytes(here)
        restored(town, later, merge=True)
        assert path.read_bytes() == stays


def test_another_society_is_never_merged_into(town, file, tmp_path):
    other = Society(tmp_path / "other")
    found(other.folder, None)
    with pytest.raises(RestoreRefused, match="another society"):
        restored(other, file, merge=True)


def test_options_of_one_party_are_refused_for_another(town, file):
    with pytest.raises(RestoreRefused, match="registrar"):
        restored(town, file, idle=True)
    with pytest.raises(RestoreRefused, match="tally"):
        restored(town, file, releases=(town.folder,))


@pytest.fixture
def volumes(monkeypatch):
    """Every folder is a file system of its own: a file is renamed within its folder only, as with mounted volumes.

    Returns what else fails: set `full` to the name of a folder, and nothing can be written there.
    """
    real, how = os.replace, SimpleNamespace(full=None)

    def replace(source, target):
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "another device")
        if Path(target).parent.name == how.full:
            raise OSError(errno.ENOSPC, "full")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    return how


def test_a_host_is_restored_into_volumes(town, file, tmp_path, volumes):
    new = Society(tmp_path / "new")
    (new.folder / "host").mkdir(parents=True)  # the empty mount point
    restored(new, file)
    before = files(town.folder)
    before.pop("releases/.ab.unfinished/part")
    assert files(new.folder) == before
    assert [path.name for path in new.folder.rglob(".*")] == []


@pytest.mark.parametrize("full", ["host", "new"])
def test_a_restoring_that_fails_leaves_no_copy_of_the_signing_key(town, file, tmp_path, volumes, full):
    new = Society(tmp_path / "new")
    key = town.house.signing_key.read_bytes()
    volumes.full = full
    with pytest.raises(OSError, match="full"):
        restored(new, file)
    left = [path for path in new.folder.rglob("*") if path.is_file() and path.read_bytes() == key]
    assert left == ([] if full == "host" else [new.folder / "host" / "signing.pem"])
    volumes.full = None
    restored(new, file)
    assert (new.folder / "host" / "signing.pem").read_bytes() == key
