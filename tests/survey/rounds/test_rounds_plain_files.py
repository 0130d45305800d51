"""Plain files are read whole, and nothing else is."""

import os
from pathlib import Path

import pytest

from host.time_limits import within
from survey.rounds.plain_files import read_plain


def test_a_plain_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert read_plain(path, 3) == b"abc"
    assert read_plain(path, 2) is None


@pytest.mark.parametrize("kind", ["none", "link", "folder", "pipe", "device"])
def test_nothing_but_a_plain_file_is_read_or_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    (tmp_path / "other").write_bytes(b"abc")
    if kind == "link":
        path.symlink_to(tmp_path / "other")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    assert within(5, lambda: read_plain(path, 10)) is None


def test_a_file_that_grows_while_it_is_read_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "file", os.fstat
    path.write_bytes(b"abc")

    def grown(descriptor: int) -> os.stat_result:
        state = real(descriptor)
        path.write_bytes(bytes(1000))
        return state

    monkeypatch.setattr(os, "fstat", grown)
    assert read_plain(path, 10) is None
