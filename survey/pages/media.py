"""What kind of file each of a release is to a browser: none is of a kind that runs."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from survey.pages.revisions import SUMS

_TEXT: Final = "text/plain; charset=utf-8"
_SHOWN: Final = {
    ".cff": _TEXT,
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".md": _TEXT,
    ".pem": _TEXT,
    ".py": _TEXT,
    ".r": _TEXT,
    ".svg": "image/svg+xml",
    ".txt": _TEXT,
}
# Programs that open these take more from them than a page may.
_SAVED: Final = {
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
}


_UNKNOWN: Final = "application/octet-stream"


def kinds() -> tuple[str, ...]:
    """Every content type that a file of a release may have, without parameters."""
    found = {*_SHOWN.values(), *_SAVED.values(), _UNKNOWN}
    return tuple(sorted({kind.partition(";")[0] for kind in found}))


def media_type(name: str) -> tuple[str, bool]:
    """The content type of a file by its name, and whether a browser is to save it instead of showing it."""
    suffix = PurePath(name).suffix.lower()
    if name == SUMS:
        return _TEXT, False
    if suffix in _SHOWN:
        return _SHOWN[suffix], False
    return _SAVED.get(suffix, _UNKNOWN), True
