"""Revisions of a release, as `revision.json` holds what changed, and the chain that leads back to the first one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from reports.errors import ReleaseError
from reports.signing import SUMS, read_sums
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.revision import FILE, Revision, RevisionError, folder_name, read_revision_file, revision_from_json

__all__ = ["FILE", "Revision", "check_supersedes", "folder_name", "read_revision", "revision_bytes", "sums_digest"]

# What a correction cannot touch: the promise, and the one measurement that was ever made under it.
_KEPT: Final = ("manifest.json", "measurements.json")


def revision_bytes(_manifest: AnyManifest, document: object) -> bytes:
    """The file, from number, reason, day and supersedes. Raises: ReleaseError."""
    try:
        return revision_from_json(document).to_bytes()
    except RevisionError as fault:
        raise ReleaseError(f"{FILE} {fault}.") from None


def read_revision(_manifest: AnyManifest, data: bytes | None) -> Revision | None:
    """What `revision_bytes` gave; None without a file, which is the first release. Raises: ReleaseError."""
    try:
        return None if data is None else read_revision_file(data)
    except RevisionError as fault:
        raise ReleaseError(f"{FILE} {fault}; get the release again.") from None


def sums_digest(sums: bytes) -> str:
    """By what a revision names the one before it: SHA-256 of its SHA256SUMS, and so of every file in it."""
    return hashlib.sha256(sums).hexdigest()


def check_supersedes(revision: Revision, earlier_sums: bytes, files: Mapping[str, bytes]) -> None:
    """That the earlier revision is the one that this one names, and is of the same measurement.

    earlier_sums: the SHA256SUMS of the earlier one, whose signature was checked; files: of this one.
    Raises: ReleaseError.
    """
    if sums_digest(earlier_sums) != revision.supersedes:
        raise ReleaseError(
            f"{FILE} names another revision {revision.number - 1} than the one that lies beside this release."
        )
    earlier = read_sums(earlier_sums)
    for name in _KEPT:
        if earlier.get(name) != hashlib.sha256(files[name]).hexdigest():
            raise ReleaseError(
                f"{name} is not that of revision {revision.number - 1}: a correction never changes what was measured. "
                f"{SUMS} beside it tells."
            )
