"""Synthetic records from a release folder, which is verified first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from privacy.measurement import Measurement
from reports.checking.verify import verify_release
from reports.microdata.columns import columns
from reports.microdata.fitting import Progress
from reports.microdata.making import draw_microdata
from reports.microdata.records_csv import read_records
from reports.microdata.relations import relations
from reports.published import read_served_manifest
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.folder import write_durably


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was written. dropped: names of released tables whose relations the records do not keep."""

    round_id: str
    records: int
    dropped: tuple[str, ...]


def read_verified(folder: Path, key: str | None) -> tuple[AnyManifest, Measurement]:
    """Manifest and measurement of a release in which nothing is wrong. Raises: ReleaseError."""
    verify_release(folder, key, redraw=False)
    measured = json.loads((folder / "measurements.json").read_bytes())
    return read_served_manifest((folder / "manifest.json").read_bytes()), Measurement.from_json(measured)


def draw_from_release(
    release: tuple[AnyManifest, Measurement], out: Path, records: int | None, progress: Progress
) -> Drawn:
    """Write microdata.csv, as many rows as asked for. Raises: ReleaseError."""
    manifest, measurement = release
    data = draw_microdata(manifest, measurement, progress, records)
    write_durably(out, data, 0o644)
    sizes = {name: one.size for name, one in columns(manifest.form).items()}
    dropped = relations(manifest.form, measurement.workload, sizes).dropped
    return Drawn(manifest.id, len(read_records(manifest.form, data)), dropped)
