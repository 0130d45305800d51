"""Rounds of one question for tests of statistics: exact noise of its cells, and many rounds drawn at once."""

from dataclasses import dataclass

import numpy as np

from privacy.residuals import closure, l2_squared
from privacy.variances import Variances
from privacy.workload import Axis, Table, Workload


@dataclass(frozen=True)
class Bracketed:
    """A question of some answers, for everyone and in five cohorts, every residual measured at the same price."""

    answers: int
    rho: float

    @property
    def workload(self) -> Workload:
        axes = (Axis("cohort", 6, 1, (5,)), Axis("a", self.answers + 1, 1, (self.answers,)))
        of = (("a",), ())
        tables = [Table(f"{'a' * bool(o)}@{'cohort' * bool(by)}", by, o) for by in ((), ("cohort",)) for o in of]
        return Workload(axes, tuple(tables))

    def noise(self, table: str) -> tuple[float, float]:
        """Variance of one answer cell in a cohort, and covariance of two."""
        scales = {s: (l2_squared(self.workload, s) / (2 * self.rho)) ** 0.5 for s in closure(self.workload)}
        variances, one = Variances(self.workload, scales), np.eye(self.answers + 1)
        of = self.workload.table(table)
        return tuple(variances.part(of, {"a": one[0]}, {"a": one[other]}) for other in (0, 1))  # type: ignore[return-value]

    def draw(self, table: str, people: int, chances: np.ndarray, runs: int, seed: int = 3) -> np.ndarray:
        """Noisy counts of one cohort of a population, (runs, answers)."""
        (cell, shared), rng = self.noise(table), np.random.default_rng(seed)
        exact = rng.multinomial(people, chances, size=runs)
        noise = (cell - shared) * np.eye(self.answers) + shared
        return exact + rng.normal(size=exact.shape) @ np.linalg.cholesky(noise).T

    def sd_of_sum(self, table: str) -> float:
        cell, shared = self.noise(table)
        return (self.answers * cell + self.answers * (self.answers - 1) * shared) ** 0.5


MIN_COHORT, USABLE, STRICT = 10, 0.15, 1.644853626951472
BELL = np.exp(-0.5 * ((np.arange(9) - 4) / 1.7) ** 2) / np.exp(-0.5 * ((np.arange(9) - 4) / 1.7) ** 2).sum()
SKEW = np.array([0.3, 0.25, 0.15, 0.1, 0.07, 0.05, 0.04, 0.03, 0.01])
# table, people, rho: sizes of rounds and cohorts at which figures are shown always, mostly or now and then
ROUNDS = [
    ("a@", 50, 0.1),
    ("a@", 300, 0.02),
    ("a@", 5000, 0.02),
    ("a@cohort", 50, 0.1),
    ("a@cohort", 50, 0.055),
    ("a@cohort", 300, 0.005),
    ("a@cohort", 5000, 0.005),
]
