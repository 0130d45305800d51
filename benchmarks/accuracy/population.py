"""A society that we draw ourselves: nobody's data, free for everyone to use, the same for the same seed.

How it is drawn: cohorts are skewed (the largest industry has a quarter of the people, the smallest 3 to 4 %;
small companies lean to some industries, so the pair is not the product of its parts). Answers are drawn by random
utility: each option has a popularity that falls like Zipf's law, plus an effect of industry, size and region (standard
deviations 0.45, 0.3, 0.3 on the log scale), plus an interaction of industry and size (0.3), plus a temperament of the
person that runs through all questions (0.5), plus a Gumbel draw: for one answer that is a multinomial logit, for a
ranking Plackett and Luce's model. Amounts are log-normal with a Pareto tail, with medians that
depend on the cohorts in the same way. From 2 to 6 % leave out a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.questionnaire import AMOUNT_EDGES, AT_MOST, COHORTS, RANKED, questions

Cells = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

SOCIETY: Final = 20_260_101  # the questions and cohort effects stay the same; who answers depends on the seed
TAIL: Final = 1.5
RANKS: Final = tuple(f"rank{rank}" for rank in range(1, RANKED + 1))


@dataclass(frozen=True, slots=True)
class People:
    """Shape: cells[axis] is (respondents, touches of the axis): the cells a person is in, -1 where no further."""

    cells: Mapping[str, Cells]

    def __len__(self) -> int:
        """How many respondents."""
        return len(self.cells["industry"])


def draw(respondents: int, seed: int) -> People:
    """People of the one society, other ones for another seed."""
    return _Drawing.begin(respondents, seed).people()


@dataclass(frozen=True, slots=True)
class _Drawing:
    """`society` is what stays the same for every seed, `chance` what does not. Both are drawn from in order.

    Shapes: cohorts[name] and temperament are (respondents,).
    """

    cohorts: Mapping[str, Codes]
    temperament: Floats
    society: np.random.Generator
    chance: np.random.Generator

    @classmethod
    def begin(cls, respondents: int, seed: int) -> _Drawing:
        society, chance = np.random.default_rng(SOCIETY), np.random.default_rng([SOCIETY, seed])
        cohorts = _cohorts(respondents, society, chance)
        return cls(cohorts, chance.normal(size=respondents), society, chance)

    def people(self) -> People:
        """Everything there is to know of them; a ranking's axes are its ranks, drawn together."""
        cells = dict(self.cohorts)
        for axis in questions():
            if axis.name in cells:
                continue
            if axis.name == RANKS[0]:
                cells |= zip(RANKS, self._ranking().T, strict=True)
            elif axis.name in AMOUNT_EDGES:
                brackets = np.searchsorted(AMOUNT_EDGES[axis.name], self._amounts(axis.name), side="right")
                cells[axis.name] = self._left_out(brackets[:, None], axis.size - 1)
            else:
                chosen = self._chosen(self._utilities(axis.size - 1), axis.touches)
                cells[axis.name] = self._left_out(chosen, axis.size - 1)
        return People({name: _columns(codes) for name, codes in cells.items()})

    def _utilities(self, options: int) -> Floats:
        """Shape: (respondents, options)."""
        popularity = self.society.permutation(np.log(_zipf(options, 0.8)))
        liking = self.society.normal(0, 0.5, options)
        drawn = self.chance.gumbel(size=(len(self.temperament), options))
        return np.asarray(popularity + self._effects(options) + self.temperament[:, None] * liking + drawn)

    def _effects(self, width: int) -> Floats:
        """What cohorts change, the pair's interaction included. Shape: (respondents, width)."""
        spreads = {"industry": 0.45, "size": 0.3, "region": 0.3}
        effects = np.zeros((len(self.temperament), width))
        for name, spread in spreads.items():
            effects += self.society.normal(0, spread, (COHORTS[name], width))[self.cohorts[name]]
        interaction = self.society.normal(0, 0.3, (COHORTS["industry"], COHORTS["size"], width))
        return np.asarray(effects + interaction[self.cohorts["industry"], self.cohorts["size"]])

    def _amounts(self, name: str) -> Floats:
        """Units: EUR a head and year. One person in twenty is in the Pareto tail."""
        people = len(self.temperament)
        centre = np.log(np.median(AMOUNT_EDGES[name])) + 1.2 * self._effects(1)[:, 0] + 0.3 * self.temperament
        amounts = np.exp(centre + self.chance.normal(0, 0.9, people))
        in_tail = self.chance.random(people) < 0.05
        return np.asarray(np.where(in_tail, amounts * (1 + self.chance.pareto(TAIL, people)), amounts))

    def _ranking(self) -> Codes:
        """All options in order; who does not rank is in the cell "no answer" at every rank."""
        order = np.argsort(-self._utilities(RANKED), axis=1)
        return np.where(self._silent()[:, None], RANKED, order)

    def _chosen(self, utilities: Floats, touches: int) -> Codes:
        """The best option; or the best one, two or three, with -1 behind them."""
        if touches == 1:
            return np.asarray(np.argmax(utilities, axis=1)[:, None])
        best = np.argsort(-utilities, axis=1)[:, :touches]
        how_many = self.chance.choice(np.arange(1, AT_MOST + 1), len(best), p=(0.2, 0.25, 0.55))
        return np.where(np.arange(touches) < how_many[:, None], best, -1)

    def _left_out(self, answers: Codes, nothing: int) -> Codes:
        """Some give no answer: they are in the cell `nothing` and in no other."""
        instead = np.full(answers.shape, -1)
        instead[:, 0] = nothing
        return np.where(self._silent()[:, None], instead, answers)

    def _silent(self) -> npt.NDArray[np.bool_]:
        """Who leaves out one question."""
        drawn = self.chance.random(len(self.temperament))
        return np.asarray(drawn < self.chance.uniform(0.02, 0.06))


def _cohorts(respondents: int, society: np.random.Generator, chance: np.random.Generator) -> dict[str, Codes]:
    """Industry and region by skewed shares; size by shares that lean with the industry."""
    industry = chance.choice(COHORTS["industry"], respondents, p=_zipf(COHORTS["industry"], 0.8))
    region = chance.choice(COHORTS["region"], respondents, p=_zipf(COHORTS["region"], 1.1))
    lean = np.log(_zipf(COHORTS["size"], 0.9)) + society.normal(0, 0.4, (COHORTS["industry"], COHORTS["size"]))
    size = np.argmax(lean[industry] + chance.gumbel(size=(respondents, COHORTS["size"])), axis=1)
    return {"industry": industry, "size": size, "region": region}


def _columns(codes: Codes) -> Cells:
    return codes.reshape(len(codes), -1).astype(np.int16)


def _zipf(count: int, exponent: float) -> Floats:
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return np.asarray(weights / weights.sum())
