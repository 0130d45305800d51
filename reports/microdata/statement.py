"""`microdata.json`: what the synthetic records preserve, what they cannot, and by how much each table of them misses.

Derived from the records and the released figures by numpy alone, so that everybody can derive it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from privacy.measurement import Measurement
from privacy.threshold import SHOWN
from privacy.workload import Table
from reports.errors import ReleaseError
from reports.figures import Judged
from reports.microdata.columns import columns
from reports.microdata.records_csv import FILE as RECORDS
from reports.microdata.relations import relations
from survey.forms.model import Form
from survey.forms.rows import Batch
from survey.forms.touched import cells_touched
from survey.rounds.any_manifest import AnyManifest

FILE: Final = "microdata.json"
FORMAT: Final = "subrosa/microdata/v1"
NO_PERSON: Final = (
    "No row is a person. The records were drawn from a model that was fitted to the noisy measurements in "
    "measurements.json and to nothing else; no answer of anybody was read for it, so that the guarantee of the release "
    "covers them and they cost no privacy. A rare combination in a row is one that the model made up: it does not show "
    "that anybody gave these answers together."
)
PRESERVED: Final = (
    "Kept, up to noise and to the chance of drawing, are the relations in the tables listed under 'tables': each "
    "question for everyone, the splits and the pairs that were promised. Within a question that takes several answers "
    "only how often each is given is known; which of them go together is not, save that every row is one the form "
    "allows. Who was asked what follows the form."
)
NOT_PRESERVED: Final = (
    "All other relations are not kept. Questions that stand in no table together are independent in the records given "
    "the questions that join them, whatever they are in the world: no correlation, regression or test between them "
    "means anything. Standard errors computed from the records as if they were respondents are too small, since they "
    "leave out the noise; for every figure that tables.csv has, take the figure and its margin from there."
)
HIDDEN_USED: Final = (
    "The model was fitted to what follows from every noisy measurement, also to cells that are hidden or uncertain in "
    "tables.csv: these are public in measurements.json, and noise alone protects them there as here. Do not read the "
    "records of a small group as figures of that group: they are not shown because they say too little."
)
METHOD: Final = (
    "Each question is one column of all answers that its record can hold. A graphical model (private-PGM, library mbi) "
    "is fitted by mirror descent to the residuals (mechanism.words of release.json) of the displayed tables "
    "(estimates.display there), hidden cells among them: it makes the sum over residuals of squared distance over "
    "noise variance small. Rows are drawn question by question given those that the model joins, with numpy's "
    "generator, seeded with the SHA-256 of this format's name, the round's id, the SHA-256 of measurements.json and "
    "the number of rows. The same versions (release.json) give the same file."
)
ERRORS: Final = (
    "Of each table, over the cells that tables.csv shows: 'distance' is half the sum of absolute differences between "
    "the shares of the records and the displayed shares of a cohort, the mean over cohorts with a shown cell (for "
    "questions of one answer the total variation distance); 'largest' is the largest difference of a share. Both are "
    "null where nothing is shown. 'dropped' are tables whose relations would take too much to compute with and are not "
    "kept; 'shortened' are questions of which a record holds at most so many answers, fewer than the form allows."
)


@dataclass(frozen=True, slots=True)
class Miss:
    """By how much the records miss one released table. Units: shares, 0 to 1; None where nothing is shown."""

    table: str
    by: tuple[str, ...]
    of: tuple[str, ...]
    distance: float | None
    largest: float | None


def statement(
    manifest: AnyManifest, measurement: Measurement, judged: Mapping[str, Judged], batch: Batch
) -> dict[str, Any]:
    """JSON types only. batch: the records, (records, record length) uint8.

    Raises: ReleaseError if there are not as many as the noisy number of respondents, which a release is drawn with.
    """
    if not measurement.complete or len(batch) != max(measurement.total, 0):
        raise ReleaseError(f"{RECORDS} does not hold one row for each of the noisy number of respondents.")
    form, workload = manifest.form, measurement.workload
    known = columns(form)
    held = relations(form, workload, {name: one.size for name, one in known.items()})
    shortened = {one.question: one.most for one in known.values() if not one.whole}
    return {
        "format": FORMAT,
        "round": manifest.id,
        "records": len(batch),
        "no_person": NO_PERSON,
        "preserved": PRESERVED,
        "not_preserved": NOT_PRESERVED,
        "hidden": HIDDEN_USED,
        "method": METHOD,
        "errors": ERRORS,
        "tables": [asdict(one) for one in misses(form, judged, batch, held.kept)],
        "dropped": list(held.dropped),
        "shortened": shortened,
    }


def misses(form: Form, judged: Mapping[str, Judged], batch: Batch, names: tuple[str, ...]) -> Iterator[Miss]:
    """Of every table with shares among these, in the order of the names."""
    for name in names:
        found = judged[name]
        if not found.table.total:
            apart = np.abs(_shares(form, found, batch) - found.estimate.share)
            apart = np.where((found.status == SHOWN) & ~np.isnan(found.estimate.share), apart, np.nan)
            yield Miss(name, found.table.by, found.table.of, *_summary(found.table, apart))


def _summary(table: Table, apart: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Distance and largest difference, at the decimals that shares are published with."""
    flat = apart.reshape(1 if not table.of else int(np.prod(apart.shape[: len(table.by)], dtype=int)), -1)
    kept = flat[~np.isnan(flat).all(axis=1)]
    if not kept.size:
        return None, None
    return round(float(np.nansum(kept, axis=1).mean() / 2), 4), round(float(np.nanmax(kept)), 4)


def _shares(form: Form, judged: Judged, batch: Batch) -> npt.NDArray[np.float64]:
    """Of those records in the cohort that answer; in a size table of all records. Shape: the table's."""
    table, shape = judged.table, judged.estimate.share.shape
    counts = _counted(form, table, batch, shape)
    if not table.of:
        return np.asarray(counts / max(len(batch), 1))
    people = _counted(form, Table("", table.by, ()), batch, shape[: len(table.by)])
    unanswered = np.where(np.isnan(judged.estimate.share), counts, 0.0)
    answered = people - unanswered.sum(axis=tuple(range(len(table.by), counts.ndim)))
    return np.asarray(counts / np.maximum(answered, 1.0).reshape(answered.shape + (1,) * len(table.of)))


def _counted(form: Form, table: Table, batch: Batch, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """The table over these records: one counts once in every cell that it touches."""
    flat = np.zeros((len(batch), 1), dtype=np.int64)
    for name, size in zip(table.axes, shape, strict=True):
        cells = cells_touched(form, name, batch).astype(np.int64)
        both = flat[:, :, None] * size + cells[:, None, :]
        both[(flat[:, :, None] < 0) | (cells[:, None, :] < 0)] = -1
        flat = both.reshape(len(batch), flat.shape[1] * cells.shape[1])
    counts = np.bincount(flat[flat >= 0], minlength=prod(shape))
    return counts.reshape(shape).astype(np.float64)
