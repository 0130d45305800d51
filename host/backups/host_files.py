"""Restoring the host's own files: the config, the signing key, rounds, manifests of measurements, releases.

They are written aside first, as a whole. From the renaming on that makes them a restored host they are only moved into
place, and a run that is interrupted there is finished by the next one. A run that fails leaves no signing key behind
but in its place; the next one takes it from the backup again.
"""

from __future__ import annotations

import errno
import json
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host.backups.archive import Backup, BackupDamaged, sync_folder
from host.backups.judging import RestoreRefused
from host.backups.taking import CONFIG, SIGNING
from host.folders import destroy
from survey.rounds.folder import CLOSING, MANIFEST, RoundsFolder, is_id, write_durably

_ASIDE: Final = ".restoring"
_WHOLE: Final = ".restored"
_FOLDERS: Final = {"host": 0o700, "measured": 0o700, "rounds": 0o755, "releases": 0o755}
_FILES: Final = {"host": 0o600, "measured": 0o600, "rounds": 0o644, "releases": 0o644, CONFIG: 0o644}


@dataclass(frozen=True, slots=True)
class RestoredHost:
    """How many files were written, and which are here otherwise than in the backup and were left as they are."""

    written: int
    kept: tuple[str, ...]


def restore_host(config: Path, backup: Backup, merge: bool) -> RestoredHost:
    """Write the host's files into the folder of `config`. Raises: RestoreRefused, BackupDamaged."""
    root = config.resolve().parent
    _check_names(backup)
    root.mkdir(parents=True, exist_ok=True)
    if not (root / "rounds").is_dir():
        return _restored(root, config, backup, merge)
    with RoundsFolder(root / "rounds").changing():
        return _restored(root, config, backup, merge)


def _restored(root: Path, config: Path, backup: Backup, merge: bool) -> RestoredHost:
    try:
        finish_interrupted(root, config)
        destroy(root / _ASIDE / SIGNING)
        shutil.rmtree(root / _ASIDE, ignore_errors=True)  # what a run left behind that never came to an end
        wanted, kept = _wanted(root, config, backup, merge)
        if wanted:
            _set_aside(root, backup, wanted)
            (root / _ASIDE).rename(root / _WHOLE)
            sync_folder(root)
            finish_interrupted(root, config)
    except BaseException:
        _leave_no_key(root)
        raise
    for folder, mode in _FOLDERS.items():
        if folder != "measured" and not (root / folder).exists():
            (root / folder).mkdir()
            (root / folder).chmod(mode)
    return RestoredHost(len(wanted), tuple(kept))


def finish_interrupted(root: Path, config: Path) -> None:
    """Move into place what an earlier run had written aside as a whole; the config last, without which nothing runs."""
    whole = root / _WHOLE
    if not whole.is_dir():
        return
    for name in sorted(_below(whole), key=lambda one: (one == CONFIG, one)):
        target = _target(root, config, name)
        for folder in reversed([one for one in target.parents if one.is_relative_to(root) and not one.exists()]):
            folder.mkdir()
            folder.chmod(_FOLDERS.get(folder.relative_to(root).parts[0], 0o755))
            sync_folder(folder.parent)
        _move(whole / name, target)
        sync_folder(target.parent)
    shutil.rmtree(whole)
    sync_folder(root)


def _move(source: Path, target: Path) -> None:
    """Also where the target's folder is a volume of its own, into which nothing can be renamed."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_durably(target, source.read_bytes(), stat.S_IMODE(source.stat().st_mode))
        destroy(source)


def _leave_no_key(root: Path) -> None:
    """Destroy every copy of the signing key that is not in its place."""
    unfinished = Path(SIGNING).with_name(f".{Path(SIGNING).name}.new")  # as `write_durably` names it
    for copy in (
        *(root / aside / name for aside in (_ASIDE, _WHOLE) for name in (SIGNING, unfinished)),
        root / unfinished,
    ):
        destroy(copy)


def _wanted(root: Path, config: Path, backup: Backup, merge: bool) -> tuple[list[str], list[str]]:
    """The names of files to write, and of those that stay as they are. Raises: RestoreRefused."""
    present = {name for name in _present(root, config) if not _same(_target(root, config, name), backup, name)}
    if present and not merge:
        raise RestoreRefused(
            f"There is a society in {root} already. Restore into an empty folder; or, to keep everything that is here "
            "and add what is missing, run this with --merge. Nothing was changed."
        )
    if SIGNING in present:
        raise RestoreRefused(
            "The signing key here is another one than in the backup: this is another society. Nothing was changed."
        )
    wanted, kept = [], []
    for name in backup.names:
        if not _target(root, config, name).exists() or (name in present and _is_later(root, backup, name)):
            wanted.append(name)
        elif name in present:
            kept.append(name)
    return wanted, kept


def _same(path: Path, backup: Backup, name: str) -> bool:
    return name in backup.names and path.read_bytes() == backup.read(name)


def _is_later(root: Path, backup: Backup, name: str) -> bool:
    """Whether a statement in the backup was made after the one that is here. All other documents never change."""
    return name.endswith(f"/{CLOSING}") and _serial(backup.read(name)) > _serial((root / name).read_bytes())


def _serial(statement: bytes) -> int:
    try:
        return int(json.loads(statement)["statement"]["serial"])
    except (ValueError, KeyError, TypeError):
        return -1


def _present(root: Path, config: Path) -> Iterator[str]:
    if config.exists():
        yield CONFIG
    if (root / SIGNING).exists():
        yield SIGNING
    for folder in ("measured", "rounds", "releases"):
        yield from (f"{folder}/{name}" for name in _below(root / folder) if not _is_hidden(name))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _target(root: Path, config: Path, name: str) -> Path:
    return config if name == CONFIG else root / name


def _set_aside(root: Path, backup: Backup, names: list[str]) -> None:
    aside = root / _ASIDE
    aside.mkdir(mode=0o700)
    for name in names:
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, backup.read(name), _FILES[name.partition("/")[0]])
    for folder in (aside, *(path for path in aside.rglob("*") if path.is_dir())):
        sync_folder(folder)  # the names of the folders themselves


def _check_names(backup: Backup) -> None:
    """Raises: BackupDamaged if there is a file among these that no host has."""
    shapes: dict[str, Callable[[list[str]], bool]] = {
        "host": lambda rest: rest == ["signing.pem"],
        "measured": lambda rest: len(rest) == 1 and is_id(rest[0].removesuffix(".json")),
        "rounds": lambda rest: len(rest) == 2 and is_id(rest[0]) and rest[1] in (MANIFEST, CLOSING),
        "releases": lambda rest: 1 <= len(rest) <= 2,
    }
    for name in backup.names:
        first, *rest = name.split("/")
        if name != CONFIG and not (first in shapes and shapes[first](rest)):
            raise BackupDamaged("it holds files that no host has")
    if {CONFIG, SIGNING} - set(backup.names):
        raise BackupDamaged("it has no config or no signing key")
