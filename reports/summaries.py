"""Each kind of question in a few figures, from noisy tables: what statistics.csv and the page have of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from privacy.quantiles import BracketNoise, Places, noise_margin, quantile_places
from privacy.ratios import RatioNoise, ratio, spread_of
from privacy.sums import Sum
from privacy.threshold import SHOWN
from privacy.workload import Table
from reports.counted import Counted, Floats, Statuses
from reports.spans import Spans
from survey.forms.model import Amount, Form, Okr, Question, Ranking, Scale, Score

QUANTILES = {f"p{percent}": percent for percent in (10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90)}
MEAN, MEAN_SCORE, PROGRESS = "mean", "mean_score", "progress"


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """One statistic of one answer in all cohorts. Shapes: one entry a cohort.

    `marks`: where value, low and high lie from 0 (the least there can be, or the lowest bracket) to 1 (the most).
    """

    statistic: str
    answers: Sequence[str]
    values: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    statuses: Statuses
    marks: Sequence[tuple[float, float, float]]


Summarised = Mapping[tuple[str, tuple[str, ...]], tuple[Summary, ...]]
"""What there is to say of every question in every set of cohorts; nothing where it was not measured in them."""


def summarised(form: Form, counted: Counted) -> Summarised:
    """By question id and cohort set: questions in the form's order, everyone first, then the manifest's cohorts."""
    return {(q.id, by): tuple(summaries(counted, q, by)) for q in form.questions for by in counted.cohort_sets}


def summaries(counted: Counted, question: Question, by: tuple[str, ...]) -> Iterator[Summary]:
    """What there is to say of a question in these cohorts; nothing if it was not measured in them."""
    if isinstance(question, Ranking):
        ranks = [counted.table(f"{question.id}.{rank}", by) for rank in range(1, question.top + 1)]
        yield from _ranking(counted, question, [table for table in ranks if table is not None])
    elif isinstance(question, Okr):
        parts = [counted.table(f"{question.id}.{part}", by) for part in ("objective", "objective|progress")]
        yield from _progress(counted, question, [table for table in parts if table is not None])
    else:
        table = counted.table(question.id, by)
        if table is None:
            return
        if isinstance(question, Amount):
            yield from _quantiles(counted, Spans.of(question), table)
        if isinstance(question, Scale | Score):
            yield from _mean(counted, worth_of(question), table)


def worth_of(question: Scale | Score) -> Floats:
    """What each answer counts in a mean: the point of a scale, the middle of a score's bin. Shape: (answers,)."""
    if isinstance(question, Scale):
        return np.arange(question.first, question.last + 1, dtype=np.float64)
    lasts = [*(start - 1 for start in question.starts[1:]), question.points * len(question.items)]
    return (np.array(question.starts, dtype=np.float64) + np.array(lasts, dtype=np.float64)) / 2


def _quantiles(counted: Counted, spans: Spans, table: Table) -> Iterator[Summary]:
    brackets = len(spans.ids)
    cells = counted.answers(table).reshape(-1, brackets)
    one, other = ([counted.weigh(table, np.eye(brackets)[at])] for at in (0, 1))
    noise = BracketNoise(counted.covariance(one, one), counted.covariance(one, other))
    everyone, answered = [counted.weigh(table, 1.0)], cells.sum(axis=-1)
    variance = counted.covariance(everyone, everyone)
    for name, percent in QUANTILES.items():
        level = percent / 100
        widest = noise_margin(brackets, noise, level)
        statuses = counted.statuses(table.by, answered, variance, widest / np.maximum(answered, 1.0))
        shown = statuses == SHOWN
        some = np.where(shown[:, None], cells, 1.0)  # what is not shown may have no quantile at all
        lifted = np.where(shown, counted.shift(answered, variance, widest), 0.0)
        yield _amounts(name, spans, quantile_places(some, noise, level, lifted), statuses)


def _amounts(name: str, spans: Spans, places: Places, statuses: Statuses) -> Summary:
    return Summary(
        name,
        [spans.ids[spans.bracket(place)] for place in places.place],
        [spans.value(place) for place in places.place],
        [spans.low(place) for place in places.low],
        [spans.high(place) for place in places.high],
        statuses,
        _marks((places.place, places.low, places.high), 0.0, len(spans.ids)),
    )


