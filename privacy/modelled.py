"""Modelled estimates: small cohorts drawn towards what everyone and larger cohorts answer.

A cohort's answers are taken to be those of everyone; one of two cohort questions at once, what both together lead to
expect. Where the noisy tables show that cohorts differ by more than that, the figure moves towards what was measured,
the further the more cohorts differ and the less noise there is: empirical Bayes, as in official small-area statistics.
Reads nothing but a measurement. Source: docs/privacy.md, section 5, "Modelled".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from privacy.between import ABOVE, Between, differences, risk_of_display
from privacy.measurement import Measurement
from privacy.raking import rake
from privacy.reconstruction import reconstruct
from privacy.residuals import divisor
from privacy.shares import Z95, Floats
from privacy.variances import Variances
from privacy.workload import Axis, Table

RELIABLE = 0.5
_ALMOST = 1e-9  # a cell's least share of its cohort, so that raking can raise it
_FREE = 0.1  # the part of the noise that displayed cells keep, at least

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Modelled:
    """A table drawn towards the model. Shapes: the table's; shares are nan for cells that are no answer.

    `count`: respondents, adding up to the modelled tables of fewer splits. `margin_noise`: 95 %, about these
    respondents; `low` and `high` about the people they are a sample of; both with what the model cannot know.
    `reliability`: the part of the differences between cohorts that the figure explains, at most 1; 0 or less where
    everyone's figure, or the displayed one, would serve as well.
    """

    count: Floats
    share: Floats
    margin_noise: Floats
    low: Floats
    high: Floats
    reliability: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A question split by some cohort questions. Counts in respondents, all else in squared parts of the cohort.

    `error`: of the figure about these respondents; `drawn_error`: about those they are a sample of; `spread`: by how
    much the cohorts differ from everyone. `fits`: whether the model serves better than the displayed table.
    """

    people: Floats
    count: Floats
    error: Floats
    drawn_error: Floats
    spread: Floats
    fits: bool


def modelled(measurement: Measurement, displayed: Mapping[str, Floats]) -> Mapping[str, Modelled]:
    """The modelled version of every split table of one question, by name.

    displayed: all tables as `privacy.nearest` found them. Tables of several questions at once have no model.
    """
    model = _Model(measurement, displayed)
    split = [table for table in measurement.tables if table.by and len(table.of) == 1]
    return {table.name: _shares(model.workload.axis(table.of[0]), model.level(table.by, table.of)) for table in split}


