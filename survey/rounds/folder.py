"""The folder `rounds/`: public documents only, one folder a round, read by every role and written by the host."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from survey.rounds.closing import Statement, StatementError, read_statement
from survey.rounds.manifest import Manifest, ManifestError, read_manifest

MANIFEST: Final = "manifest.json"
CLOSING: Final = "closing.json"
_ID: Final = re.compile("[0-9a-f]{64}")


class UnknownRound(LookupError):
    """No round, or more than one, goes by this id or name."""


@dataclass(frozen=True, slots=True)
class PublishedRound:
    """A round as its folder has it: the served bytes, what they say, and the last statement if there is one."""

    served: bytes
    manifest: Manifest
    closing: bytes | None
    statement: Statement | None


class RoundsFolder:
    """Reads `rounds/`; what has been read once is kept until its file changes. Safe to share by threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, tuple[tuple[int, int], PublishedRound]] = {}

    def ids(self) -> list[str]:
        if not self._path.is_dir():
            return []
        names = (entry.name for entry in self._path.iterdir() if (entry / MANIFEST).is_file())
        return sorted(name for name in names if is_id(name))  # a copy someone made beside a round is no round

    def all(self) -> list[PublishedRound]:
        return [self.load(round_id) for round_id in self.ids()]

    def load(self, round_id: str) -> PublishedRound:
        """The round with this full id. Raises: UnknownRound; ManifestError if the folder was tampered with."""
        if not is_id(round_id):
            raise UnknownRound("There is no such round here; check the address or the invitation link.")
        # `closing.json` is replaced as a whole, so that its time and size tell one version from the next.
        mark = _mark(f"{self._path}/{round_id}/{CLOSING}")
        kept = self._kept.get(round_id)
        if kept is not None and kept[0] == mark:
            return kept[1]
        folder = self._path / round_id
        try:
            served = kept[1].served if kept else (folder / MANIFEST).read_bytes()
        except OSError:
            raise UnknownRound("There is no such round here; check the address or the invitation link.") from None
        manifest = kept[1].manifest if kept else read_manifest(served, round_id)
        closing = (folder / CLOSING).read_bytes() if mark != (0, 0) else None
        found = PublishedRound(
            served, manifest, closing, read_statement(closing, manifest) if closing is not None else None
        )
        self._kept[round_id] = (mark, found)
        return found

    def find(self, name: str) -> PublishedRound:
        """The round with this id, unique prefix of an id (from 4 digits), or host's short name."""
        rounds = self.all()
        exact = [r for r in rounds if name in (r.manifest.id, r.manifest.name)]
        matches = exact or [r for r in rounds if len(name) >= 4 and r.manifest.id.startswith(name)]
        if len(matches) != 1:
            what = "No round" if not matches else "More than one round"
            raise UnknownRound(f"{what} goes by '{name}'; see `subrosa round list` and give more of its id.")
        return matches[0]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One host command at a time changes rounds: what it has read stays true until it is done."""
        self._path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def remove(self, round_id: str) -> None:
        """Take back a round that nobody can have seen yet. Raises: OSError if it could not be."""
        (self._path / round_id / MANIFEST).unlink(missing_ok=True)
        (self._path / round_id).rmdir()

    def add(self, served: bytes) -> Manifest:
        """Publish a new manifest. Raises: FileExistsError if the round is there already."""
        manifest = read_manifest(served)
        folder = self._path / manifest.id
        if (folder / MANIFEST).exists():
            raise FileExistsError(errno.EEXIST, "this round is there already")
        folder.mkdir(parents=True, exist_ok=True)  # a run that was cut short may have left it empty
        folder.chmod(0o755)
        write_durably(folder / MANIFEST, served, 0o644)
        return manifest

    def state(self, manifest: Manifest, signed_statement: bytes) -> None:
        """Publish a new closing statement. Raises: StatementError, also if a later one is published already."""
        statement, last = read_statement(signed_statement, manifest), self.load(manifest.id).statement
        if last is not None and statement.serial <= last.serial:
            raise StatementError("A later closing statement of this round is published already; it still holds.")
        write_durably(self._path / manifest.id / CLOSING, signed_statement, 0o644)


def write_durably(path: Path, data: bytes, mode: int) -> None:
    """Replace a file as a whole, on disk before this returns: a reader sees the old bytes or the new ones."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask: what is public must stay readable to the other roles
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def is_id(name: str) -> bool:
    """Whether a file or folder has the name of a manifest: 64 hex digits."""
    return _ID.fullmatch(name) is not None


def _mark(path: str) -> tuple[int, int]:
    """Asked at every request, hence no `Path`: making one takes longer than asking."""
    try:
        info = os.stat(path)  # noqa: PTH116
    except OSError:
        return (0, 0)
    return (info.st_mtime_ns, info.st_size)


__all__ = ["ManifestError", "PublishedRound", "RoundsFolder", "UnknownRound", "is_id", "write_durably"]
