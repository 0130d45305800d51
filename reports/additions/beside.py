"""Measured releases to compare a round with, as `beside.json` of its release holds them.

Of each there is what its figures follow from, and what binds that to the key of its host: release.json (which holds
manifest, closing statement, ledger entry and versions), measurements.json, SHA256SUMS and the signature over it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacy.documents import canonical, items, members, text
from privacy.errors import DocumentError, PrivacyError
from privacy.measurement import Measurement
from privacy.terms import Entry
from reports.entries import entry_from_json
from reports.errors import ReleaseError
from reports.promised import check_promised
from reports.published import read_served_closing, read_served_manifest
from reports.signing import SIGNATURE, SUMS, read_sums, verify_sums
from survey.forms.alike import shared_questions
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import Statement

FILE = "beside.json"
_OPTION: Final = "--beside"  # a host who publishes knows what she gave, and not yet the file
FORMAT: Final = "subrosa/beside/v1"
MOST: Final = 12  # what a page can show beside each other
_RECORD, _MEASURED, _MANIFEST, _CLOSING = "release.json", "measurements.json", "manifest.json", "closing.json"
NEEDED: Final = (_RECORD, _MEASURED, SUMS, SIGNATURE)
"""The files of another release that are kept."""

# What texts and numbers lead to that no software of ours would have written.
_ABSURD = (ValueError, KeyError, TypeError, MemoryError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What the figures of a release follow from."""

    manifest: AnyManifest
    statement: Statement | None
    measurement: Measurement
    entry: Entry


def taken_from(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What beside.json keeps of the files of another release, of which it needs NEEDED. Raises: ReleaseError."""
    try:
        return {
            "release": files[_RECORD].decode("utf-8"),
            "measurements": json.loads(files[_MEASURED]),
            "sums": files[SUMS].decode("ascii"),
            "signature": files[SIGNATURE].hex(),
        }
    except (ValueError, RecursionError):
        raise ReleaseError(f"{_OPTION}: this release cannot be read; get it again.") from None


def beside_bytes(manifest: AnyManifest, document: object) -> bytes:
    """The file, from a list of what `taken_from` gave of each release. Raises: ReleaseError, naming the release."""
    try:
        given = items(document, "beside")
        ordered = sorted(given, key=lambda one: str(json.loads(one["release"])["round"]))
        data = canonical({"format": FORMAT, "releases": ordered})
    except (*_ABSURD, PrivacyError):
        raise ReleaseError(f"{_OPTION}: one of these releases cannot be read; get it again.") from None
    read_beside(manifest, data, _OPTION)
    return data


def read_beside(manifest: AnyManifest, data: bytes | None, said: str = FILE) -> tuple[Measured, ...]:
    """The other releases, by id; none without a file. said: what messages call it.

    Raises: ReleaseError naming what is wrong: a file that was changed, a signature, a promise not kept, the same round
    twice or the one this release is of, or one that has no question in common with it.
    """
    if data is None:
        return ()
    try:
        parts = members(json.loads(data), ("format", "releases"), "it")
        given = items(parts["releases"], "releases")
        if parts["format"] != FORMAT or canonical(parts) != data or not 1 <= len(given) <= MOST:
            raise DocumentError("it is not as `subrosa publish` writes it")
    except (*_ABSURD, PrivacyError) as error:
        raise ReleaseError(f"{said} cannot be read ({error}); get the release again.") from None
    found = tuple(_read(document, said) for document in given)
    _check_others(manifest, found, said)
    return found


def _check_others(manifest: AnyManifest, found: Sequence[Measured], said: str) -> None:
    ids = [other.manifest.id for other in found]
    if manifest.id in ids:
        raise ReleaseError(f"{said} has the round that this release is of; it cannot stand beside itself.")
    if ids != sorted(set(ids)):
        raise ReleaseError(f"{said} has a release twice, or not in the order of their ids.")
    for other in found:
        if not shared_questions(manifest.form, other.manifest.form):
            raise ReleaseError(
                f"{said}: '{other.manifest.name}' ({other.manifest.id[:8]}…) asks nothing that this form asks alike; "
                "leave it out."
            )


def _read(document: object, said: str) -> Measured:
    try:
        parts = members(document, ("release", "measurements", "sums", "signature"), "a release")
        release = text(parts["release"], "release").encode()
        inside = json.loads(release)
        files = {
            _RECORD: release,
            _MEASURED: canonical(parts["measurements"]),
            _MANIFEST: canonical(inside["manifest"]),
        }
        if inside["closing"] is not None:
            files[_CLOSING] = canonical(inside["closing"])
        signed = text(parts["sums"], "sums").encode(), bytes.fromhex(text(parts["signature"], "signature"))
    except (*_ABSURD, PrivacyError):
        raise ReleaseError(f"{said}: a release in it cannot be read; get this release again.") from None
    try:
        return _checked(files, signed)
    except ReleaseError as error:
        raise ReleaseError(f"{said}, release of round {_named(inside)}: {error}") from None
    except (*_ABSURD, PrivacyError) as error:
        raise ReleaseError(
            f"{said}, release of round {_named(inside)}: it is absurd ({type(error).__name__})."
        ) from None


def _checked(files: Mapping[str, bytes], signed: tuple[bytes, bytes]) -> Measured:
    """signed: SHA256SUMS, and the signature over it. Raises: ReleaseError."""
    manifest = read_served_manifest(files[_MANIFEST])
    verify_sums(*signed, Ed25519PublicKey.from_public_bytes(manifest.host_key))
    listed = read_sums(signed[0])
    if (_CLOSING in listed) != (_CLOSING in files):
        raise ReleaseError(f"whether it has a {_CLOSING} is not what was signed.")
    for name, data in files.items():
        if listed.get(name) != hashlib.sha256(data).hexdigest():
            raise ReleaseError(f"{name} is not the file that was signed.")
    statement = read_served_closing(files.get(_CLOSING), manifest)
    measurement = Measurement.from_json(json.loads(files[_MEASURED]))
    entry = entry_from_json(json.loads(files[_RECORD])["ledger"])
    check_promised(manifest, measurement, entry)
    return Measured(manifest, statement, measurement, entry)


def _named(release: Any) -> str:
    """The start of its id, if it has one: what stands there was not checked and may hold anything."""
    named = str(release.get("round", ""))[:8]
    return f"{named}…" if named.isalnum() else "without a name"
