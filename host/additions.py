"""What a host adds to a release: TOML files as the host writes them, made into files of the release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from reports.additions.about import FILE as ABOUT
from reports.additions.about import about_bytes
from reports.additions.ask import FILE as BRIEF
from reports.additions.ask import brief_bytes
from reports.additions.beside import FILE as BESIDE
from reports.additions.beside import beside_bytes
from reports.additions.bundled_guides import bundled_guide, guide_file
from reports.additions.guide import FILE as GUIDE
from reports.additions.margins import FILE as MARGINS
from reports.additions.margins import margins_bytes
from reports.additions.outside import FILE as OUTSIDE
from reports.additions.outside import outside_bytes
from reports.additions.revision import FILE as REVISION
from reports.additions.revision import revision_bytes
from survey.forms.toml import read_toml as read
from survey.rounds.any_manifest import AnyManifest

# By the name of the file in the release; None for one that it would have unasked, and is not to.
Documents = Mapping[str, Any]

_WRITERS: Final[Mapping[str, Callable[[AnyManifest, Any], bytes]]] = {
    BESIDE: beside_bytes,
    GUIDE: guide_file,
    ABOUT: about_bytes,
    MARGINS: margins_bytes,
    REVISION: revision_bytes,
    OUTSIDE: outside_bytes,
    BRIEF: brief_bytes,
}


class NotReadable(ValueError):
    """A file that a host wants to add cannot be read."""


def read_toml(path: Path, option: str, what: str) -> dict[str, Any]:
    """option: that named the file; what: it should have been. Raises: NotReadable, naming both."""
    try:
        return read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotReadable(f"{option} cannot be read: there is no file '{path}'; check its name.") from None
    except (OSError, ValueError):
        raise NotReadable(f"{option} cannot be read; it is {what}.") from None


def added_files(manifest: AnyManifest, documents: Documents) -> dict[str, bytes]:
    """The files of the release, checked against the round's form. Raises: ReleaseError, naming what is wrong.

    A form that comes with a guide has it in its releases, unless the host gives another one or wants none.
    """
    wanted = {GUIDE: bundled_guide(manifest.form)} | dict(documents)
    return {name: _WRITERS[name](manifest, document) for name, document in wanted.items() if document is not None}
