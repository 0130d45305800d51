"""A backup as one file: a tar archive of plain parts, and last of all a list of them with their digests.

Any program opens it that opens tar. There is no time in it but a day, no user and no order but that of names and
keys, so that the same contents always make the same bytes. The digests show damage. They do not show forgery: who can
write a backup can write its list as well.
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import rfc8785

from host.backups.described import Description, NotDescribed, Role

FORMAT: Final = "subrosa/backup/v1"
_LIST: Final = "backup.json"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_MOST_LISTED: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 1024 * 1024


class BackupDamaged(ValueError):
    """A file that is no backup, or not as it was written. Nothing was changed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This backup cannot be used: {why}. Nothing was changed; take another one.")


class BackupExists(ValueError):
    """A backup is written over nothing, unless that is asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} exists already; name a new file, or say --replace to put the new backup in its place."
        )


class NoFolder(LookupError):
    """There is nowhere to write to."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} cannot be written: there is no folder {path.parent}. Make it first.")


@dataclass(slots=True)
class Writer:
    """Takes the parts of a backup, one by one."""

    _tar: tarfile.TarFile
    _parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> None:
        """Raises: ValueError if the name is not plain, or taken."""
        if not _NAME.fullmatch(name) or name in self._parts:
            raise ValueError("a part of a backup needs a plain name of its own")
        self._parts[name] = {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
        self._put(name, data)

    def close(self, description: Description) -> None:
        document = {"format": FORMAT, **description.to_json(), "parts": list(self._parts.values())}
        self._put(_LIST, rfc8785.dumps(document))

    def _put(self, name: str, data: bytes) -> None:
        head = tarfile.TarInfo(name)
        head.size, head.mode = len(data), 0o600
        self._tar.addfile(head, io.BytesIO(data))


def give_new_name(temporary: Path, out: Path) -> None:
    """Raises: BackupExists. Unlike a renaming, a link never takes the place of a file that came to be in between."""
    try:
        os.link(temporary, out)
    except FileExistsError:
        raise BackupExists(out) from None


@contextmanager
def new_backup(out: Path, give_name: Callable[[Path, Path], None] = give_new_name) -> Iterator[Writer]:
    """A new file of mode 0600, on disk as a whole when the block ends, or not there at all.

    give_name: gives the whole file its name; the usual one refuses to write over anything.
    Raises: BackupExists, NoFolder.
    """
    if give_name is give_new_name and os.path.lexists(out):
        raise BackupExists(out)
    if not out.parent.is_dir():
        raise NoFolder(out)
    temporary = out.with_name(f".{out.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        give_name(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(out.parent)


def sync_folder(folder: Path) -> None:
    """What was named or renamed in it is so on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _PlainHead(tarfile.TarInfo):
    """The head of a plain file: of any other kind, what is announced would be read before anybody could refuse it."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        head = super().frombuf(buf, encoding, errors)
        if head.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or head.size < 0:
            raise BackupDamaged("it holds what no backup holds")
        return head


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup whose every byte was compared with its list."""

    path: Path
    description: Description
    _places: dict[str, _Place] = field(repr=False)

    @property
    def role(self) -> Role:
        return self.description.role

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._places)

    @classmethod
    def open(cls, path: Path) -> Backup:
        """Raises: BackupDamaged."""
        try:
            with path.open("rb") as file:
                found, listed = _read(file)
        except OSError:
            raise BackupDamaged("it cannot be read") from None
        except BackupDamaged:
            raise
        except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError):
            raise BackupDamaged("it is no backup, or cut short") from None
        parts = [{"name": name, "size": p.size, "sha256": p.digest} for name, p in found.items()]
        if not isinstance(listed, dict) or listed.get("format") != FORMAT or listed.pop("parts", None) != parts:
            raise BackupDamaged("its parts are not those of its list")
        listed.pop("format")
        try:
            description = Description.from_json(listed)
        except NotDescribed as fault:
            raise BackupDamaged(str(fault)) from None
        return cls(path, description, found)

    def read(self, name: str) -> bytes:
        """A part. Raises: BackupDamaged, also if the file was changed after it was opened."""
        place = self._places[name]
        try:
            with self.path.open("rb") as file:
                file.seek(place.start)
                data = file.read(place.size)
        except OSError:
            raise BackupDamaged("it cannot be read") from None
        if sha256(data).hexdigest() != place.digest:
            raise BackupDamaged("it was changed while it was read")
        return data


def _read(file: BinaryIO) -> tuple[dict[str, _Place], Any]:
    """Where each part lies and what its digest is; and the list, which comes last."""
    found: dict[str, _Place] = {}
    with tarfile.open(fileobj=file, mode="r:", format=tarfile.USTAR_FORMAT, tarinfo=_PlainHead) as tar:
        for member in tar:
            if not member.isreg() or not _NAME.fullmatch(member.name) or member.name in found or member.issparse():
                raise BackupDamaged("it holds what no backup holds")
            if member.name == _LIST:
                return found, _listed(tar, member)
            found[member.name] = _Place(member.offset_data, member.size, _digest(tar, member))
    raise BackupDamaged("its end is missing")


def _listed(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    data = tar.extractfile(member)
    if data is None or member.size > _MOST_LISTED or tar.next() is not None:
        raise BackupDamaged("its list is not one, or something comes after it")
    return json.loads(data.read())


def _digest(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    data, digest, left = tar.extractfile(member), sha256(), member.size
    while data is not None and (some := data.read(_AT_ONCE)):
        digest.update(some)
        left -= len(some)
    if left:
        raise BackupDamaged("it is cut short")
    return digest.hexdigest()
