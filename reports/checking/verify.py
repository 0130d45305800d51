"""Checking a release: everything in it is derived again from its measurements and compared byte by byte."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacy.errors import PrivacyError
from privacy.measurement import Measurement
from reports.additions.added import ADDITIONS, Added
from reports.checking.differences import Difference, difference
from reports.checking.neighbours import look_beside
from reports.checking.verdict import Checked, Verdict, established, not_established, other_software
from reports.errors import ReleaseError
from reports.microdata.making import LIBRARIES
from reports.microdata.records_csv import FILE as MICRODATA
from reports.microdata.redrawing import not_redrawn
from reports.published import read_served_manifest
from reports.record import Record, read_record
from reports.release import derive
from reports.signing import (
    PUBLIC_KEY,
    SIGNATURE,
    SUMS,
    fingerprint,
    raw,
    read_public_pem,
    read_sums,
    sums,
    verify_sums,
)
from reports.versions import DISTRIBUTIONS, installed_versions
from survey.rounds.any_manifest import AnyManifest

_FINGERPRINT: Final = re.compile(r"[0-9a-fA-F]{64}")
_NAMED: Final = frozenset(DISTRIBUTIONS)
# What numbers and texts lead to that are signed, but that no software of ours would have written.
_ABSURD: Final = (ValueError, MemoryError, ArithmeticError, RecursionError)
_ALWAYS: Final = {"manifest.json", "release.json", "measurements.json"}


def verify_release(directory: Path, key: str | Path | None = None, redraw: bool = True) -> Verdict:
    """Check the release in a folder.

    key: a file with the host's public key in PEM, or its fingerprint (SHA-256 of the raw key, 64 hex digits). A file
    of the release itself must fit as well, but does not count: then the signer is not checked.
    redraw: draw synthetic records again where the library for it is installed; takes up to minutes.
    Raises: ReleaseError with the first thing that is wrong.
    """
    files = _read(directory)
    signer = _check_signature(files)
    own_key = key is not None and _lies_in(directory, files, key)
    signer_checked = key is not None and not own_key
    if key is not None:
        _check_signer(signer, key)
    manifest = _check_manifest(files, signer)
    record = read_record(files["release.json"])
    given = {name: files[name] for name in ADDITIONS & set(files)}
    derived, added = _derive(files, record, given)
    beside = look_beside(directory, manifest, files, added.revision, signer)
    if odd := sorted(set(derived) ^ (set(files) - {SIGNATURE})):
        raise ReleaseError(f"{odd[0]!r} is missing from this release, or does not belong in it.")
    notes = _compare(files, derived, record.versions)
    drawn = _redrawn(manifest, files, record, redraw and added.records is not None)
    checked = Checked(manifest, record, added, signer, signer_checked, drawn)
    return Verdict(
        manifest.id,
        manifest.source,
        fingerprint(signer),
        signer_checked,
        not notes,
        checked.redrawn,
        (*established(checked, bool(notes)), *beside.established),
        (*notes, *beside.not_established, *not_established(checked, own_key)),
    )


def _read(directory: Path) -> dict[str, bytes]:
    """Every file of the folder, which must hold what SHA256SUMS lists and nothing else."""
    try:
        entries = {entry.name: entry for entry in directory.iterdir()}
        if SUMS not in entries:
            raise ReleaseError(f"{directory} holds no release: {_instead(entries)}")
        odd = sorted(n for n, entry in entries.items() if entry.is_symlink() or not entry.is_file())
        if odd:
            raise ReleaseError(f"{odd[0]!r} is not a plain file; a release holds nothing else.")
        listed = set(read_sums(entries[SUMS].read_bytes())) | {SUMS, SIGNATURE}
        needed = listed | _ALWAYS | {PUBLIC_KEY}
        if missing := sorted(needed - set(entries)):
            raise ReleaseError(f"{missing[0]} is missing; get the release again.")
        if extra := sorted(set(entries) - listed):
            raise ReleaseError(f"{extra[0]!r} is not part of the release that was signed; take it out.")
        return {name: entry.read_bytes() for name, entry in sorted(entries.items())}
    except FileNotFoundError:
        raise ReleaseError(f"{directory} does not exist; check the path.") from None
    except NotADirectoryError:
        raise ReleaseError(f"{directory} is not a folder; give the folder of the release.") from None
    except OSError as error:
        raise ReleaseError(f"{directory} cannot be read ({error.strerror}); check the path.") from None


def _instead(entries: Mapping[str, Path]) -> str:
    """What to do with a folder that is no release, but may hold some."""
    inside = sorted(name for name, entry in entries.items() if (entry / SUMS).is_file())
    if not inside:
        return f"there is no {SUMS} in it."
    if len(inside) == 1:
        return f"give the folder inside it that does, {inside[0]!r}."
    return f"give one of the {len(inside)} folders inside it that do, such as {inside[0]!r}."


def _check_signature(files: Mapping[str, bytes]) -> Ed25519PublicKey:
    signer = read_public_pem(files[PUBLIC_KEY])
    verify_sums(files[SUMS], files[SIGNATURE], signer)
    for name, digest in read_sums(files[SUMS]).items():
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise ReleaseError(f"{name} is not the file that was signed; get the release again.")
    if sums({name: data for name, data in files.items() if name not in (SUMS, SIGNATURE)}) != files[SUMS]:
        raise ReleaseError(f"{SUMS} does not list exactly the files of the release, in order.")
    return signer


def _lies_in(directory: Path, files: Mapping[str, bytes], key: str | Path) -> bool:
    """Whether the key that was given is a file of the release itself, under whatever name."""
    try:
        return any(Path(key).samefile(directory / name) for name in files)
    except (OSError, ValueError):
        return False  # a fingerprint, or nothing that can be read


def _check_signer(signer: Ed25519PublicKey, key: str | Path) -> None:
    wanted = _wanted(key)
    if fingerprint(signer) != wanted:
        raise ReleaseError(
            f"The release was signed with another key ({fingerprint(signer)}) than the one you gave ({wanted})."
        )


def _wanted(key: str | Path) -> str:
    """The fingerprint that was given, or that of the key in the file that was given."""
    written = str(key).replace(":", "").strip()
    if _FINGERPRINT.fullmatch(written):
        return written.lower()
    if written.lower().startswith(("http//", "https//")):
        raise ReleaseError("A key from an address proves nothing; give the fingerprint that the host told you itself.")
    try:
        data = Path(key).read_bytes()
    except (OSError, ValueError):
        raise ReleaseError(
            "The key is neither a fingerprint of 64 hex digits nor a file that can be read; check --key."
        ) from None
    return fingerprint(read_public_pem(data))


def _check_manifest(files: Mapping[str, bytes], signer: Ed25519PublicKey) -> AnyManifest:
    manifest = read_served_manifest(files["manifest.json"])
    if manifest.host_key != raw(signer):
        raise ReleaseError("The release is signed with another key than the manifest of its round.")
    return manifest


def _derive(files: Mapping[str, bytes], record: Record, given: Mapping[str, bytes]) -> tuple[dict[str, bytes], Added]:
    try:
        measurement = Measurement.from_json(json.loads(files["measurements.json"]))
    except (*_ABSURD, PrivacyError) as error:
        raise ReleaseError(f"measurements.json cannot be read ({error}); get the release again.") from None
    served, closing = files["manifest.json"], files.get("closing.json")
    try:
        return derive(served, closing, measurement, record.entry, record.versions, record.language, given)
    except ReleaseError:
        raise
    except (*_ABSURD, PrivacyError) as error:
        raise ReleaseError(
            f"No release can be made of what this one holds ({type(error).__name__}); get the release again."
        ) from None


def _redrawn(manifest: AnyManifest, files: Mapping[str, bytes], record: Record, wanted: bool) -> str | None:
    """Why the synthetic records were not drawn again; None if they were, and are the same. Raises: ReleaseError."""
    if not wanted:
        return "it was not asked for"
    measurement = Measurement.from_json(json.loads(files["measurements.json"]))
    return not_redrawn(manifest, measurement, record.versions, files[MICRODATA])


def _compare(files: Mapping[str, bytes], derived: Mapping[str, bytes], made_with: Mapping[str, str]) -> list[str]:
    """What could not be checked because other software made the release. Raises: ReleaseError at a difference."""
    here = dict(installed_versions())
    made_with = {name: made for name, made in made_with.items() if name not in LIBRARIES}  # these made no derived file
    same = set(made_with) >= _NAMED and dict(made_with).items() <= here.items()
    notes = []
    for name in sorted(set(derived) - {SUMS}):
        found = difference(name, files[name], derived[name])
        if found is None:
            continue
        if same or found.kind is Difference.Kind.FIGURE:
            raise ReleaseError(found.sentence)
        notes.append(found.sentence)
    if notes:
        notes.insert(0, other_software(made_with, here))
    return notes
