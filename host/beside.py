"""Folders of other releases, as they are given to stand beside a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.additions.beside import NEEDED, taken_from
from reports.checking.neighbours import check_not_withdrawn
from reports.errors import ReleaseError
from reports.published import read_served_manifest


def read_folders(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """What reports.additions.beside.beside_bytes takes. Raises: ReleaseError naming the folder."""
    return [_taken(folder) for folder in folders]


def _taken(folder: Path) -> dict[str, Any]:
    files = {name: _read(folder, name) for name in (*NEEDED, "manifest.json")}
    try:
        # One that the host's key did not sign says nothing: anybody could have laid it there.
        check_not_withdrawn(folder.resolve().parent, read_served_manifest(files["manifest.json"]))
    except ReleaseError as error:
        raise ReleaseError(f"--beside {folder}: {error}") from None
    return taken_from(files)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise ReleaseError(f"--beside: {folder} is not the folder of a release; it has no {name}.") from None
