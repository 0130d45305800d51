"""Synthetic records of a release, made of its measurements and of nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import numpy as np

from privacy.documents import canonical
from privacy.measurement import Measurement
from reports.errors import ReleaseError
from reports.microdata.columns import columns
from reports.microdata.drawing import draw
from reports.microdata.fitting import Progress, fit
from reports.microdata.records_csv import MOST_RECORDS, records_csv
from reports.microdata.relations import relations
from reports.microdata.statement import FORMAT
from survey.rounds.any_manifest import AnyManifest

LIBRARIES: Final = ("mbi", "jax", "jaxlib")  # what release.json names beside our own versions


class ModelNotInstalled(ReleaseError):
    """The library that fits the model is not there."""


def model_versions() -> Mapping[str, str]:
    """Of the libraries that fit the model, by name; empty unless all of them are installed."""
    try:
        return {name: version(name) for name in LIBRARIES}
    except PackageNotFoundError:
        return {}


def check_named(versions: Mapping[str, str]) -> None:
    """A release with records names what they were drawn with. Raises: ReleaseError."""
    if not set(LIBRARIES) <= set(versions):
        raise ReleaseError(f"A release with synthetic records names the versions of {', '.join(LIBRARIES)}.")


def draw_microdata(
    manifest: AnyManifest, measurement: Measurement, progress: Progress, records: int | None = None
) -> bytes:
    """microdata.csv: as many rows as asked for, or as the noisy number of respondents.

    Guarantee: post-processing of the measurement; the same arguments and versions always give the same bytes.
    Raises: ModelNotInstalled; ReleaseError if nothing but the total was measured.
    """
    if not measurement.complete:
        raise ReleaseError(
            "This round stayed below its minimum: nothing was measured that records could be drawn from."
        )
    if not model_versions():
        raise ModelNotInstalled(
            "Drawing records needs the library mbi, which is not installed; install subrosa with its extra 'microdata' "
            "(in a checkout: `make microdata`)."
        )
    many = max(measurement.total, 0) if records is None else records
    if many > MOST_RECORDS:
        raise ReleaseError(f"At most {MOST_RECORDS:,} records are drawn at once; ask for fewer.")
    form, known = manifest.form, columns(manifest.form)
    held = relations(form, measurement.workload, {name: one.size for name, one in known.items()})
    model = fit(form, measurement, known, held, progress)
    return records_csv(form, draw(form, known, model, many, generator(measurement, many)))


def generator(measurement: Measurement, records: int) -> np.random.Generator:
    """What rows are drawn with. Its seed is public: nothing is protected by it, only made repeatable."""
    digest = hashlib.sha256(canonical(measurement.to_json())).hexdigest()
    seed = hashlib.sha256(f"{FORMAT}\n{measurement.round_id}\n{digest}\n{records}".encode()).digest()
    return np.random.default_rng(int.from_bytes(seed, "big"))