class _Model:
    """Levels from everyone down to the finest split, each made once."""

    def __init__(self, measurement: Measurement, displayed: Mapping[str, Floats]) -> None:
        self.workload = measurement.workload
        self._measurement, self._displayed = measurement, displayed
        self._unbiased = reconstruct(measurement)
        self._levels: dict[tuple[Names, Names], _Level] = {}

    def level(self, by: Names, of: Names) -> _Level:
        """The question `of`, split by these cohort questions."""
        if (by, of) not in self._levels:
            self._levels[by, of] = self._split(by, of) if by else self._everyone(of)
        return self._levels[by, of]

    def _everyone(self, of: Names) -> _Level:
        people, count = (_summed(self._measurement, self._displayed, (), names) for names in ((), of))
        size = np.maximum(people, 1.0)
        share = np.clip(count / size, 0.0, 1.0)
        cell = Variances(self.workload, self._measurement.scales).cell(Table("everyone", (), of))
        noise = np.full(share.shape, cell / size**2)
        return _Level(people, count, noise, noise + share * (1 - share) / size, np.zeros(share.shape), True)

    def _split(self, by: Names, of: Names) -> _Level:
        above = [self.level(tuple(other for other in by if other != name), of) for name in by]
        people, axis = _summed(self._measurement, self._displayed, by, ()), self.workload.axis(of[0])
        margins = [(position, level.count) for position, level in enumerate(above)]
        margins += [(len(by), people)] if axis.single else []
        expected = rake(np.repeat(people[..., None] + _ALMOST, axis.size, axis=-1), margins)
        measured, shown = (_summed(self._measurement, cells, by, of) for cells in (self._unbiased, self._displayed))
        free = max(float((shown > ABOVE).mean()), _FREE)
        moved = self._between(by + of, measured - expected, people[..., None], expected, free)
        size = np.maximum(people, 1.0)[..., None]
        fits = moved.risk(size**-2) <= risk_of_display(shown, measured, moved.noise * moved.kept, size**-2)
        towards = moved.weight * self._residual(by + of, shown - expected)
        return _Level(
            people=people,
            count=rake(np.maximum(expected + towards, _ALMOST * size), margins) if fits else shown,
            error=moved.error / size**2 + _passed_on([level.error for level in above]),
            drawn_error=moved.drawn_error / size**2 + _passed_on([level.drawn_error for level in above]),
            spread=moved.effect * moved.spread / size**2 + _passed_on([level.spread for level in above]),
            fits=fits,
        )

    def _between(self, names: Names, away: Floats, people: Floats, expected: Floats, free: float) -> Between:
        """The differences in the residual over all these axes."""
        kept = prod(1 - 1 / axis.size for axis in map(self.workload.axis, names) if axis.single and axis.size > 1)
        over = tuple(a.name for a in self.workload.axes if a.name in names and not (a.single and a.size == 1))
        noise = (self._measurement.scales[over] / divisor(self.workload, over)) ** 2
        shares = np.clip(expected / np.maximum(people, 1.0), 0.0, 1.0)
        return differences(self._residual(names, away), people, shares, noise, free, kept)

    def _residual(self, names: Names, cells: Floats) -> Floats:
        for position, axis in enumerate(map(self.workload.axis, names)):
            if axis.single and axis.size > 1:
                cells = cells - cells.mean(axis=position, keepdims=True)
        return cells


def _passed_on(above: list[Floats]) -> Floats:
    """What the levels above bring along: as if their errors were independent and added up."""
    return np.asarray(sum(np.expand_dims(part, position) for position, part in enumerate(above)))


def _summed(measurement: Measurement, cells: Mapping[str, Floats], by: Names, of: Names) -> Floats:
    """A table over these axes, in this order, from the narrowest measured one that has them."""
    holding = (table for table in measurement.tables if table.of == of and set(by) <= set(table.by))
    table = min(holding, key=lambda one: prod(measurement.workload.shape(one.name)))
    summed = cells[table.name].sum(axis=tuple(i for i, name in enumerate(table.by) if name not in by))
    kept = [name for name in table.by if name in by]
    return np.asarray(summed.transpose([*(kept.index(name) for name in by), *range(len(by), summed.ndim)]))


def _shares(axis: Axis, level: _Level) -> Modelled:
    """Shares of those who answered: the parts of the cohort and their errors, times `larger`."""
    inside, outside = list(axis.inside), list(axis.outside)
    if axis.single:
        answered = level.count[..., inside].sum(axis=-1)
    else:
        answered = level.people - level.count[..., outside].sum(axis=-1)
    answered = np.maximum(answered, 1.0)[..., None]
    larger = (np.maximum(level.people, 1.0)[..., None] / answered) ** 2
    share = np.full(level.count.shape, np.nan)
    share[..., inside] = np.clip(level.count / answered, 0.0, 1.0)[..., inside]
    margin = Z95 * np.sqrt(level.drawn_error * larger)
    explained = 1 - np.divide(level.error, level.spread, out=np.ones(share.shape), where=level.spread > 0)
    return Modelled(
        count=level.count,
        share=share,
        margin_noise=np.asarray(Z95 * np.sqrt(level.error * larger)),
        low=np.asarray(np.clip(share - margin, 0.0, 1.0)),
        high=np.asarray(np.clip(share + margin, 0.0, 1.0)),
        reliability=explained if level.fits else np.zeros(share.shape),
    )
