"""Every figure of a release, judged: what may be shown, and with it its share, interval, count and noise.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isnan

import numpy as np
import numpy.typing as npt

from privacy.estimate import Estimate, estimate
from privacy.measurement import Measurement
from privacy.modelled import Modelled
from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN, large_enough, modelled_instead, status
from privacy.weighted import Weighted, weighted
from privacy.workload import Table
from reports.additions.margins import Margins, known_parts
from survey.forms.axes import Axis, axes
from survey.forms.model import Form, Ranking
from survey.rounds.any_manifest import AnyManifest

# The kinds of share: as measured, drawn towards a model, and weighted to known margins.
DISPLAY, MODELLED, WEIGHTED = "display", "modelled", "weighted"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of tables.csv, at full precision. A row that is not shown has no numbers."""

    question: str
    by: str
    cohort: str
    rank: str
    answer: str
    share: float | None
    low: float | None
    high: float | None
    count: float | None
    unbiased: float | None
    sd: float | None
    estimate: str
    status: str


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A table's estimate with the status of each cell, and where a modelled figure stands in. Shapes: the table's.

    weighted: of a table for everyone its weighted version, if there is one, with the status of each of its cells.
    """

    estimate: Estimate
    status: npt.NDArray[np.str_]
    modelled: npt.NDArray[np.bool_]
    weighted: tuple[Weighted, npt.NDArray[np.str_]] | None = None

    @property
    def table(self) -> Table:
        return self.estimate.table


def judge(manifest: AnyManifest, measurement: Measurement, margins: Margins | None = None) -> Mapping[str, Judged]:
    """Every measured table under the round's own thresholds, in the manifest's order.

    margins: if given, figures for everyone have a version that is weighted to them.
    """
    promise = manifest.promise
    judged, estimates = {}, estimate(measurement)
    for name, found in estimates.items():
        verdict = status(found, promise.min_cohort, promise.usable_margin, promise.beta)
        judged[name] = Judged(found, verdict, modelled_instead(found, verdict, promise.usable_margin))
    for name, version in _weighted_versions(manifest, measurement, estimates, margins or {}).items():
        verdict = _weighted_status(version, judged[name], promise.usable_margin)
        judged[name] = replace(judged[name], weighted=(version, verdict))
    return judged


def _weighted_versions(
    manifest: AnyManifest, measurement: Measurement, estimates: Mapping[str, Estimate], margins: Margins
) -> Mapping[str, Weighted]:
    """Of questions that everyone was asked: the margins of those whom a question was for are not known."""
    promise = manifest.promise

    def enough(number: float, sd: float) -> bool:
        return bool(large_enough(np.array(number), sd, promise.min_cohort, promise.beta))

    everybody = {axis.id for axis in axes(manifest.form) if manifest.form.question(axis.question).show_if is None}
    found = weighted(measurement, estimates, known_parts(manifest, margins), enough)
    return {name: version for name, version in found.items() if estimates[name].table.of[0] in everybody}


def _weighted_status(version: Weighted, judged: Judged, usable_margin: float) -> npt.NDArray[np.str_]:
    """Hidden where the figure itself is; uncertain where there is nothing to weigh, or where noise is too much."""
    usable = version.possible & (version.margin_noise <= usable_margin)
    return np.where(judged.status == HIDDEN, HIDDEN, np.where(usable, SHOWN, UNCERTAIN))


def figures(manifest: AnyManifest, measurement: Measurement, margins: Margins | None = None) -> tuple[Row, ...]:
    """The rows of tables.csv: tables in the manifest's order, cells in the form's."""
    return figures_of(manifest, judge(manifest, measurement, margins))


def figures_of(manifest: AnyManifest, judged: Mapping[str, Judged]) -> tuple[Row, ...]:
    """The same of tables that are judged already."""
    known = {axis.id: axis for axis in axes(manifest.form)}
    return tuple(row for table in judged.values() for row in _rows(manifest.form, known, table))


def _rows(form: Form, known: Mapping[str, Axis], judged: Judged) -> Iterator[Row]:
    table = judged.table
    question, rank = _names(form, [known[name] for name in table.of])
    cohorts = list(cell_ids([known[name] for name in table.by]))
    answers = list(cell_ids([known[name] for name in table.of]))
    at = np.ndindex(judged.status.shape)
    for (cohort, answer), index in zip(product(cohorts, answers), at, strict=True):
        place = (question, ",".join(table.by), ",".join(cohort), rank, "|".join(answer))
        yield _row(place, judged, index)
        if (model := judged.estimate.model) is not None and judged.modelled[index]:
            yield _modelled(place, model, index)
        if judged.weighted is not None and not isnan(judged.estimate.share[index]):
            yield _weighted(place, *judged.weighted, index)


def cell_ids(over: Sequence[Axis]) -> Iterator[tuple[str, ...]]:
    """The ids of all cells over these axes, in array order; one empty cell over none."""
    return product(*(axis.cells for axis in over))


def _names(form: Form, of: Sequence[Axis]) -> tuple[str, str]:
    """What `question` and `rank` say of a table over these axes."""
    if len(of) == 1 and isinstance(form.question(of[0].question), Ranking):
        return of[0].question, of[0].part
    return "|".join(axis.id for axis in of), ""


def _row(place: tuple[str, str, str, str, str], judged: Judged, index: tuple[int, ...]) -> Row:
    of, verdict = judged.estimate, str(judged.status[index])
    if verdict != SHOWN:
        return Row(*place, None, None, None, None, None, None, "", verdict)
    share, low, high = (_known(array[index]) for array in (of.share, of.low, of.high))
    count, unbiased, sd = (float(array[index]) for array in (of.count, of.unbiased, of.sd))
    return Row(*place, share, low, high, count, unbiased, sd, "" if share is None else DISPLAY, verdict)


def _modelled(place: tuple[str, str, str, str, str], model: Modelled, index: tuple[int, ...]) -> Row:
    """A further row for the same cell. It is not a measured count, so it has none that is unbiased."""
    share, low, high, count = (float(array[index]) for array in (model.share, model.low, model.high, model.count))
    return Row(*place, share, low, high, count, None, None, MODELLED, SHOWN)


def _weighted(
    place: tuple[str, str, str, str, str], version: Weighted, verdict: npt.NDArray[np.str_], index: tuple[int, ...]
) -> Row:
    """A further row for the same answer of everyone: a share only, since nobody's number is known but by weights."""
    if verdict[index] != SHOWN:
        return Row(*place, None, None, None, None, None, None, WEIGHTED, str(verdict[index]))
    share, low, high = (float(array[index]) for array in (version.share, version.low, version.high))
    return Row(*place, share, low, high, None, None, None, WEIGHTED, SHOWN)


def _known(value: np.float64) -> float | None:
    """Cells that are no answer have no share."""
    return None if isnan(value) else float(value)
