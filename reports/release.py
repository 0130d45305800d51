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
from reports.figures import figures_of
from reports.findings import Findings
from reports.margins import FILE as MARGINS
from reports.margins import read_margins
from reports.page import page
from reports.promised import check_promised
from reports.published import read_served_closing, read_served_manifest
from reports.record import Record, readable, record_document
from reports.signing import PUBLIC_KEY, SIGNATURE, SUMS, public_pem, raw, read_public_pem, sign_sums, sums
from reports.statistics import statistics_of
from reports.statistics_csv import statistics_csv
from reports.tables_csv import tables_csv
from survey.rounds.folder import write_durably


def build_release(
    manifest_served: bytes,
    closing: bytes | None,
    measurement: Measurement,
    entry: Entry,
    versions: Mapping[str, str],
    language: str = "en",
    margins: bytes | None = None,
) -> dict[str, bytes]:
    """All files of a release but the signature, by name: the same arguments always give the same bytes.

    manifest_served, closing: the bytes the services hand out; language: of the labels on the page;
    margins: margins.json, if the host gave what is publicly known of everyone (reports.margins).
    Raises: ReleaseError if measurement or ledger entry are not what the manifest promised.
    """
    manifest = read_served_manifest(manifest_served)
    statement = read_served_closing(closing, manifest)
    charged = check_promised(manifest, measurement, entry)
    record = Record(entry, versions, language)
    known = read_margins(manifest, margins)
    findings = Findings.of(manifest, measurement, known)
    document = record_document(manifest, (manifest_served, closing), charged, record, known)
    files = {
        "manifest.json": manifest_served,
        "release.json": readable(document),
        "tables.csv": tables_csv(figures_of(manifest, findings.judged)),
        "statistics.csv": statistics_csv(statistics_of(manifest, findings.summarised, findings.compared)),
        "measurements.json": canonical(measurement.to_json()),
        "codebook.json": readable(codebook(manifest)),
        "index.html": page(manifest, statement, findings, charged, record, known),
        PUBLIC_KEY: public_pem(Ed25519PublicKey.from_public_bytes(manifest.host_key)),
    }
    if closing is not None:
        files["closing.json"] = closing
    if margins is not None:
        files[MARGINS] = margins
    return files | {SUMS: sums(files)}


def write_release(directory: Path, files: Mapping[str, bytes], signing_key: Ed25519PrivateKey) -> None:
    """Sign a release and publish it as a new folder, whole or not at all.

    Raises: ReleaseError if the folder exists already or the key is not the one the files name.
    """
    if raw(read_public_pem(files[PUBLIC_KEY])) != raw(signing_key.public_key()):
        raise ReleaseError("This is not the key that signed the round's manifest; use the host's signing key.")
    if directory.exists() or directory.is_symlink():
        raise ReleaseError(f"{directory} exists already; a release is never overwritten: give another folder.")
    try:
        _write(directory, {**files, SIGNATURE: sign_sums(files[SUMS], signing_key)})
    except OSError as error:
        raise ReleaseError(
            f"{directory} cannot be written ({error.strerror}); nothing was published: "
            "make room or give another folder."
        ) from None


def _write(directory: Path, files: Mapping[str, bytes]) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        for name, data in files.items():
            write_durably(unfinished / name, data, 0o644)
        unfinished.chmod(0o755)
        unfinished.rename(directory)  # a folder that has come to be in between is not empty, and refused
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _settle(directory.parent)


def _settle(folder: Path) -> None:
    """The new name itself, on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
