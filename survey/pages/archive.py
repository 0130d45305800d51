"""A whole revision as one file to download: the same bytes every time and everywhere.

Stored, not compressed: what a compressor makes of the same bytes depends on its version.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from threading import Lock
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from survey.pages.revisions import PublishedRevision

ARCHIVE: Final = "release.zip"
_LAYOUT: Final = "subrosa/archive/v1"  # a new one, and so a new ETag, if the bytes below are ever made otherwise
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows
_PLAIN_FILE: Final = 0o100644 << 16
_UNIX: Final = 3
_HEADERS: Final = 30 + 46  # of a file, before it and in the directory
_END: Final = 22
_KEPT: Final = 2


def archive_digest(revision: PublishedRevision) -> str:
    """What names the bytes without making them: they follow from the names and digests of the files."""
    parts = [_LAYOUT, revision.name, *(f"{file.name} {file.digest}" for file in revision.files.values())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def archive_size(revision: PublishedRevision) -> int:
    """In bytes, without making it: every file as it is, its name twice, and headers of a fixed size."""
    names = (2 * len(f"{revision.name}/{name}") + file.size for name, file in revision.files.items())
    return sum(names) + len(revision.files) * _HEADERS + _END


def make_archive(revision: PublishedRevision) -> bytes | None:
    """The files in a folder named as in `releases/`, in order; None if one was changed or taken away just now."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name in revision.files:
            data = revision.read(name)
            if data is None:
                return None
            entry = ZipInfo(f"{revision.name}/{name}", _TIME)
            entry.external_attr, entry.create_system = _PLAIN_FILE, _UNIX
            archive.writestr(entry, data)
    return buffer.getvalue()


class KeptArchives:
    """The last few archives, so that somebody who fetches one in parts does not have it made for every part."""

    def __init__(self, make: Callable[[PublishedRevision], bytes | None] = make_archive) -> None:
        self._make, self._kept, self._lock = make, {}, Lock()  # type: ignore[var-annotated]

    def of(self, revision: PublishedRevision) -> bytes | None:
        """One at a time: many who ask at once wait for one that is made."""
        digest = archive_digest(revision)
        with self._lock:
            data = self._kept.pop(digest, None) or self._make(revision)
            if data is not None:
                self._kept[digest] = data  # the one asked for last stands last
                for old in list(self._kept)[:-_KEPT]:
                    del self._kept[old]
            return data
