"""What a host adds to a release: TOML files as the host writes them, made into files of the release."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from reports.margins import FILE as MARGINS
from reports.margins import margins_bytes
from survey.rounds.any_manifest import AnyManifest

# By the name of the file in the release.
Documents = Mapping[str, Any]

_WRITERS: Final[Mapping[str, Callable[[AnyManifest, Any], bytes]]] = {
    MARGINS: margins_bytes,
}


class NotReadable(ValueError):
    """A file that a host wants to add cannot be read."""


def read_toml(path: Path, option: str, what: str) -> dict[str, Any]:
    """option: that named the file; what: it should have been. Raises: NotReadable, naming both."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotReadable(f"{option} cannot be read; it is {what}.") from None


def added_files(manifest: AnyManifest, documents: Documents) -> dict[str, bytes]:
    """The files of the release, checked against the round's form. Raises: ReleaseError, naming what is wrong."""
    return {name: _WRITERS[name](manifest, document) for name, document in documents.items()}
