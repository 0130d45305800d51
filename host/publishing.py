"""Publishing the release of a measured round, here or from a measurement that was carried from the tally."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rfc8785

from host.additions import Documents, added_files
from host.externals import StoredExternal
from host.house import House
from host.keys import read_signing_key
from host.revising import Shelf, publishing
from privacy.errors import PrivacyError
from privacy.ledger import Entry
from privacy.measurement import Measurement
from reports.chain import FILE as CHAIN
from reports.chain import chain_bytes
from reports.entries import entry_from_json
from reports.release import NOTHING, build_release, write_release
from reports.revision import FILE as REVISION
from reports.versions import installed_versions
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import State
from survey.rounds.folder import PublishedRound, write_durably
from survey.rounds.times import now


class NotMeasured(ValueError):
    """There is no measurement of this round to publish."""


def publish_round(
    house: House,
    published: PublishedRound,
    out: Path | None,
    carried: Path | None,
    documents: Documents = NOTHING,
    correct: str | None = None,
) -> tuple[Path, Entry]:
    """Write the signed release folder; returns where it is, and the ledger entry it was made from.

    documents: what the host adds, by the name of its file in the release (host.additions). correct: what was wrong
    with the last revision, to publish a further one beside it; not with `out`.
    Everything in it follows from the stored measurement, so that it can be written again, byte for byte.
    Raises: NotMeasured, NotPublished, ReleaseError.
    """
    manifest = published.manifest
    if published.statement is not None and published.statement.state is State.CANCELLED:
        raise NotMeasured("This round was cancelled; nothing can ever be published of it.")
    return _publish(house, manifest, (published.served, published.closing), out, _Given(carried, documents, correct))


def publish_external(
    house: House,
    stored: StoredExternal,
    out: Path | None,
    documents: Documents = NOTHING,
    correct: str | None = None,
) -> tuple[Path, Entry]:
    """The same for external answers: their stored measurement is published, and nothing is charged.

    Raises: NotMeasured, NotPublished, ReleaseError.
    """
    return _publish(house, stored.manifest, (stored.served, None), out, _Given(None, documents, correct))


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the tally has to tell of a round. chain: the ledger's entries up to its own."""

    measurement: Measurement
    entry: Entry
    chain: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """What a release is made of beside what this house holds. correct: what was wrong, for a further revision."""

    carried: Path | None
    documents: Documents
    correct: str | None


def _publish(
    house: House, manifest: AnyManifest, signed: tuple[bytes, bytes | None], out: Path | None, given: _Given
) -> tuple[Path, Entry]:
    """signed: the manifest, and the closing statement if there is one."""
    found = _stored(house, manifest) if given.carried is None else _carried(given.carried)
    key, shelf = read_signing_key(house.signing_key), Shelf(house.releases, manifest)
    if out is not None:
        shelf.check_standing()
        write_release(out, _made(manifest, signed, found, given.documents), key)
        return out, found.entry
    with publishing(shelf):
        if given.correct is None:
            folder = shelf.first()
            files = _made(manifest, signed, found, given.documents)
        else:
            revision = shelf.correction(given.correct, today())
            folder = shelf.folder(revision.number)
            files = _made(manifest, signed, found, {**given.documents, REVISION: revision.to_json()})
            shelf.check_same(revision, files, found.entry)
        write_release(folder, files, key)
    return folder, found.entry


def _made(
    manifest: AnyManifest, signed: tuple[bytes, bytes | None], found: _Measured, documents: Documents
) -> dict[str, bytes]:
    added = added_files(manifest, documents)
    if found.chain:  # files that were carried before chains were have none
        added[CHAIN] = chain_bytes(found.chain)
    return build_release(*signed, found.measurement, found.entry, installed_versions(), given=added)


def withdraw_release(house: House, manifest: AnyManifest, reason: str) -> Path:
    """Write the signed withdrawal of a release with all its revisions; returns where it is. No file is touched.

    Raises: NotPublished, ReleaseError.
    """
    shelf = Shelf(house.releases, manifest)
    with publishing(shelf):
        return shelf.withdraw(reason, today(), read_signing_key(house.signing_key))


def today() -> str:
    """ISO 8601, by UTC."""
    return now().date().isoformat()


def ledger_entry(house: House, manifest: AnyManifest) -> Entry:
    """What the measured round was charged. Its digest covers the measurement. Raises: NotMeasured."""
    return _stored(house, manifest).entry


def export_measurement(house: House, manifest: AnyManifest, out: Path) -> None:
    """Write measurement and ledger entry to a file, for publishing on another machine: both are noised already."""
    found = _stored(house, manifest)
    document: dict[str, Any] = {
        "measurement": found.measurement.to_json(),
        "entry": asdict(found.entry),
        "chain": [asdict(entry) for entry in found.chain],
    }
    write_durably(out, rfc8785.dumps(document), 0o600)


def _stored(house: House, manifest: AnyManifest) -> _Measured:
    ledger = house.ledger(manifest.promise.term)
    measurement = ledger.measurement(manifest.id)
    if measurement is None:
        raise NotMeasured("This round is not measured yet; close it, then run `subrosa tally`.")
    entries = ledger.entries()
    own = next(entry for entry in entries if entry.round_id == manifest.id)
    return _Measured(measurement, own, entries[: own.seq])


def _carried(path: Path) -> _Measured:
    try:
        document = json.loads(path.read_bytes())
        entry, chain = document["entry"], document.get("chain", ())
        return _Measured(
            Measurement.from_json(document["measurement"]),
            entry_from_json(entry),
            tuple(entry_from_json(link) for link in chain),
        )
    except (
        OSError,
        AttributeError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        OverflowError,
        PrivacyError,
    ):
        raise NotMeasured("This is not a measurement; give the file that `subrosa tally --out` wrote.") from None
