"""How much cohorts differ beyond a model, from noisy residuals: the variance that shrinkage rests on.

The model of differences: a cohort of n people has a share p + d of an answer of which the model says p, where d is
random with variance (p (1 - p))^2 times `spread` (a random effect on the log-odds), the same for all answers of the
question; its count then also varies by n p (1 - p), as among people drawn from it; and the noise is known exactly.
Source: docs/privacy.md, section 5, "Modelled"; Fay and Herriot 1979, Prasad and Rao 1990.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """What a table's residual says of the differences. Shapes: the table's, unless they are numbers.

    `drawn` and `effect`: variance of a count from drawing people, and per unit of `spread` from the random effect.
    `noise`: variance of one coordinate. `kept`: the part of independent variance that a residual keeps.
    `spread`: at least 0; `doubt`: the variance of its estimate.
    """

    drawn: Floats
    effect: Floats
    noise: float
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
        return np.asarray(self.varies / (self.varies + self.noise))

    @property
    def error(self) -> Floats:
        """Mean squared error of a moved count, about these people. Source: Prasad and Rao, g1 + 2 g3."""
        left, moved = 1 - self.weight, self.weight
        return np.asarray(self.kept * (left**2 * self.varies + moved**2 * self.noise + 2 * self._estimated()))

    @property
    def drawn_error(self) -> Floats:
        """The same about the people that these are a sample of."""
        left, moved = 1 - self.weight, self.weight
        own = left**2 * self.effect * self.spread + moved**2 * (self.drawn + self.noise)
        return np.asarray(self.kept * (own + 2 * self._estimated()))

    def _estimated(self) -> Floats:
        """What it costs that `spread` is only estimated (g3)."""
        slope = self.effect * self.noise / (self.varies + self.noise) ** 2
        return np.asarray(slope**2 * (self.varies + self.noise) * self.doubt)


def differences(away: Floats, people: Floats, shares: Floats, noise: float, kept: float) -> Between:
    """The method of moments: what is left of the residual's squares after noise and drawing is the cohorts' own.

    away: the measured residual less the model's. people: of each cohort, with a last axis of one. shares: the
    model's. Unbiased but for the cut at 0, whatever the differences' distribution.
    """
    chance = shares * (1 - shares)
    drawn, effect = people * chance, (people * chance) ** 2
    whole = kept * float(effect.sum())
    if whole <= 0:
        return Between(drawn, effect, noise, kept, 0.0, 0.0)
    left = float((away**2).sum()) - kept * float((drawn + noise).sum())
    spread = max(left / whole, 0.0)
    doubt = 2 * kept * float(((drawn + effect * spread + noise) ** 2).sum()) / whole**2
    return Between(drawn, effect, noise, kept, spread, doubt)
