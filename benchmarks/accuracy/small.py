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
from privacy.shares import Z95, Mask, sampling_variance
from privacy.terms import Term
from privacy.threshold import SHOWN, status
from privacy.workload import Workload
from survey.forms.axes import axes
from survey.forms.loading import bundled
from survey.forms.model import Choice, Choices, Form, Ranking, Scale
from survey.rounds.promise import PromisedTerm

SIZES: Final = (150, 300, 800)
EPSILON: Final = 3.0
FORM: Final = "hr-benchmark"
# Noise margins wanted at 300 people, in points: of single-choice questions, and of those with several answers.
ONE: Final = (Choice, Scale)
TARGETED: Final = 300
TARGETS: Final = (6.0, 8.0)
TERM: Final = Term(date(2026, 1, 1), date(2026, 12, 31), EPSILON, DELTA)


@dataclass(frozen=True, slots=True)
class Seen:
    """One round. `shown`, `promised`: figures, for everyone and split.

    `single`, `several`: mean margins of noise and of sampling over the figures shown for everyone, of questions with
    one answer (choices and scales) and with several. Units: points; nan where none is shown.
    """

    promised: tuple[int, int]
    shown: tuple[int, int]
    single: tuple[float, float]
    several: tuple[float, float]
    first: bool
    top: bool


def report(repeats: int) -> str:
    """A table of all sizes and the target, or a line that says why there is none."""
    if not available():
        return "## Small rounds\n\nNOT MEASURED: this version proposes no presets."
    seen = {size: list(_rounds(size, repeats)) for size in SIZES}
    heads = (
        "people", "figures shown: everyone", "split", "one answer: noise", "sampling",
        "several answers: noise", "sampling", "first priority right", "top three right",
    )  # fmt: skip
    title = (
        f"## Small rounds\n\nThe form `{FORM}` under the preset, ε = {EPSILON:g}, {repeats} rounds of made-up "
        "members of each size. Margins are in points (95 %, means over the figures shown for everyone): of choices "
        "and scales, and of questions with several answers. *Right* is how often what came out is what the respondents "
        "said."
    )
    return "\n\n".join(
        (title, table(heads, (_line(size, rounds) for size, rounds in seen.items())), _verdict(seen[TARGETED]))
    )


def _line(size: int, rounds: Sequence[Seen]) -> tuple[str, ...]:
    figures = (f"{fmean(s.shown[i] for s in rounds):.0f} of {rounds[0].promised[i]}" for i in (0, 1))
    margins = (_said(_mean(kind, part, rounds)) for kind in ("single", "several") for part in (0, 1))
    right = (f"{fmean(hits):.0%}" for hits in ([s.first for s in rounds], [s.top for s in rounds]))
    return (str(size), *figures, *margins, *right)


def _verdict(rounds: Sequence[Seen]) -> str:
    said = []
    for name, target in zip(("single", "several"), TARGETS, strict=True):
        reached = _mean(name, 0, rounds)
        away = f"{'met' if reached <= target else 'MISSED'} by {abs(reached - target):.2f}"
        said.append(f"{name}: {_said(reached)} of at most {target:.0f}: {'none shown' if np.isnan(reached) else away}")
    return f"Targets at {TARGETED} people (noise margin in points): {'; '.join(said)}."


def _said(margin: float) -> str:
    return "–" if np.isnan(margin) else f"{margin:.1f}"


def _mean(name: str, part: int, rounds: Sequence[Seen]) -> float:
    values = np.array([getattr(one, name)[part] for one in rounds])
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
    kinds = {axis.id: form.question(axis.question) for axis in axes(form)}
    first, top = _priorities(form, workload, exact, estimates)
    margins = {
        kind: _margins([(estimates[t.name], shown[t.name]) for t in groups[0] if isinstance(kinds[t.of[0]], kind)])
        for kind in (ONE, Choices)
    }
    return Seen(
        promised=_pair(sum(int((~np.isnan(estimates[t.name].share)).sum()) for t in group) for group in groups),
        shown=_pair(sum(int(shown[t.name].sum()) for t in group) for group in groups),
        single=margins[ONE],
        several=margins[Choices],
        first=first,
        top=top,
    )


def _margins(told: Sequence[tuple[Estimate, Mask]]) -> tuple[float, float]:
    """Mean margins of noise, and of sampling if respondents were a random sample, where shown. Units: points."""
    noise = [one.margin_noise[shown] for one, shown in told]
    sampling = [
        Z95 * np.sqrt(sampling_variance(one.share, np.maximum(one.answered, 1.0)))[shown] for one, shown in told
    ]
    return _points(noise), _points(sampling)


def _priorities(
    form: Form, workload: Workload, exact: ExactCounts, estimates: Mapping[str, Estimate]
) -> tuple[bool, bool]:
    """Whether the option most often put first, and the three most often ranked, are those that people named."""
    ranking = next(question for question in form.questions if isinstance(question, Ranking))
    ranks = [f"{ranking.id}.{rank}" for rank in range(1, ranking.top + 1)]
    inside = list(workload.axis(ranks[0]).inside)
    true: list[Integers] = [exact.marginal((axis,))[inside] for axis in ranks]
    told: list[Floats] = [estimates[f"{axis}@"].count[inside] for axis in ranks]
    first = int(np.argmax(told[0])) in set(np.flatnonzero(true[0] == true[0].max()).tolist())
    return first, _top(np.sum(told, axis=0)) == _top(np.sum(true, axis=0))


def _top(counts: Any) -> set[int]:
    return set(np.argsort(-counts, kind="stable")[:3].tolist())


def _points(parts: Sequence[Floats]) -> float:
    joined = np.concatenate(parts) if parts else np.array([])
    return float(100 * joined.mean()) if joined.size else float("nan")


def _pair(numbers: Iterator[int]) -> tuple[int, int]:
    first, second = numbers
    return first, second
