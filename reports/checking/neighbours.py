"""What lies beside a release that is checked: the revisions before and after it, and a withdrawal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reports.additions.revision import FILE, Revision, check_supersedes, folder_name, read_revision
from reports.errors import ReleaseError
from reports.signing import SIGNATURE, SUMS, read_sums, verify_sums
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.withdrawal import SUFFIX, WithdrawalError, read_withdrawal


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
        stated = _stated(folder, earlier, manifest)
    return reached


def _signed_sums(folder: Path, signer: Ed25519PublicKey) -> bytes | None:
    """SHA256SUMS of a revision; None if it is not there. Raises: ReleaseError if another key signed it."""
    try:
        data, signature = (folder / SUMS).read_bytes(), (folder / SIGNATURE).read_bytes()
    except OSError:
        return None
    try:
        verify_sums(data, signature, signer)
    except ReleaseError:
        raise ReleaseError(
            f"{folder.name}, which lies beside this release, is not signed with the same key; ask the host."
        ) from None
    return data


def _stated(folder: Path, sums: bytes, manifest: AnyManifest) -> Revision | None:
    """What an earlier revision says of the one before it; None if it is the first, or its file is not at hand."""
    listed = read_sums(sums).get(FILE)
    try:
        data = (folder / FILE).read_bytes() if listed is not None else None
    except OSError:
        return None
    if data is not None and hashlib.sha256(data).hexdigest() != listed:
        raise ReleaseError(f"{FILE} in {folder.name}, which lies beside this release, is not the file that was signed.")
    return read_revision(manifest, data)


def check_not_withdrawn(shelf: Path, manifest: AnyManifest) -> tuple[str, ...]:
    """What one that the host did not sign leaves open. Raises: ReleaseError if the host withdrew the release."""
    try:
        data = (shelf / f"{manifest.id}{SUFFIX}").read_bytes()
    except OSError:
        return ()
    try:
        said = read_withdrawal(data, manifest.id, manifest.host_key)
    except WithdrawalError:
        return ("That it still stands: a withdrawal lies beside it, which the host's key did not sign. Ask the host.",)
    raise ReleaseError(f"The host withdrew this release on {said.day}. Why: {said.reason}")
