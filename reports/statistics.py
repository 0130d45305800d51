"""The rows of statistics.csv: quantiles of amounts, scores of rankings, means, progress within objectives, and by
how much cohorts differ from everyone.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from privacy.measurement import Measurement
from privacy.threshold import SHOWN
from reports.comparisons import Comparisons, comparisons
from reports.counted import Counted
from reports.figures import Judged, cell_ids, judge
from reports.summaries import summaries
from survey.forms.axes import Axis, axes, question_axes
from survey.forms.model import Amount, Form, Okr, Question
from survey.rounds.any_manifest import AnyManifest

DIFFERENCE: Final = "difference"


@dataclass(frozen=True, slots=True)
class Statistic:
    """One row of statistics.csv, at full precision. A row that is not shown has no numbers, a quantile no answer.

    `value` is none as well where it lies in an open bracket; `low` and `high` are where there is no limit.
    """

    question: str
    by: str
    cohort: str
    statistic: str
    answer: str
    value: float | None
    low: float | None
    high: float | None
    status: str


def statistics(
    manifest: AnyManifest, measurement: Measurement, judged: Mapping[str, Judged] | None = None
) -> tuple[Statistic, ...]:
    """The rows of statistics.csv: questions in the form's order, everyone first, then the manifest's cohorts.

    judged: what `judge` says of this measurement, if that is known already.
    """
    counted = Counted.of(measurement, manifest.promise)
    compared = comparisons(counted, judge(manifest, measurement) if judged is None else judged)
    sets = tuple(table.by for table in measurement.tables if not table.of)
    return tuple(
        row
        for question in manifest.form.questions
        for by in sets
        for rows in (_rows(manifest.form, counted, question, by), _differences(manifest.form, compared, question, by))
        for row in rows
    )


def _rows(form: Form, counted: Counted, question: Question, by: tuple[str, ...]) -> Iterator[Statistic]:
    cohorts = _cohorts(form, by)
    name = f"{question.id}.objective|progress" if isinstance(question, Okr) else question.id
    figures = list(summaries(counted, question, by))
    for at, cohort in enumerate(cohorts):
        for of in figures:
            status, place = str(of.statuses[at]), (name, ",".join(by), cohort, of.statistic)
            if status == SHOWN:
                yield Statistic(*place, of.answers[at], of.values[at], of.lows[at], of.highs[at], status)
            else:
                answer = "" if isinstance(question, Amount) else of.answers[at]
                yield Statistic(*place, answer, None, None, None, status)


def _cohorts(form: Form, by: tuple[str, ...]) -> list[str]:
    known = {axis.id: axis for axis in axes(form)}
    return [",".join(cohort) for cohort in cell_ids([known[name] for name in by])]


def _differences(
    form: Form, compared: Mapping[str, Comparisons], question: Question, by: tuple[str, ...]
) -> Iterator[Statistic]:
    """Every axis of the question that is compared in these cohorts."""
    for axis in question_axes(question):
        if (found := compared.get(f"{axis.id}@{','.join(by)}")) is not None:
            yield from _of_axis(axis, ",".join(by), _cohorts(form, by), found)


def _of_axis(axis: Axis, by: str, cohorts: list[str], found: Comparisons) -> Iterator[Statistic]:
    answers = [cell for at, cell in enumerate(axis.cells) if at not in axis.outside]
    for (row, cohort), (column, answer) in product(enumerate(cohorts), enumerate(answers)):
        at, place = (row, column), (axis.id, by, cohort, DIFFERENCE, answer)
        status = str(found.statuses[at])
        if status == SHOWN:
            yield Statistic(*place, float(found.values[at]), float(found.lows[at]), float(found.highs[at]), status)
        else:
            yield Statistic(*place, None, None, None, status)
