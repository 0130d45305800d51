"""Every figure of a release, judged: what may be shown, and with it its share, interval, count and noise.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isnan

import numpy as np
import numpy.typing as npt

from privacy.estimate import Estimate, estimate
from privacy.measurement import Measurement
from privacy.modelled import Modelled
from privacy.threshold import SHOWN, modelled_instead, status
from privacy.workload import Table
from survey.forms.axes import Axis, axes
from survey.forms.model import Form, Ranking
from survey.rounds.any_manifest import AnyManifest

DISPLAY, MODELLED = "display", "modelled"  # the kinds of share: as measured, or drawn towards a model


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
    """A table's estimate with the status of each cell, and where a modelled figure stands in. Shapes: the table's."""

    estimate: Estimate
    status: npt.NDArray[np.str_]
    modelled: npt.NDArray[np.bool_]

    @property
    def table(self) -> Table:
        return self.estimate.table


def judge(manifest: AnyManifest, measurement: Measurement) -> Mapping[str, Judged]:
    """Every measured table under the round's own thresholds, in the manifest's order."""
    promise = manifest.promise
    judged = {}
    for name, found in estimate(measurement).items():
        verdict = status(found, promise.min_cohort, promise.usable_margin, promise.beta)
        judged[name] = Judged(found, verdict, modelled_instead(found, verdict, promise.usable_margin))
    return judged


def figures(manifest: AnyManifest, measurement: Measurement) -> tuple[Row, ...]:
    """The rows of tables.csv: tables in the manifest's order, cells in the form's."""
    return figures_of(manifest, judge(manifest, measurement))


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


def _known(value: np.float64) -> float | None:
    """Cells that are no answer have no share."""
    return None if isnan(value) else float(value)
