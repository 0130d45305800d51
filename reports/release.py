"""A release: every file from the stored measurement, and the folder they are published in.

Everything here takes a measurement; nothing takes counts, and the type checker says so.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacy.documents import canonical
from privacy.ledger import Entry
from privacy.measurement import Measurement
from reports.codebook import codebook
from reports.errors import ReleaseError
from reports.figures import figures
from reports.page import page
from reports.promised import check_promised
from reports.record import Record, readable, record_document
from reports.signing import PUBLIC_KEY, SIGNATURE, SUMS, public_pem, raw, read_public_pem, sign_sums, sums
from reports.tables_csv import tables_csv
from survey.rounds.closing import State, Statement, StatementError, read_statement
from survey.rounds.folder import write_durably
from survey.rounds.manifest import Manifest, ManifestError, read_manifest


def build_release(
    manifest_served: bytes,
    closing: bytes | None,
    measurement: Measurement,
    entry: Entry,
    versions: Mapping[str, str],
    language: str = "en",
) -> dict[str, bytes]:
    """All files of a release but the signature, by name: the same arguments always give the same bytes.

    manifest_served, closing: the bytes the services hand out; language: of the labels on the page.
    Raises: ReleaseError if measurement or ledger entry are not what the manifest promised.
    """
    manifest, statement = _published(manifest_served, closing)
    charged = check_promised(manifest, measurement, entry)
    record = Record(entry, versions, language)
    document = record_document(manifest, manifest_served, closing, charged, record)
    files = {
        "manifest.json": manifest_served,
        "release.json": readable(document),
        "tables.csv": tables_csv(figures(manifest, measurement)),
        "measurements.json": canonical(measurement.to_json()),
        "codebook.json": readable(codebook(manifest)),
        "index.html": page(manifest, statement, measurement, charged, record),
        PUBLIC_KEY: public_pem(Ed25519PublicKey.from_public_bytes(manifest.host_key)),
    }
    if closing is not None:
        files["closing.json"] = closing
    return files | {SUMS: sums(files)}


def _published(served: bytes, closing: bytes | None) -> tuple[Manifest, Statement | None]:
    try:
        manifest = read_manifest(served)
        statement = None if closing is None else read_statement(closing, manifest)
    except (ManifestError, StatementError) as error:
        raise ReleaseError(str(error)) from None
    if statement is not None and statement.state is State.CANCELLED:
        raise ReleaseError("This round was cancelled; a cancelled round has no release.")
    return manifest, statement


def write_release(directory: Path, files: Mapping[str, bytes], signing_key: Ed25519PrivateKey) -> None:
    """Sign a release and publish it as a new folder, whole or not at all.

    Raises: ReleaseError if the folder exists already or the key is not the one the files name.
    """
    if raw(read_public_pem(files[PUBLIC_KEY])) != raw(signing_key.public_key()):
        raise ReleaseError("This is not the key that signed the round's manifest; use the host's signing key.")
    if directory.exists() or directory.is_symlink():
        raise ReleaseError(f"{directory} exists already; a release is never overwritten: give another folder.")
    directory.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        for name, data in (*files.items(), (SIGNATURE, sign_sums(files[SUMS], signing_key))):
            write_durably(unfinished / name, data, 0o644)
        unfinished.chmod(0o755)
        _rename(unfinished, directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _rename(unfinished: Path, directory: Path) -> None:
    try:
        unfinished.rename(directory)  # a folder that has come to be in between is not empty, and refused
    except OSError as error:
        raise ReleaseError(f"{directory} cannot be written ({error.strerror}); give another folder.") from None
    parent = os.open(directory.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
