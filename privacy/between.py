"""How much cohorts differ beyond a model, from noisy residuals: the variance that shrinkage rests on.

The model of differences: a cohort of n people has a share p + d of an answer of which the model says p, where d is
random with variance `spread` p (1 - p), the same `spread` for all cohorts and answers of a table; its count then also
varies by n p (1 - p), as among people drawn from it; and the variance of the noise is known exactly.
Source: docs/privacy.md, section 5, "Modelled"; Fay and Herriot 1979, Prasad and Rao 1990.
"""

from dataclasses import dataclass

import numpy as np

from privacy.shares import Z95, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """What a table's residual says of the differences. Shapes: the table's, unless they are numbers.

    `drawn` and `effect`: variance of a count from drawing people, and per unit of `spread` from the random effect.
    `away`: the measured residual less the model's. `noise`: variance of its coordinates; `felt`: of what is moved
    towards, the displayed cells. `kept`: the part of independent variance that the residual keeps. `spread`: at least
    0; `doubt`: the variance of its estimate.
    """

    drawn: Floats
    effect: Floats
    away: Floats
    noise: float
    felt: float
    kept: float
    spread: float
    doubt: float

    @property
    def varies(self) -> Floats:
        """By how much true counts vary around the model: respondents, squared."""
        return np.asarray(self.drawn + self.effect * self.spread)

    @property
    def weight(self) -> Floats:
        """How far a cell is moved from the model to what was measured: its gamma, 0 to 1."""
        return np.asarray(self.varies / (self.varies + self.felt))

    @property
    def error(self) -> Floats:
        """Mean squared error of a moved count, about these people."""
        moved = self.weight**2 * self.felt
        return np.asarray(self.kept * ((1 - self.weight) ** 2 * self._off(self.drawn) + moved + self._estimated))

    @property
    def drawn_error(self) -> Floats:
        """The same about the people that these are a sample of."""
        moved = self.weight**2 * (self.drawn + self.felt)
        return np.asarray(self.kept * ((1 - self.weight) ** 2 * self._off(0 * self.drawn) + moved + self._estimated))

    def _off(self, drawn: Floats) -> Floats:
        """How far the model may be off, squared: by one standard deviation of `spread` more than estimated; and where
        a cell is further away than it could be by chance, as far as it is."""
        expected = drawn + self.effect * (self.spread + self.doubt**0.5)
        seen = self.away**2 / self.kept - self.noise - self.drawn + drawn
        by_chance = Z95**2 * self.kept * (self.varies + self.noise)
        return np.asarray(np.where(self.away**2 > by_chance, np.maximum(expected, seen), expected))

    @property
    def _estimated(self) -> Floats:
        """What it costs that `spread` is only estimated (2 g3 of Prasad and Rao)."""
        slope = self.effect * self.felt / (self.varies + self.felt) ** 2
        return np.asarray(2 * slope**2 * (self.varies + self.felt) * self.doubt)

    def risk(self, each: Floats) -> float:
        """Stein's unbiased estimate of what moving costs: the sum of squared errors, each weighed by `each`.

        It holds whatever the cohorts' differences are.
        """
        left, noise = 1 - self.weight, self.noise * self.kept
        return float((each * (left**2 * self.away**2 + (1 - 2 * left) * noise)).sum())


def differences(away: Floats, people: Floats, shares: Floats, noise: float, free: float, kept: float) -> Between:
    """The method of moments: what is left of the residual's squares after noise and drawing is the cohorts' own.

    away: the measured residual less the model's. people: of each cohort, with a last axis of one. shares: the
    model's. free: the part of the noise that displayed cells keep. Unbiased but for the cut at 0.
    """
    chance = shares * (1 - shares)
    drawn, effect = people * chance, people**2 * chance
    whole = kept * float(effect.sum())
    if whole <= 0:
        return Between(drawn, effect, away, noise, noise * free, kept, 0.0, 0.0)
    spread = max((float((away**2).sum()) - kept * float((drawn + noise).sum())) / whole, 0.0)
    doubt = 2 * kept * float(((drawn + effect * spread + noise) ** 2).sum()) / whole**2
    return Between(drawn, effect, away, noise, noise * free, kept, spread, doubt)


def risk_of_display(displayed: Floats, measured: Floats, noise: float, each: Floats) -> float:
    """The same of the displayed cells: a projection, which keeps the noise of the cells that it leaves above zero."""
    free = displayed > ABOVE
    return float((each * ((displayed - measured) ** 2 + (2.0 * free - 1.0) * noise)).sum())


ABOVE = 1e-3  # respondents: a displayed cell below this was cut at zero
