"""What lies beside a release that is checked: the revisions before and after it, and a withdrawal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reports.additions.revision import FILE, Revision, check_supersedes, folder_name, read_revision
from reports.errors import ReleaseError
from reports.signing import SIGNATURE, SUMS, read_sums, verify_sums
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.plain_files import read_plain
from survey.rounds.withdrawal import LONGEST, SUFFIX, WithdrawalError, read_withdrawal

# Anybody may have put something there, and what it is must not decide how long the check takes or what it needs.
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Neighbours:
    """In sentences: what they show of the release, and what they leave open."""

    established: tuple[str, ...] = ()
    not_established: tuple[str, ...] = ()


def look_beside(
    directory: Path,
    manifest: AnyManifest,
    files: Mapping[str, bytes],
    revision: Revision | None,
    signer: Ed25519PublicKey,
) -> Neighbours:
    """files: of the release that is checked, whose signature is good; revision: what it says it is.

    Raises: ReleaseError if it was withdrawn, or is not what should follow the revision that lies before it.
    """
    shelf = directory.resolve().parent
    doubts = list(check_not_withdrawn(shelf, manifest))
    number = revision.number if revision is not None else 1
    if _signed_sums(shelf / folder_name(manifest.id, number + 1), signer) is not None:
        doubts.append(
            f"That this is the latest: revision {number + 1}, which corrects it, lies beside it. Use that one."
        )
    if revision is None:
        return Neighbours((), tuple(doubts))
    back = _way_back(shelf, manifest, files, revision, signer)
    found = [f"It is revision {number}, made on {revision.day}. What changed, in the host's words: {revision.reason}"]
    if back < number:
        found.append(_followed(back, number))
    if back > 1:
        doubts.append(f"That revision {back} follows from the one before it, which does not lie beside it.")
    return Neighbours(tuple(found), tuple(doubts))


def _followed(back: int, number: int) -> str:
    same = "signed with the same key, and of the same measurement."
    if back == number - 1:
        return f"Revision {back}, which lies beside it, is the one that it replaces, by its digest: {same}"
    return (
        f"Revisions {back} to {number - 1}, which lie beside it, are those that it replaces, each named by its digest "
        f"in the next: {same}"
    )


def _way_back(
    shelf: Path, manifest: AnyManifest, files: Mapping[str, bytes], revision: Revision, signer: Ed25519PublicKey
) -> int:
    """The earliest revision that the chain could be followed to. Raises: ReleaseError where it is broken."""
    stated: Revision | None = revision
    reached = revision.number
    while stated is not None:
        folder = shelf / folder_name(manifest.id, stated.number - 1)
        earlier = _signed_sums(folder, signer)
        if earlier is None:
            break
        check_supersedes(stated, earlier, files)
        reached = stated.number - 1
        stated = _stated(folder, earlier, manifest, reached)
    return reached


def _signed_sums(folder: Path, signer: Ed25519PublicKey) -> bytes | None:
    """SHA256SUMS of a revision; None if it is not there. Raises: ReleaseError if another key signed it."""
    if folder.is_symlink():
        return None
    data, signature = read_plain(folder / SUMS, _LARGEST), read_plain(folder / SIGNATURE, _LARGEST)
    if data is None or signature is None:
        return None
    try:
        verify_sums(data, signature, signer)
    except ReleaseError:
        raise ReleaseError(
            f"{folder.name}, which lies beside this release, is not signed with the same key; ask the host."
        ) from None
    return data


def _stated(folder: Path, sums: bytes, manifest: AnyManifest, number: int) -> Revision | None:
    """What an earlier revision says of the one before it; None if it is the first, or its file is not at hand.

    Raises: ReleaseError if it is not the revision of this number, or its file is not what was signed.
    """
    other = ReleaseError(f"{folder.name}, which lies beside this release, is not revision {number}; ask the host.")
    listed = read_sums(sums).get(FILE)
    if (listed is None) != (number == 1):
        raise other
    data = read_plain(folder / FILE, _LARGEST) if listed is not None else None
    if data is None:
        return None
    if hashlib.sha256(data).hexdigest() != listed:
        raise ReleaseError(f"{FILE} in {folder.name}, which lies beside this release, is not the file that was signed.")
    stated = read_revision(manifest, data)
    if stated is not None and stated.number != number:
        raise other
    return stated


def check_not_withdrawn(shelf: Path, manifest: AnyManifest) -> tuple[str, ...]:
    """What one that the host did not sign leaves open. Raises: ReleaseError if the host withdrew the release."""
    path = shelf / f"{manifest.id}{SUFFIX}"
    data = read_plain(path, LONGEST)
    if data is None and (path.is_symlink() or path.exists()):
        return ("That it still stands: what lies beside it as its withdrawal cannot be read. Ask the host.",)
    if data is None:
        return ()
    try:
        said = read_withdrawal(data, manifest.id, manifest.host_key)
    except WithdrawalError:
        return ("That it still stands: a withdrawal lies beside it, which the host's key did not sign. Ask the host.",)
    raise ReleaseError(f"The host withdrew this release on {said.day}. Why: {said.reason}")
