"""The releases that the site hands out: whole ones of known rounds, file by file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from survey.case import FILE as CASE
from survey.pages.listing import ListedRound
from survey.rounds.folder import RoundsFolder, UnknownRound

PAGE: Final = "index.html"
TABLES: Final = "tables.csv"
_SUMS, _SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
# As `publish` names its files: nothing hidden, nothing below another folder.
_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")
_ROUND: Final = re.compile(r"[0-9a-f]{64}")
# What releases are made of, and no script: whatever else lies in their folder can only be saved.
_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".pem": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Release:
    """A published release: its round, what to call it, and whether a reader can make her case from it."""

    id: str
    title: str
    closed_day: str
    has_case: bool


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """content_type: None if it is nothing that a release is made of."""

    data: bytes
    content_type: str | None


class ReleasesFolder:
    """Reads `releases/`, anew for every request: a release may be copied in, or taken away, while the site runs."""

    def __init__(self, path: Path, rounds: RoundsFolder) -> None:
        self._path, self._rounds = path, rounds

    def of(self, known: Sequence[ListedRound]) -> list[Release]:
        """The whole releases among those of these rounds."""
        return [
            Release(one.id, one.title, one.closes_day, self.file(one.id, CASE) is not None)
            for one in known
            if self.has(one.id)
        ]

    def has(self, round_id: str) -> bool:
        """Whether there is a whole release of a round that is published here."""
        if not _ROUND.fullmatch(round_id) or not _is_whole(self._path / round_id):
            return False
        try:
            self._rounds.load(round_id)
        except UnknownRound:
            return False
        return True

    def tells_something(self, round_id: str) -> bool:
        """Whether its tables have more than the one row of a round that too few answered."""
        try:
            with (self._path / round_id / TABLES).open("rb") as lines:
                return self.has(round_id) and len(list(islice(lines, 3))) == 3
        except OSError:
            return False

    def file(self, round_id: str, name: str) -> ReleaseFile | None:
        """A plain file of a whole release, or None."""
        path = self._path / round_id / name
        # A link would lead out of what was published.
        if not _FILE.fullmatch(name) or not self.has(round_id) or path.is_symlink() or not path.is_file():
            return None
        try:
            data = path.read_bytes()
        except OSError:  # taken away in this very moment
            return None
        return ReleaseFile(data, "text/plain; charset=utf-8" if name == _SUMS else _TYPES.get(path.suffix))


def _is_whole(place: Path) -> bool:
    """Whether all files that its digests name are there: a copy under way may bring the signature first."""
    try:
        lines = (place / _SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return False
    names = [line.partition("  ")[2] for line in lines]
    plain = all(_FILE.fullmatch(name) and (place / name).is_file() for name in (*names, _SIGNATURE))
    return plain and {PAGE, TABLES} <= set(names) and not place.is_symlink()
