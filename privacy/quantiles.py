"""Quantiles of answers that fall into ordered brackets, from noisy counts, as places among the brackets.

A place is the number of a bracket plus the part of it that lies below: 2.25 is a quarter into the third. The interval
is made of the places that the measurement does not contradict. Source: docs/privacy.md, section "Statistics".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.shares import Z95

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_DECIMALS = 9  # what the last bits of a float say of an edge would differ from machine to machine
_HALVINGS = 40  # of a bracket: a millionth of a millionth of it


@dataclass(frozen=True, slots=True)
class BracketNoise:
    """Noise of a table's brackets within one cohort: variance of each, and covariance of any two."""

    cell: float
    shared: float

    def of(self, squares: Floats, sums: Floats) -> Floats:
        """Noise variance of a weighted sum of brackets, from the sum of its squared weights and of its weights."""
        return np.asarray(np.maximum((self.cell - self.shared) * squares + self.shared * sums**2, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """One quantile in each cohort, as places among the brackets, from 0 to their number.

    Shapes: one entry a cohort. `low`, `high`: 95 % for noise and, if respondents were a random sample, sampling.
    """

    place: Floats
    low: Floats
    high: Floats


def quantile_places(counts: Floats, noise: BracketNoise, level: float, shift: Floats | float = 0.0) -> Places:
    """The place below which the part `level` of those who answered lies.

    Shapes: counts (cohorts, brackets), unbiased, their sums positive; shift (cohorts,). `shift`: how many of those who
    answered noise is likely to have added because the figure is shown (privacy.selection), less than all of them; noise
    that moves their sum moves all brackets alike. The interval holds with and without.
    """
    alike = np.broadcast_to(shift, counts.shape[:1])[:, None] / counts.shape[-1]
    lows, highs = _interval(np.concatenate([counts, counts - alike]), noise, level)  # at once: half the steps
    low, high = lows.reshape(2, -1).min(axis=0), highs.reshape(2, -1).max(axis=0)
    place = np.clip(_middle(counts, level), low, high)
    return Places(*(np.round(found, _DECIMALS) for found in (place, low, high)))


def noise_margin(brackets: int, noise: BracketNoise, level: float) -> float:
    """95 % margin of how many are below the quantile, for noise alone, at the edge where it is largest. In respondents.

    It is the same wherever the quantile lies, so that it can decide what is shown without choosing among values.
    """
    below = np.arange(brackets + 1)
    squares = np.asarray(below * (1 - level) ** 2 + (brackets - below) * level**2, dtype=np.float64)
    return float(Z95 * np.sqrt(noise.of(squares, np.asarray(below - level * brackets)).max()))


def _interval(counts: Floats, noise: BracketNoise, level: float) -> tuple[Floats, Floats]:
    low = _Scan.of(counts, noise, level).first()
    return low, counts.shape[-1] - _Scan.of(counts[:, ::-1], noise, 1 - level).first()


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """Which places can have the part `level` below them. `edges`: counts added up to each edge, from 0."""

    counts: Floats
    edges: Floats
    noise: BracketNoise
    level: float

    @classmethod
    def of(cls, counts: Floats, noise: BracketNoise, level: float) -> "_Scan":
        return cls(counts, _edges(counts), noise, level)

    def first(self) -> Floats:
        """The lowest place of each cohort that is not contradicted as too low.

        Edges are tried from the lowest up until one is not contradicted, so that trying several costs no confidence.
        """
        cohorts, brackets = self.counts.shape
        at = np.zeros(cohorts, dtype=np.int64)
        tried = np.ones(cohorts, dtype=np.bool_)
        for bracket in range(brackets - 1):
            tried &= self._distance(np.full(cohorts, bracket), np.ones(cohorts)) < 0
            at += tried
        return self._root(at)

    def _root(self, bracket: Integers) -> Floats:
        """Where within the bracket the distance becomes 0; its lower end if it is above 0 there already."""
        low, high = np.zeros(bracket.shape), np.ones(bracket.shape)
        done = self._distance(bracket, low) >= 0
        for _ in range(_HALVINGS):
            half = (low + high) / 2
            under = self._distance(bracket, half) < 0
            low, high = np.where(under, half, low), np.where(under, high, half)
        return np.asarray(bracket + np.where(done, 0.0, high))

    def _distance(self, bracket: Integers, part: Floats) -> Floats:
        """People below the place, less `level` times all, plus their 95 % margin if the place is right."""
        q, rows, brackets = self.level, np.arange(len(self.counts)), self.counts.shape[-1]
        inside, before, people = self.counts[rows, bracket], self.edges[rows, bracket], self.edges[:, -1]
        squares = bracket * (1 - q) ** 2 + (part - q) ** 2 + (brackets - bracket - 1) * q**2
        noise = self.noise.of(squares, bracket + part - q * brackets)
        # What the bracket can hold at most if the place is right: what was measured errs together with the distance.
        possible = np.minimum(q / np.maximum(part, q), (1 - q) / np.maximum(1 - part, 1 - q))
        share = np.minimum(np.maximum(inside / people, 0.0), possible)
        sampling = people * (q * (1 - q) - share * part * (1 - part))
        return np.asarray(before + part * inside - q * people + Z95 * np.sqrt(np.maximum(noise + sampling, 0.0)))


def _middle(counts: Floats, level: float) -> Floats:
    """Where the cumulative counts cross the level.

    Noise may let them fall: they are made to rise, half way between the largest so far and the smallest to come.
    """
    edges = _edges(counts)
    so_far = np.maximum.accumulate(edges, axis=-1)
    to_come = np.minimum.accumulate(edges[:, ::-1], axis=-1)[:, ::-1]
    rising = (so_far + to_come) / 2
    wanted = level * edges[:, -1:]
    bracket = (rising < wanted).sum(axis=-1) - 1  # the first edge is below, the last is not
    rows = np.arange(len(counts))
    before, after = rising[rows, bracket], rising[rows, bracket + 1]
    return np.asarray(bracket + (wanted[:, 0] - before) / (after - before))


def _edges(counts: Floats) -> Floats:
    """How many are counted below each edge, from none to all. Shape: (cohorts, brackets + 1)."""
    return np.concatenate([np.zeros((len(counts), 1)), counts.cumsum(axis=-1)], axis=-1)
