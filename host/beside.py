"""Folders of other releases, as they are given to stand beside a new one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.additions.beside import NEEDED, taken_from
from reports.errors import ReleaseError


def read_folders(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """What reports.additions.beside.beside_bytes takes. Raises: ReleaseError naming the folder."""
    return [taken_from({name: _read(folder, name) for name in NEEDED}) for folder in folders]


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise ReleaseError(f"Beside: {folder} is not the folder of a release; it has no {name}.") from None
