"""Figures for everyone, weighted to what is publicly known of everyone (post-stratification).

Where some cohorts answer more readily than others, the answers of all are mostly theirs. If it is known how large the
cohorts really are, each cohort's share can count by that instead. Reads nothing but a measurement and public numbers.
Source: docs/privacy.md, section 5, "Weighted"; Holt and Smith 1979.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from privacy.estimate import Estimate
from privacy.intervals import Spread, interval
from privacy.measurement import Measurement
from privacy.shares import Z95, Floats
from privacy.variances import Functional, Variances
from privacy.workload import Table, Workload

Groups = tuple[tuple[int, ...], ...]
Enough = Callable[[float, float], bool]
"""Whether a noisy number of people, with this standard deviation, is enough for a group of its own."""

_Sum = Sequence[tuple[Table, Functional]]


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """A table for everyone, weighted by one cohort axis. Shapes: the table's; nan for cells that are no answer.

    `by`: the cohort axis. `groups`: its cohorts, each alone or several together. `margin_noise`: 95 %, noise alone;
    `low` and `high`: for noise and, were the respondents of each group a random sample of it, sampling.
    """

    by: str
    groups: Groups
    share: Floats
    margin_noise: Floats
    low: Floats
    high: Floats

    @property
    def possible(self) -> bool:
        """Whether there is anything to weigh: one group alone is everybody, as they answered."""
        return len(self.groups) > 1


def weighted(
    measurement: Measurement, estimates: Mapping[str, Estimate], margins: Mapping[str, Floats], enough: Enough
) -> Mapping[str, Weighted]:
    """The weighted version of tables for everyone, by their names.

    margins: for cohort axes, each cohort's known part of everyone, adding up to 1 and 0 in cells that are no answer.
    Only a question that is split by one such axis alone has a weighted version; of several such axes the one that
    leaves most groups is taken, the first of those that leave equally many. The margins are those of everyone: a
    question that only some are asked would need theirs.
    """
    workload, found = measurement.workload, dict[str, Weighted]()
    variances = Variances(workload, measurement.scales)
    for table in measurement.tables:
        if table.by or len(table.of) != 1:
            continue
        splits = [t for t in measurement.tables if t.of == table.of and len(t.by) == 1 and t.by[0] in margins]
        ways = [_Split(workload, variances, split, estimates[split.name]) for split in splits]
        versions = [(way, pooled(way, margins[way.table.by[0]], enough)) for way in ways]
        if versions:
            way, groups = max(versions, key=lambda version: len(version[1]))
            found[table.name] = _weighted(way, groups, margins[way.table.by[0]])
    return found


def pooled(split: "_Split", margin: Floats, enough: Enough) -> Groups:
    """The cohorts that are large enough, each alone, and all others together.

    While these are not enough even so, the smallest of the others joins them. Cohorts of which there are none are
    left out.
    """

    def stands(cohorts: tuple[int, ...]) -> bool:
        return enough(float(split.answered[list(cohorts)].sum()), split.answered_sd(cohorts))

    order = sorted(np.flatnonzero(margin > 0).tolist(), key=lambda cohort: -split.answered[cohort])
    alone = [cohort for cohort in order if stands((cohort,))]
    rest = tuple(cohort for cohort in order if cohort not in alone)
    while rest and alone and not stands(rest):
        rest = (*rest, alone.pop())
    return tuple((cohort,) for cohort in alone) + ((rest,) if rest else ())


class _Split:
    """A question split by one cohort axis: its figures, and the noise of sums of them over cohorts."""

    def __init__(self, workload: Workload, variances: Variances, table: Table, estimate: Estimate) -> None:
        self.table, self.estimate, self.answered = table, estimate, estimate.answered
        self.axis = workload.axis(table.of[0])
        self._variances, self._size = variances, workload.size_table(table)

    def answered_sd(self, cohorts: Sequence[int]) -> float:
        """Of the noise in how many answered in these cohorts together."""
        people = self.people(_ones(len(self.answered), cohorts))
        return float(np.sqrt(self.shared(people, people)))

    def answers(self, weights: Floats, cell: int) -> _Sum:
        """One answer's counts, each cohort with its weight."""
        return [(self.table, {self.table.by[0]: weights, self.axis.name: _ones(self.axis.size, [cell])})]

    def people(self, weights: Floats) -> _Sum:
        """How many answered, each cohort with its weight: counted as `privacy.shares.Noise` says."""
        by, of = self.table.by[0], self.axis
        if of.single:
            return [(self.table, {by: weights, of.name: _ones(of.size, of.inside)})]
        return [(self._size, {by: weights}), (self.table, {by: -weights, of.name: _ones(of.size, of.outside)})]

    def shared(self, first: _Sum, second: _Sum) -> float:
        """Noise covariance of two sums."""
        return sum(self._variances.between(a, b) for a in first for b in second)


