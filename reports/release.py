"""A release: every file from the stored measurement, and the folder they are published in.

Everything here takes a measurement; nothing takes counts, and the type checker says so.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacy.documents import canonical
from privacy.measurement import Measurement
from privacy.terms import Entry
from reports.additions.added import Added, read_added
from reports.additions.beside import Measured
from reports.additions.chain import check_ends_with
from reports.case import case_page, guide_document
from reports.codebook import codebook
from reports.dataset.assembled import data_files, descriptions
from reports.dataset.described import described
from reports.dataset.section import data_section
from reports.errors import ReleaseError
from reports.figures import figures_of
from reports.findings import Findings
from reports.microdata.making import check_named
from reports.microdata.statement import FILE as MICRODATA
from reports.microdata.statement import statement as microdata
from reports.opening.executive_brief import FILE as BRIEF
from reports.opening.executive_brief import executive_brief
from reports.opening.opening import Opening
from reports.page.page import page
from reports.promised import check_promised
from reports.published import read_served_closing, read_served_manifest
from reports.record import Record, readable, record_document
from reports.series.change_formulas import CODEBOOK
from reports.series.changes import FILE as CHANGES
from reports.series.changes_csv import changes_csv
from reports.series.series import on_page, series_of
from reports.signing import PUBLIC_KEY, SIGNATURE, SUMS, public_pem, raw, read_public_pem, sign_sums, sums
from reports.statistics import statistics_of
from reports.statistics_csv import statistics_csv
from reports.tables_csv import tables_csv
from survey.case import FILE as CASE
from survey.rounds.folder import write_durably

NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})


def build_release(
    manifest_served: bytes,
    closing: bytes | None,
    measurement: Measurement,
    entry: Entry,
    versions: Mapping[str, str],
    language: str = "en",
    given: Mapping[str, bytes] = NOTHING,
) -> dict[str, bytes]:
    """All files of a release but the signature, by name: the same arguments always give the same bytes. As `derive`."""
    return derive(manifest_served, closing, measurement, entry, versions, language, given)[0]


def derive(
    manifest_served: bytes,
    closing: bytes | None,
    measurement: Measurement,
    entry: Entry,
    versions: Mapping[str, str],
    language: str,
    given: Mapping[str, bytes],
) -> tuple[dict[str, bytes], Added]:
    """The files, and what the host added to them, read once.

    manifest_served, closing: the bytes the services hand out; language: of the labels on the page;
    given: files that the host added (reports.additions.added), which become part of the release as they are.
    Raises: ReleaseError if measurement or ledger entry are not what the manifest promised, or an addition is faulty.
    """
    manifest = read_served_manifest(manifest_served)
    statement = read_served_closing(closing, manifest)
    charged = check_promised(manifest, measurement, entry)
    record = Record(entry, versions, language)
    added = read_added(manifest, given)
    check_ends_with(added.chain, entry)
    findings = Findings.of(manifest, measurement, added.margins)
    series = series_of(Measured(manifest, statement, measurement, entry), findings, added.beside, language)
    document = record_document(manifest, (manifest_served, closing), charged, record, added)
    rows = figures_of(manifest, findings.judged)
    statistics = statistics_of(manifest, findings.summarised, findings.compared)
    files = {
        "manifest.json": manifest_served,
        "release.json": readable(document),
        "tables.csv": tables_csv(rows),
        "statistics.csv": statistics_csv(statistics),
        "measurements.json": canonical(measurement.to_json()),
        "codebook.json": readable(codebook(manifest, statement, entry.day) | (CODEBOOK if added.beside else {})),
        PUBLIC_KEY: public_pem(Ed25519PublicKey.from_public_bytes(manifest.host_key)),
    }
    if added.records is not None:
        check_named(versions)
        files[MICRODATA] = readable(microdata(manifest, measurement, findings.judged, added.records))
    if closing is not None:
        files["closing.json"] = closing
    if series is not None:
        files[CHANGES] = changes_csv(series.changes)
    if added.brief is not None:
        files[BRIEF] = executive_brief(Opening.of(manifest, findings, language, added), statement)
    if findings.complete:
        files[CASE] = case_page(manifest, statement, (rows, statistics), record, guide_document(added))
    files |= {**given, **data_files(manifest, files)}
    said = described(manifest, statement, entry.day, language, added.about)
    further = {"data": data_section(said, files), "beside": on_page(series)}
    files["index.html"] = page(manifest, statement, findings, charged, record, added, further)
    files |= descriptions(manifest, said, files)
    return files | {SUMS: sums(files)}, added


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
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise ReleaseError(
                f"{directory} has come to be while this release was made: somebody else published it; look at that one."
            ) from None
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
