"""The rows of statistics.csv: quantiles of amounts, scores of rankings, means, progress within objectives, and by
how much cohorts differ from everyone.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from privacy.measurement import Measurement
from privacy.threshold import SHOWN
from reports.comparisons import Comparisons, comparisons
from reports.counted import Counted
from reports.figures import cell_ids, judge
from reports.summaries import Summarised, Summary, summarised
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


def statistics(manifest: AnyManifest, measurement: Measurement) -> tuple[Statistic, ...]:
    """The rows of statistics.csv: questions in the form's order, everyone first, then the manifest's cohorts."""
    counted = Counted.of(measurement, manifest.promise)
    compared = comparisons(counted, judge(manifest, measurement))
    return statistics_of(manifest, summarised(manifest.form, counted), compared)


def statistics_of(
    manifest: AnyManifest, found: Summarised, compared: Mapping[str, Comparisons]
) -> tuple[Statistic, ...]:
    """The same of questions that are summarised and compared already."""
    asked = {question.id: question for question in manifest.form.questions}
    return tuple(
        row
        for (name, by), of in found.items()
        for rows in (
            _rows(manifest.form, asked[name], by, of),
            _differences(manifest.form, compared, asked[name], by),
        )
        for row in rows
    )


def _rows(form: Form, question: Question, by: tuple[str, ...], figures: Sequence[Summary]) -> Iterator[Statistic]:
    cohorts = _cohorts(form, by)
    name = f"{question.id}.objective|progress" if isinstance(question, Okr) else question.id
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
