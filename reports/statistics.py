"""The rows of statistics.csv: quantiles of amounts, scores of rankings, means, and progress within objectives.

All of it is post-processing of a measurement: deterministic, and at no further cost in privacy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privacy.measurement import Measurement
from privacy.threshold import SHOWN
from reports.counted import Counted
from reports.figures import cell_ids
from reports.summaries import Summarised, Summary, summarised
from survey.forms.axes import axes
from survey.forms.model import Amount, Form, Okr, Question
from survey.rounds.any_manifest import AnyManifest


@dataclass(frozen=True, slots=True)
class Statistic:
    """One row of statistics.csv, at full precision. A row that is not shown has no numbers, and of an amount no answer.

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
    return statistics_of(manifest, summarised(manifest.form, Counted.of(measurement, manifest.promise)))


def statistics_of(manifest: AnyManifest, found: Summarised) -> tuple[Statistic, ...]:
    """The same of questions that are summarised already."""
    asked = {question.id: question for question in manifest.form.questions}
    return tuple(row for (name, by), of in found.items() for row in _rows(manifest.form, asked[name], by, of))


def _rows(form: Form, question: Question, by: tuple[str, ...], figures: Sequence[Summary]) -> Iterator[Statistic]:
    known = {axis.id: axis for axis in axes(form)}
    cohorts = [",".join(cohort) for cohort in cell_ids([known[name] for name in by])]
    name = f"{question.id}.objective|progress" if isinstance(question, Okr) else question.id
    for at, cohort in enumerate(cohorts):
        for of in figures:
            status, place = str(of.statuses[at]), (name, ",".join(by), cohort, of.statistic)
            if status == SHOWN:
                yield Statistic(*place, of.answers[at], of.values[at], of.lows[at], of.highs[at], status)
            else:
                answer = "" if isinstance(question, Amount) else of.answers[at]
                yield Statistic(*place, answer, None, None, None, status)
