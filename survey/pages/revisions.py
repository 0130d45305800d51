"""One published revision of a release: a folder whose every file is the one that its host signed.

What has been read once is kept until a file of the folder changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from survey.rounds.plain_files import read_plain
from survey.rounds.revision import FILE as REVISION
from survey.rounds.revision import Revision, RevisionError, read_revision_file
from survey.rounds.times import day

PAGE: Final = "index.html"
TABLES: Final = "tables.csv"
SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
_RECORD: Final = "release.json"
_NEEDED: Final = {PAGE, TABLES, _RECORD}
# As `publish` names its files: nothing hidden, nothing below another folder.
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9_.-]{0,200})")
_LARGEST_SUMS: Final = 1024 * 1024
_LARGEST_FILE: Final = 256 * 1024 * 1024
_SIGNATURE_BYTES: Final = 64

Mark = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class ListedFile:
    """digest: SHA-256, hex digits. size: bytes."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class PublishedRevision:
    """number: 1 for the first release. day: of its measurement, or of the correction (ISO 8601). reason: what changed.

    sums: SHA-256 of SHA256SUMS, which stands for all of it. files: by name, in order, digests and signature too.
    """

    number: int
    day: str
    reason: str
    supersedes: str
    sums: str
    folder: Path
    files: Mapping[str, ListedFile]

    @property
    def name(self) -> str:
        return self.folder.name

    def read(self, name: str) -> bytes | None:
        """The bytes that were signed; None if it has no such file, or it was changed or taken away just now."""
        listed = self.files.get(name)
        if listed is None:
            return None
        data = read_plain(self.folder / name, _LARGEST_FILE)
        return data if data is not None and hashlib.sha256(data).hexdigest() == listed.digest else None


class RevisionShelf:
    """Reads folders of releases. Safe to share by threads: a folder read twice at once gives the same twice."""

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[Mark, bytes, PublishedRevision | None]] = {}

    def read(self, folder: Path, round_id: str, number: int, host_key: bytes) -> PublishedRevision | None:
        """The revision, or None unless it is whole, of this round and number, and signed with the host's key.

        One folder is always read as the same revision.
        """
        mark = _mark(folder)
        if mark is None:
            return None
        kept = self._kept.get(folder)
        if kept is not None and kept[:2] == (mark, host_key):
            return kept[2]
        found = _read(folder, round_id, number, host_key)
        self._kept[folder] = (mark, host_key, found)
        return found


def _mark(folder: Path) -> Mark | None:
    """What changes when a file does: names, times, sizes and places on disk."""
    try:
        if folder.is_symlink():  # a link would lead out of what was published
            return None
        with os.scandir(folder) as entries:
            states = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
    except OSError:
        return None
    return tuple(sorted((name, info.st_mtime_ns, info.st_size, info.st_ino) for name, info in states))


def _read(folder: Path, round_id: str, number: int, host_key: bytes) -> PublishedRevision | None:
    sums = read_plain(folder / SUMS, _LARGEST_SUMS)
    signature = read_plain(folder / SIGNATURE, _SIGNATURE_BYTES)
    if sums is None or signature is None or not _signed(sums, signature, host_key):
        return None
    listed = _listed(sums)
    found = {name: read_plain(folder / name, _LARGEST_FILE) for name in listed}
    # A copy under way may bring the signature first, and other files in part.
    if not set(found) >= _NEEDED or any(
        data is None or hashlib.sha256(data).hexdigest() != listed[name] for name, data in found.items()
    ):
        return None
    files = {name: data for name, data in found.items() if data is not None} | {SUMS: sums, SIGNATURE: signature}
    stated = _stated(files.get(REVISION))
    of_round, measured = _recorded(files[_RECORD])
    # The host signs releases of other rounds with the same key: what it says of this one must lie at its own address.
    if of_round != round_id or (stated.number if stated else 1) != number:
        return None
    return PublishedRevision(
        number=number,
        day=stated.day if stated else measured,
        reason=stated.reason if stated else "",
        supersedes=stated.supersedes if stated else "",
        sums=hashlib.sha256(sums).hexdigest(),
        folder=folder,
        files={
            name: ListedFile(name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in sorted(files.items())
        },
    )


def _signed(sums: bytes, signature: bytes, host_key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(host_key).verify(signature, sums)
    except (InvalidSignature, ValueError):
        return False
    return True


def _listed(sums: bytes) -> dict[str, str]:
    """File name -> digest; nothing if it is no list of such."""
    lines = [_LINE.fullmatch(line) for line in sums.decode("ascii", "replace").splitlines()]
    return {} if None in lines else {line[2]: line[1] for line in lines if line is not None}


def _stated(data: bytes | None) -> Revision | None:
    """A document that cannot be read is that of no revision: it gets a number that none has."""
    try:
        return None if data is None else read_revision_file(data)
    except RevisionError:
        return Revision(0, "", "", "")


def _recorded(record: bytes) -> tuple[str, str]:
    """The round's id, and the day of the ledger entry: the only date that is the same wherever the release is copied.

    Nothing where they cannot be read.
    """
    try:
        document: Any = json.loads(record)
        of_round = document["round"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", ""
    try:
        return of_round, day(document["ledger"]["day"])
    except (ValueError, TypeError, KeyError):
        return of_round, ""
