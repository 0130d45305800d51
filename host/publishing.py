"""Publishing the release of a measured round, here or from a measurement that was carried from the tally."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from host.additions import Documents, added_files
from host.externals import StoredExternal
from host.from_tally import FromTally, NotMeasured, carried, stored
from host.house import House
from host.keys import read_signing_key
from host.revising import Shelf, publishing
from privacy.terms import Entry
from reports.additions.chain import FILE as CHAIN
from reports.additions.chain import chain_bytes
from reports.additions.revision import FILE as REVISION
from reports.microdata.fitting import Progress
from reports.microdata.making import draw_microdata, model_versions
from reports.microdata.records_csv import FILE as MICRODATA
from reports.release import build_release, write_release
from reports.versions import installed_versions
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import State
from survey.rounds.folder import PublishedRound
from survey.rounds.times import now


@dataclass(frozen=True, slots=True)
class Publication:
    """What a host wants published, beside the measurement.

    out: the new folder, if it is not to be in `releases/`; carried: a measurement from another machine; documents:
    what the host adds, by the name of its file in the release (host.additions); correct: what was wrong with the last
    revision, to publish a further one beside it, not with `out`; drawing: draw synthetic records as well, and tell how
    far that is.
    """

    out: Path | None = None
    carried: Path | None = None
    documents: Documents = field(default_factory=dict)
    correct: str | None = None
    drawing: Progress | None = None


def publish_round(house: House, published: PublishedRound, wanted: Publication) -> tuple[Path, Entry]:
    """Write the signed release folder; returns where it is, and the ledger entry it was made from.

    Everything in it follows from the stored measurement, so that it can be written again, byte for byte.
    Raises: NotMeasured, NotPublished, ReleaseError.
    """
    manifest = published.manifest
    if published.statement is not None and published.statement.state is State.CANCELLED:
        raise NotMeasured("This round was cancelled; nothing can ever be published of it.")
    return _publish(house, manifest, (published.served, published.closing), wanted)


def publish_external(house: House, stored: StoredExternal, wanted: Publication) -> tuple[Path, Entry]:
    """The same for external answers: their stored measurement is published, and nothing is charged.

    Raises: NotMeasured, NotPublished, ReleaseError.
    """
    return _publish(house, stored.manifest, (stored.served, None), wanted)


def _publish(
    house: House, manifest: AnyManifest, signed: tuple[bytes, bytes | None], wanted: Publication
) -> tuple[Path, Entry]:
    """signed: the manifest, and the closing statement if there is one."""
    found = stored(house, manifest) if wanted.carried is None else carried(wanted.carried)
    key, shelf = read_signing_key(house.signing_key), Shelf(house.releases, manifest)
    if wanted.out is not None:
        shelf.check_standing()
        write_release(wanted.out, _made(manifest, signed, found, wanted), key)
        return wanted.out, found.entry
    with publishing(shelf):
        if wanted.correct is None:
            folder = shelf.first()
            files = _made(manifest, signed, found, wanted)
        else:
            revision = shelf.correction(wanted.correct, today())
            folder = shelf.folder(revision.number)
            documents = {**wanted.documents, REVISION: revision.to_json()}
            files = _made(manifest, signed, found, replace(wanted, documents=documents))
            shelf.check_same(revision, files, found.entry)
        write_release(folder, files, key)
    return folder, found.entry


def _made(
    manifest: AnyManifest, signed: tuple[bytes, bytes | None], found: FromTally, wanted: Publication
) -> dict[str, bytes]:
    added, versions = added_files(manifest, wanted.documents), dict(installed_versions())
    if found.chain:  # files that were carried before chains were have none
        added[CHAIN] = chain_bytes(found.chain)
    if wanted.drawing is not None:  # drawn here and now: rows that somebody hands in are never taken
        added[MICRODATA] = draw_microdata(manifest, found.measurement, wanted.drawing)
        versions |= model_versions()
    return build_release(*signed, found.measurement, found.entry, versions, given=added)


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
