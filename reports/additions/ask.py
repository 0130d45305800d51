"""What a host asks its executives for, as `brief.json` of a release holds it: its own words, and what is left out.

With the file a release has a `brief.pdf`, even if the host gave no words and the file is `{}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from privacy.documents import canonical
from reports.errors import ReleaseError
from survey.rounds.any_manifest import AnyManifest

FILE: Final = "brief.json"
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Ask:
    """One decision, its cost band, what is measured after thirty days, and when to stop; empty where not given."""

    decision: str = ""
    cost: str = ""
    measure: str = ""
    stop: str = ""

    @property
    def complete(self) -> bool:
        return all(asdict(self).values())


def brief_bytes(_manifest: AnyManifest, document: object) -> bytes:
    """The file, from what a host gave. Raises: ReleaseError, naming the line."""
    return _written(_checked(document))


def read_brief(_manifest: AnyManifest, data: bytes | None) -> Ask | None:
    """What `brief_bytes` gave; nothing without a file. Raises: ReleaseError."""
    if data is None:
        return None
    try:
        ask = _checked(json.loads(data))
    except (ValueError, RecursionError):
        raise ReleaseError(f"{FILE} cannot be read; get the release again.") from None
    if _written(ask) != data:
        raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
    return ask


def _written(ask: Ask) -> bytes:
    return canonical({name: text for name, text in asdict(ask).items() if text})


def _checked(document: object) -> Ask:
    if not isinstance(document, Mapping) or set(document) - set(Ask.__slots__):
        raise ReleaseError(f"The brief: give {', '.join(Ask.__slots__)}, or some of them, and nothing else.")
    for name, text in document.items():
        if not isinstance(text, str) or not text.isprintable() or not text.strip() or len(text) > _LONGEST:
            raise ReleaseError(f"The brief, {name}: write one line of at most {_LONGEST} letters, or leave it out.")
    return Ask(**{name: text.strip() for name, text in document.items()})
