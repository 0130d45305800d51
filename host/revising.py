"""Where the next release of a round goes: corrections and withdrawals lie beside what they are about.

Nothing in `releases/` is ever overwritten.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacy.terms import Entry
from reports.additions.revision import Revision, check_supersedes, folder_name, sums_digest
from reports.errors import ReleaseError
from reports.record import read_record
from reports.signing import SIGNATURE, SUMS, verify_sums
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.folder import write_durably
from survey.rounds.plain_text import one_line
from survey.rounds.withdrawal import SUFFIX, Withdrawal, sign_withdrawal


class NotPublished(ValueError):
    """A release cannot be corrected or withdrawn, or not published now."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The revisions of one release in `releases/`."""

    releases: Path
    manifest: AnyManifest

    def folder(self, number: int) -> Path:
        return self.releases / folder_name(self.manifest.id, number)

    @property
    def latest(self) -> int:
        """The number of the last revision; 0 if nothing is published."""
        number = 0
        while os.path.lexists(self.folder(number + 1)):
            number += 1
        return number

    @property
    def tombstone(self) -> Path:
        return self.releases / f"{self.manifest.id}{SUFFIX}"

    def check_standing(self) -> None:
        """Raises: NotPublished if the release was withdrawn."""
        if os.path.lexists(self.tombstone):
            raise NotPublished(
                f"The release of '{self.manifest.name}' was withdrawn; it can be neither corrected nor published again."
            )

    def first(self) -> Path:
        """The folder of a release that is new. Raises: NotPublished."""
        if os.path.lexists(self.folder(1)):
            raise NotPublished(
                f"{self.folder(1)} exists already, and a release is never overwritten: to publish it anew beside that, "
                'give --correct "what was wrong".'
            )
        return self.folder(1)

    def correction(self, reason: str, today: str) -> Revision:
        """What the next revision says of itself. today: ISO 8601. Raises: NotPublished."""
        latest = self.latest
        if latest == 0:
            raise NotPublished(f"Nothing is published of '{self.manifest.name}' yet, so there is nothing to correct.")
        return Revision(latest + 1, _reason(reason, "--correct"), today, sums_digest(self._read(latest, SUMS)))

    def check_same(self, revision: Revision, files: Mapping[str, bytes], entry: Entry) -> None:
        """That a correction is of the measurement, and the charge, that were published before.

        Raises: NotPublished, ReleaseError.
        """
        before = revision.number - 1
        sums = self._read(before, SUMS)
        signer = Ed25519PublicKey.from_public_bytes(self.manifest.host_key)
        verify_sums(sums, self._read(before, SIGNATURE), signer)
        check_supersedes(revision, sums, files)
        if read_record(self._read(before, "release.json")).entry != entry:
            raise ReleaseError("The ledger has another entry of this round than the one it was published with.")

    def _read(self, number: int, name: str) -> bytes:
        try:
            return (self.folder(number) / name).read_bytes()
        except OSError:
            raise NotPublished(f"{self.folder(number)} is not whole; restore it before you correct it.") from None

    def withdraw(self, reason: str, today: str, key: Ed25519PrivateKey) -> Path:
        """Write the tombstone, on disk when this returns; every file of the release stays. Raises: NotPublished."""
        if self.latest == 0:
            raise NotPublished(f"Nothing is published of '{self.manifest.name}', so there is nothing to withdraw.")
        host_key = self.manifest.host_key
        if key.public_key().public_bytes_raw() != host_key:
            raise ReleaseError("This is not the key that signed the round's manifest; use the host's signing key.")
        said = Withdrawal(self.manifest.id, _reason(reason, "--withdraw"), today, host_key)
        write_durably(self.tombstone, sign_withdrawal(said, key), 0o644)
        return self.tombstone


@contextmanager
def publishing(shelf: Shelf) -> Iterator[None]:
    """One publisher at a time: what it has seen in the folder stays true until it is done.

    Raises: NotPublished if another is at work, or if the release was withdrawn.
    """
    shelf.releases.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(shelf.releases, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotPublished(
                "Another `subrosa publish` is at work here; wait until it is done, look at what it published, and then "
                "run yours again if it is still needed."
            ) from None
        _clear(shelf)
        shelf.check_standing()
        yield
    finally:
        os.close(descriptor)


def _clear(shelf: Shelf) -> None:
    """Take away what a publisher that was killed has left: hidden, and never read by anybody."""
    for left in shelf.releases.glob(f".{shelf.manifest.id}.*"):
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _reason(given: str, option: str) -> str:
    try:
        return one_line(given)
    except ValueError as fault:
        raise NotPublished(f"The reason that {option} gives {fault}.") from None
