"""What a role needs is looked at without leaving anything behind, on file systems of either kind."""

import errno
import os
import socket
from types import SimpleNamespace

import pytest

from host import probes
from host.coarse_counts import CoarseCounts
from host.probes import LITTLE_ROOM, check_readable, check_room, nearly_full
from host.roles import Role, _checks, _tell_numbers
from survey.readiness import Readiness


@pytest.fixture(params=[None, errno.EOPNOTSUPP, errno.EISDIR])
def file_system(request, monkeypatch):
    """One that knows files without names, and those that do not."""
    if request.param is None:
        return

    def opening(path, flags, mode=0o777):
        raise OSError(request.param, "no such kind of file")

    monkeypatch.setattr(probes, "os", SimpleNamespace(**vars(os) | {"open": opening}))


@pytest.mark.usefixtures("file_system")
def test_a_folder_with_room_is_found_to_have_it_and_stays_empty(tmp_path):
    check_room(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not nearly_full(tmp_path) or probes.free_bytes(tmp_path) < LITTLE_ROOM


@pytest.mark.usefixtures("file_system")
def test_one_that_is_not_there_has_no_room(tmp_path):
    with pytest.raises(OSError):
        check_room(tmp_path / "away")
    assert nearly_full(tmp_path / "away")


def test_a_file_system_that_knows_only_numbers_is_full_where_they_say_so(tmp_path, monkeypatch):
    full = SimpleNamespace(f_bavail=1, f_frsize=4096)
    monkeypatch.setattr(probes, "os", SimpleNamespace(**vars(os) | {"statvfs": lambda _folder: full, "O_TMPFILE": 0}))
    with pytest.raises(OSError, match="no room"):
        check_room(tmp_path)  # opened as what it is: a folder, which such a file system says it is
    assert nearly_full(tmp_path)


def test_rounds_are_readable_where_there_is_a_folder_and_nowhere_else(tmp_path):
    check_readable(tmp_path)
    (tmp_path / "file").touch()
    for path in (tmp_path / "away", tmp_path / "file"):
        with pytest.raises(OSError):
            check_readable(path)


def test_the_disk_is_looked_at_where_it_holds_the_database_and_not_where_a_server_does(tmp_path):
    assert set(_checks(tmp_path, lambda: None, None, tmp_path)) == {"rounds", "store"}


def test_a_place_that_is_taken_silences_the_numbers_and_not_the_role(caplog):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        listen = f"127.0.0.1:{busy.getsockname()[1]}"
        _tell_numbers(listen, "site", Role(None, {}), Readiness({}), CoarseCounts(1, 300))
    assert [record.getMessage() for record in caplog.records] == ["The numbers of the site cannot be told: OSError"]
