"""The small benchmark: what a round of 150, 300 or 800 people can say under the preset, with our own form."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import make_promise, plan_of
from benchmarks.accuracy.counting import Floats, Integers
from benchmarks.accuracy.members import draw_records
from benchmarks.accuracy.presets import BETA, DELTA, MIN_COHORT, USABLE_MARGIN, available, preset
from benchmarks.accuracy.report import table
from privacy.allocation import Allocation
from privacy.counts import ExactCounts
from privacy.estimate import Estimate, estimate
from privacy.ledger import Ledger
from privacy.measure import Charge, measure
from privacy.shares import Z95, sampling_variance
from privacy.terms import Term
from privacy.threshold import SHOWN, status
from privacy.workload import Workload
from survey.forms.loading import bundled
from survey.forms.model import Form, Ranking
from survey.rounds.promise import PromisedTerm

SIZES: Final = (150, 300, 800)
EPSILON: Final = 3.0
FORM: Final = "hr-benchmark"
# Noise margins wanted at 300 people, in points: of single-choice questions, and of those with several answers.
TARGETED: Final = 300
TARGETS: Final = (6.0, 8.0)
TERM: Final = Term(date(2026, 1, 1), date(2026, 12, 31), EPSILON, DELTA)


@dataclass(frozen=True, slots=True)
class Seen:
    """One round. `shown`, `promised`: figures, for everyone and split; margins in points, nan where none is shown."""

    promised: tuple[int, int]
    shown: tuple[int, int]
    single: float
    several: float
    sampling: float
    first: bool
    top: bool


def report(repeats: int) -> str:
    """A table of all sizes and the target, or a line that says why there is none."""
    if not available():
        return "## Small rounds\n\nNOT MEASURED: this version proposes no presets."
    seen = {size: list(_rounds(size, repeats)) for size in SIZES}
    heads = (
        "people", "figures shown: everyone", "split", "noise margin: one answer", "several answers",
        "sampling margin", "first priority right", "top three right",
    )  # fmt: skip
    title = (
        f"## Small rounds\n\nThe form `{FORM}` under the preset, ε = {EPSILON:g}, {repeats} rounds of made-up "
        "members of each size. Margins are in points (95 %, means over the figures shown for everyone); *right* is how "
        "often what came out is what the respondents said."
    )
    return "\n\n".join(
        (title, table(heads, (_line(size, rounds) for size, rounds in seen.items())), _verdict(seen[TARGETED]))
    )


def _line(size: int, rounds: Sequence[Seen]) -> tuple[str, ...]:
    figures = (f"{fmean(s.shown[i] for s in rounds):.0f} of {rounds[0].promised[i]}" for i in (0, 1))
    margins = (f"{_mean(s, rounds):.1f}" for s in ("single", "several", "sampling"))
    right = (f"{fmean(hits):.0%}" for hits in ([s.first for s in rounds], [s.top for s in rounds]))
    return (str(size), *figures, *margins, *right)


def _verdict(rounds: Sequence[Seen]) -> str:
    said = []
    for name, target in zip(("single", "several"), TARGETS, strict=True):
        reached = _mean(name, rounds)
        away = abs(reached - target)
        said.append(
            f"{name}: {reached:.1f} of at most {target:.0f}: {'met' if reached <= target else 'MISSED'} by {away:.1f}"
        )
    return f"Targets at {TARGETED} people (noise margin in points): {'; '.join(said)}."


def _mean(name: str, rounds: Sequence[Seen]) -> float:
    values = np.array([getattr(one, name) for one in rounds])
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _rounds(size: int, repeats: int) -> Iterator[Seen]:
    form, wishes = preset(bundled(FORM), size, EPSILON)
    promise = make_promise(form, wishes, PromisedTerm("2026-01-01", "2026-12-31", EPSILON, DELTA))
    workload, allocation = plan_of(form, promise)
    for seed in range(repeats):
        exact = count(form, workload, [OpenedBatch(draw_records(form, size, seed))])
        yield _look(form, workload, exact, _estimates(exact, allocation))


def _estimates(exact: ExactCounts, allocation: Allocation) -> Mapping[str, Estimate]:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(Path(folder) / "ledger.sqlite", TERM, lambda: date(2026, 6, 1))
        return estimate(measure(ledger, Charge("bench", 1), exact, allocation))


def _look(form: Form, workload: Workload, exact: ExactCounts, estimates: Mapping[str, Estimate]) -> Seen:
    shown = {
        name: (status(e, MIN_COHORT, USABLE_MARGIN, BETA) == SHOWN) & ~np.isnan(e.share)
        for name, e in estimates.items()
    }
    asked = [t for t in workload.tables if t.of]
    groups = [[t for t in asked if bool(t.by) is split] for split in (False, True)]
    single = {t.name: all(workload.axis(name).single for name in t.of) for t in groups[0]}
    noise = {name: _points(estimates[name].margin_noise[shown[name]]) for name in single}
    sampling = [_points(_sampling(estimates[name])[shown[name]]) for name in single]
    first, top = _priorities(form, workload, exact, estimates)
    return Seen(
        promised=_pair(sum(int((~np.isnan(estimates[t.name].share)).sum()) for t in group) for group in groups),
        shown=_pair(sum(int(shown[t.name].sum()) for t in group) for group in groups),
        single=_over([noise[name] for name in single if single[name]]),
        several=_over([noise[name] for name in single if not single[name]]),
        sampling=_over(sampling),
        first=first,
        top=top,
    )


def _sampling(one: Estimate) -> Floats:
    """The sampling margin of everyone-figures, beside that of the noise."""
    return np.asarray(Z95 * np.sqrt(sampling_variance(one.share, np.maximum(one.answered, 1.0))))


def _priorities(
    form: Form, workload: Workload, exact: ExactCounts, estimates: Mapping[str, Estimate]
) -> tuple[bool, bool]:
    """Whether the option most often put first, and the three most often ranked, are those that people named."""
    ranking = next(question for question in form.questions if isinstance(question, Ranking))
    ranks = [f"{ranking.id}.{rank}" for rank in range(1, ranking.top + 1)]
    inside = list(workload.axis(ranks[0]).inside)
    true: list[Integers] = [exact.marginal((axis,))[inside] for axis in ranks]
    told: list[Floats] = [estimates[f"{axis}@"].unbiased[inside] for axis in ranks]
    first = int(np.argmax(told[0])) in set(np.flatnonzero(true[0] == true[0].max()).tolist())
    return first, _top(np.sum(told, axis=0)) == _top(np.sum(true, axis=0))


def _top(counts: Any) -> set[int]:
    return set(np.argsort(-counts, kind="stable")[:3].tolist())


def _points(margins: Floats) -> Floats:
    return np.asarray(100 * margins)


def _over(parts: Sequence[Floats]) -> float:
    joined = np.concatenate(parts) if parts else np.array([])
    return float(joined.mean()) if joined.size else float("nan")


def _pair(numbers: Iterator[int]) -> tuple[int, int]:
    first, second = numbers
    return first, second