def _marks(found: tuple[Floats, Floats, Floats], least: float, most: float) -> list[tuple[float, float, float]]:
    columns = [((part.reshape(-1) - least) / (most - least)).tolist() for part in found]
    return list(zip(*columns, strict=True))


def _mean(counted: Counted, worth: Floats, table: Table) -> Iterator[Summary]:
    cells, everyone = counted.answers(table), [counted.weigh(table, 1.0)]
    bounds = (float(worth[0]), float(worth[-1]))
    noise = counted.noise([counted.weigh(table, worth)], everyone)
    sums = (cells @ worth, counted.values(everyone))
    yield _of_ratio(counted, table.by, (MEAN, ""), sums, noise, bounds, spread_of(cells, worth, bounds))


def _ranking(counted: Counted, question: Ranking, ranks: Sequence[Table]) -> Iterator[Summary]:
    """Whoever ranked anything gave a first rank: those who did are who answered."""
    if len(ranks) < question.top:
        return
    cells = np.stack([counted.answers(table) for table in ranks], axis=-1)  # cohorts, options, ranks
    for most in range(1, question.top + 1):
        worth = np.where(np.arange(question.top) < most, 1.0, 0.0)
        yield from _of_options(counted, f"top_{most}", question, (ranks, cells), worth)
    yield from _of_options(counted, MEAN_SCORE, question, (ranks, cells), np.arange(question.top, 0.0, -1.0))


def _of_options(
    counted: Counted, statistic: str, question: Ranking, counts: tuple[Sequence[Table], Floats], worth: Floats
) -> Iterator[Summary]:
    """The mean of what each option's rank is worth; whoever did not rank it adds nothing."""
    (ranks, cells), bounds = counts, (0.0, float(worth[0]))
    everyone: Sum = [counted.weigh(ranks[0], 1.0)]
    people = counted.values(everyone)
    first = np.eye(len(question.options))[0]  # the noise is the same for every option
    noise = counted.noise([counted.weigh(t, first * points) for t, points in zip(ranks, worth, strict=True)], everyone)
    unranked = people[..., None] - np.maximum(cells, 0.0).sum(axis=-1)
    spread = spread_of(np.concatenate([cells, unranked[..., None]], axis=-1), np.append(worth, 0.0), bounds)
    for at, option in enumerate(question.options):
        sums = (cells[..., at, :] @ worth, people)
        yield _of_ratio(counted, ranks[0].by, (statistic, option.id), sums, noise, bounds, spread[..., at])


def _progress(counted: Counted, question: Okr, parts: Sequence[Table]) -> Iterator[Summary]:
    """Of those who named an objective. A person who has it in several rows may count in several kinds of progress."""
    if len(parts) < 2:
        return
    objectives, pairs = parts
    cells, named = counted.answers(pairs), counted.answers(objectives)
    one_pair, one_objective = np.eye(cells.shape[-1])[0], np.eye(named.shape[-1])[0]
    noise = counted.noise([counted.weigh(pairs, one_pair)], [counted.weigh(objectives, one_objective)])
    for at in range(cells.shape[-1]):
        objective, progress = divmod(at, len(question.progress))
        answer = f"{question.objectives[objective].id}|{question.progress[progress].id}"
        sums = (cells[..., at], named[..., objective])
        yield _of_ratio(counted, pairs.by, (PROGRESS, answer), sums, noise, (0.0, 1.0), np.ones(()))


def _of_ratio(
    counted: Counted,
    by: tuple[str, ...],
    name: tuple[str, str],
    sums: tuple[Floats, Floats],
    noise: RatioNoise,
    bounds: tuple[float, float],
    spread: Floats,
) -> Summary:
    """`name`: statistic and answer. `sums`: what is divided, and those who answered."""
    above, people = (part.reshape(-1) for part in sums)
    least, most = bounds
    widest = noise.margin(bounds) / (most - least)
    statuses = counted.statuses(by, people, noise.below, widest / np.maximum(people, 1.0))
    lifted = counted.shift(people, noise.below, widest)
    found = ratio(above, people, noise, bounds, spread.reshape(-1), lifted)
    lows, values, highs = (list(map(float, a)) for a in (found.low, found.value, found.high))
    marks = _marks((found.value, found.low, found.high), least, most)
    return Summary(name[0], [name[1]] * len(values), values, lows, highs, statuses, marks)
