"""Publishing the release of a measured round, here or from a measurement that was carried from the tally."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import rfc8785

from host.externals import StoredExternal
from host.house import House
from host.keys import read_signing_key
from privacy.errors import PrivacyError
from privacy.ledger import Entry
from privacy.measurement import Measurement
from reports.errors import ReleaseError
from reports.margins import margins_bytes
from reports.record import entry_from_json
from reports.release import build_release, write_release
from reports.versions import installed_versions
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import State
from survey.rounds.folder import PublishedRound, write_durably


class NotMeasured(ValueError):
    """There is no measurement of this round to publish."""


def publish_round(
    house: House,
    published: PublishedRound,
    out: Path | None,
    carried: Path | None,
    margins: Mapping[str, object] | None = None,
) -> tuple[Path, Entry]:
    """Write the signed release folder; returns where it is, and the ledger entry it was made from.

    margins: `{question: {option: share}}`, if figures for everyone are to be weighted to what is known of everyone.
    Everything in it follows from the stored measurement, so that it can be written again, byte for byte.
    Raises: NotMeasured, ReleaseError.
    """
    manifest = published.manifest
    if published.statement is not None and published.statement.state is State.CANCELLED:
        raise NotMeasured("This round was cancelled; nothing can ever be published of it.")
    return _publish(house, manifest, (published.served, published.closing), out, _Given(carried, margins))


def publish_external(
    house: House, stored: StoredExternal, out: Path | None, margins: Mapping[str, object] | None = None
) -> tuple[Path, Entry]:
    """The same for external answers: their stored measurement is published, and nothing is charged.

    Raises: NotMeasured, ReleaseError.
    """
    return _publish(house, stored.manifest, (stored.served, None), out, _Given(None, margins))


@dataclass(frozen=True, slots=True)
class _Given:
    """What a release is made of beside what this house holds."""

    carried: Path | None
    margins: Mapping[str, object] | None


def _publish(
    house: House, manifest: AnyManifest, signed: tuple[bytes, bytes | None], out: Path | None, given: _Given
) -> tuple[Path, Entry]:
    """signed: the manifest, and the closing statement if there is one."""
    measurement, entry = _stored(house, manifest) if given.carried is None else _carried(given.carried)
    margins = None if given.margins is None else margins_bytes(manifest, given.margins)
    files = build_release(*signed, measurement, entry, installed_versions(), margins=margins)
    folder = out if out is not None else house.releases / manifest.id
    write_release(folder, files, read_signing_key(house.signing_key))
    return folder, entry


def ledger_entry(house: House, manifest: AnyManifest) -> Entry:
    """What the measured round was charged. Its digest covers the measurement. Raises: NotMeasured."""
    return _stored(house, manifest)[1]


def export_measurement(house: House, manifest: AnyManifest, out: Path) -> None:
    """Write measurement and ledger entry to a file, for publishing on another machine: both are noised already."""
    measurement, entry = _stored(house, manifest)
    write_durably(out, rfc8785.dumps({"measurement": measurement.to_json(), "entry": asdict(entry)}), 0o600)


def _stored(house: House, manifest: AnyManifest) -> tuple[Measurement, Entry]:
    ledger = house.ledger(manifest.promise.term)
    measurement = ledger.measurement(manifest.id)
    if measurement is None:
        raise NotMeasured("This round is not measured yet; close it, then run `subrosa tally`.")
    return measurement, next(entry for entry in ledger.entries() if entry.round_id == manifest.id)


def _carried(path: Path) -> tuple[Measurement, Entry]:
    try:
        document = json.loads(path.read_bytes())
        return Measurement.from_json(document["measurement"]), entry_from_json(document["entry"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError, PrivacyError, ReleaseError):
        raise NotMeasured("This is not a measurement; give the file that `subrosa tally --out` wrote.") from None
