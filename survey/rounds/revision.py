"""What a corrected release says of itself, `revision.json`: its number, what changed, and which one it replaces.

The first release of a round has no such file. Revision 2 lies in `<round id>.2` beside it, and so on.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

import rfc8785

from survey.rounds.plain_text import one_line
from survey.rounds.times import day

FILE: Final = "revision.json"
MOST: Final = 9999
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FOLDER: Final = re.compile(r"([0-9a-f]{64})(?:\.([1-9][0-9]{0,3}))?")
_MEMBERS: Final = {"number", "reason", "day", "supersedes"}


class RevisionError(ValueError):
    """Not the document of a revision; the message follows its file's name."""


@dataclass(frozen=True, slots=True)
class Revision:
    """number: from 2. day: ISO 8601. supersedes: SHA-256 of the previous revision's SHA256SUMS, hex digits."""

    number: int
    reason: str
    day: str
    supersedes: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def to_bytes(self) -> bytes:
        return rfc8785.dumps(self.to_json())


def revision_from_json(document: object) -> Revision:
    """Raises: RevisionError."""
    if not isinstance(document, dict) or set(document) != _MEMBERS:
        raise RevisionError(f"needs {', '.join(sorted(_MEMBERS))}, and nothing else")
    number, supersedes = document["number"], document["supersedes"]
    if not isinstance(number, int) or isinstance(number, bool) or not 2 <= number <= MOST:
        raise RevisionError(f"has a number that is not from 2 to {MOST}")
    if not isinstance(supersedes, str) or not _DIGEST.fullmatch(supersedes):
        raise RevisionError("does not name the revision before it by 64 hex digits")
    try:
        when = day(document["day"])
    except ValueError:
        raise RevisionError("has a day that is not written as in 2026-12-31") from None
    try:
        return Revision(number, one_line(document["reason"]), when, supersedes)
    except ValueError as fault:
        raise RevisionError(f"has a reason that {fault}") from None


def read_revision_file(data: bytes) -> Revision:
    """A file as `Revision.to_bytes` gave it, and written in no other way. Raises: RevisionError."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise RevisionError("cannot be read") from None
    revision = revision_from_json(document)
    if revision.to_bytes() != data:
        raise RevisionError("is not written as `subrosa publish` writes it")
    return revision


def folder_name(round_id: str, number: int) -> str:
    """Of a revision in `releases/`: nothing there is ever overwritten."""
    return round_id if number == 1 else f"{round_id}.{number}"


def parse_folder(name: str) -> tuple[str, int | None] | None:
    """Round and number that a folder or address names, None where it names no number; None if it is neither."""
    found = _FOLDER.fullmatch(name)
    return None if found is None else (found[1], int(found[2]) if found[2] else None)
