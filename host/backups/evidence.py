"""What releases tell of a ledger that was lost: their chain of charges, and their measurement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacy.documents import canonical
from privacy.errors import PrivacyError
from privacy.measurement import Measurement
from privacy.restoring import Evidence
from reports.additions.chain import FILE as CHAIN
from reports.additions.chain import check_ends_with, read_chain
from reports.errors import ReleaseError
from reports.promised import check_promised
from reports.record import read_record
from reports.signing import SIGNATURE, SUMS, read_sums, verify_sums
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.plain_files import read_plain

_MOST: Final = 256 * 1024 * 1024
_MANIFEST: Final = "manifest.json"
_FILES: Final = (_MANIFEST, "release.json", "measurements.json", CHAIN)


@dataclass(frozen=True, slots=True)
class Signed:
    """A manifest that is known here, as it was served: a release is believed only if its host signed it."""

    served: bytes
    manifest: AnyManifest


def evidence_in(folders: Iterable[Path], known: Iterable[Signed]) -> tuple[list[Evidence], list[Path]]:
    """What the releases in these folders show; and the folders of releases that cannot be believed."""
    by_bytes = {one.served: one.manifest for one in known}
    found, odd = [], []
    for folder in folders:
        try:
            found.append(_evidence(folder, by_bytes))
        except (ReleaseError, PrivacyError, ValueError, RecursionError, OverflowError):
            odd.append(folder)
    return found, odd


def release_folders(releases: Path, others: Iterable[Path]) -> Iterator[Path]:
    """Those in `releases/` with all their revisions, and those that were named."""
    inside = sorted(releases.iterdir()) if releases.is_dir() else []
    yield from (folder for folder in inside if folder.is_dir() and not folder.name.startswith("."))
    yield from others


def _evidence(folder: Path, known: Mapping[bytes, AnyManifest]) -> Evidence:
    files = {name: _read(folder / name) for name in (*_FILES, SUMS, SIGNATURE)}
    manifest = known.get(files[_MANIFEST])
    if manifest is None:
        raise ReleaseError("The release is of no round that is known here.")
    verify_sums(files[SUMS], files[SIGNATURE], Ed25519PublicKey.from_public_bytes(manifest.host_key))
    listed = read_sums(files[SUMS])
    if any(listed.get(name) != sha256(files[name]).hexdigest() for name in _FILES):
        raise ReleaseError("A file of the release is not the one that was signed.")
    entry, chain = read_record(files["release.json"]).entry, read_chain(files[CHAIN])
    check_ends_with(chain, entry)
    measurement = Measurement.from_json(json.loads(files["measurements.json"]))
    # That these are the very bytes that were stored: the entry, which the chain holds, is made for their digest.
    check_promised(manifest, measurement, entry)
    return Evidence(chain, {entry.measurement: canonical(measurement.to_json())})


def _read(path: Path) -> bytes:
    data = read_plain(path, _MOST)
    if data is None:
        raise ReleaseError(f"{path.name} is missing.")
    return data