def _weighted(split: _Split, groups: Groups, margin: Floats) -> Weighted:
    """With the displayed counts as share, and limits around the unbiased ones, as other figures have them."""
    inside, estimate = list(split.axis.inside), split.estimate
    belongs = np.stack([_ones(len(margin), cohorts) for cohorts in groups])
    parts = belongs @ margin
    people = np.maximum(belongs @ split.answered, 1.0)
    counts = (belongs @ estimate.unbiased)[:, inside]
    measured = parts / people @ counts
    shown = (belongs @ estimate.count)[:, inside] / np.maximum(belongs @ estimate.base, 1.0)[:, None]
    share = parts @ np.clip(shown, 0.0, 1.0)
    spread = _spread(split, belongs, (parts, people), counts)
    low, high = interval(measured, spread.sampled)
    noise = np.maximum(spread.noise.flat + share * spread.noise.linear + share**2 * spread.noise.square, 0.0)
    found = (share, Z95 * np.sqrt(noise), np.minimum(low, share), np.maximum(high, share))
    return Weighted(split.table.by[0], groups, *(_placed(split.axis.size, inside, cells) for cells in found))


@dataclass(frozen=True, slots=True, eq=False)
class _Spreads:
    """The variance of weighted shares: for noise alone, and for noise and sampling."""

    noise: Spread
    sampled: Spread


def _spread(split: _Split, belongs: Floats, sizes: tuple[Floats, Floats], counts: Floats) -> _Spreads:
    """As a share changes, those of its groups are taken to keep their ratios to it.

    Shapes: belongs (groups, cohorts); sizes are the known parts and the people of the groups; counts (groups, answers).
    The groups' shares, for their ratios and for sampling, are Agresti and Coull's: never 0 or 1.
    """
    parts, people = sizes
    drawn_in = (np.clip(counts, 0.0, people[:, None]) + Z95**2 / 2) / (people + Z95**2)[:, None]
    whole = parts @ drawn_in
    sampling = (parts**2 / people) @ (drawn_in * (1 - drawn_in)) / (whole * (1 - whole))
    noise = np.array(list(_noise(split, belongs, parts / people, drawn_in / whole)))
    flat, linear, square = noise.T
    return _Spreads(Spread(flat, linear, square), Spread(flat, linear + sampling, square - sampling))


def _noise(split: _Split, belongs: Floats, each: Floats, ratios: Floats) -> Iterator[tuple[float, float, float]]:
    """For each answer the noise variance of its weighted share p, in powers of p: to first order (delta method)."""
    for cell, ratio in zip(split.axis.inside, ratios.T, strict=True):
        answers = split.answers(each @ belongs, cell)
        people = split.people((each * ratio) @ belongs)
        shared = split.shared(answers, people)
        yield split.shared(answers, answers), -2 * shared, split.shared(people, people)


def _ones(size: int, cells: Sequence[int]) -> Floats:
    weights = np.zeros(size)
    weights[list(cells)] = 1.0
    return weights


def _placed(size: int, inside: Sequence[int], cells: Floats) -> Floats:
    whole = np.full(size, np.nan)
    whole[list(inside)] = cells
    return whole
