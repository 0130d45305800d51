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

SOCIETY: Final = 20_260_101  # the questions and cohort effects stay the same; who answers depends on the seed
TAIL: Final = 1.5


@dataclass(frozen=True, slots=True)
class People:
    """Shape: cells[axis] is (respondents, touches of the axis): the cells a person is in, -1 where no further."""

    cells: Mapping[str, Cells]

    def __len__(self) -> int:
        """How many respondents."""
        return len(self.cells["industry"])


def draw(respondents: int, seed: int) -> People:
    """People of the one society, other ones for another seed."""
    society, chance = np.random.default_rng(SOCIETY), np.random.default_rng([SOCIETY, seed])
    cohorts = _cohorts(respondents, society, chance)
    cells = {name: codes.astype(np.int16)[:, None] for name, codes in cohorts.items()}
    temperament = chance.normal(size=respondents)
    ranking: Cells | None = None
    for axis in questions():
        options = axis.size - 1
        if axis.name in AMOUNT_EDGES:
            amounts = _amounts(axis.name, cohorts, temperament, society, chance)
            answers = np.searchsorted(AMOUNT_EDGES[axis.name], amounts, side="right")[:, None]
        elif axis.name.startswith("rank"):
            if ranking is None:
                order = np.argsort(-_utilities(options, cohorts, temperament, society, chance), axis=1)
                ranking = _left_out(order.astype(np.int16), RANKED, chance)
            cells[axis.name] = ranking[:, [int(axis.name[4:]) - 1]]
            continue
        else:
            utilities = _utilities(options, cohorts, temperament, society, chance)
            answers = _chosen(utilities, axis.touches, chance)
        cells[axis.name] = _left_out(answers.astype(np.int16), options, chance)
    return People(cells)


def _cohorts(respondents: int, society: np.random.Generator, chance: np.random.Generator) -> dict[str, Cells]:
    """Industry and region by skewed shares; size by shares that lean with the industry."""
    industry = chance.choice(COHORTS["industry"], respondents, p=_zipf(COHORTS["industry"], 0.8))
    region = chance.choice(COHORTS["region"], respondents, p=_zipf(COHORTS["region"], 1.1))
    lean = np.log(_zipf(COHORTS["size"], 0.9)) + society.normal(0, 0.4, (COHORTS["industry"], COHORTS["size"]))
    size = np.argmax(lean[industry] + chance.gumbel(size=(respondents, COHORTS["size"])), axis=1)
    return {"industry": industry, "size": size, "region": region}


def _utilities(
    options: int,
    cohorts: Mapping[str, Cells],
    temperament: Floats,
    society: np.random.Generator,
    chance: np.random.Generator,
) -> Floats:
    """Shape: (respondents, options)."""
    popularity = society.permutation(np.log(_zipf(options, 0.8)))
    liking = society.normal(0, 0.5, options)
    drawn = chance.gumbel(size=(len(temperament), options))
    return popularity + _effects(options, cohorts, society) + temperament[:, None] * liking + drawn


def _effects(width: int, cohorts: Mapping[str, Cells], society: np.random.Generator) -> Floats:
    """What cohorts change, the pair's interaction included. Shape: (respondents, width)."""
    spreads = {"industry": 0.45, "size": 0.3, "region": 0.3}
    effect = sum(society.normal(0, sd, (COHORTS[name], width))[cohorts[name]] for name, sd in spreads.items())
    interaction = society.normal(0, 0.3, (COHORTS["industry"], COHORTS["size"], width))
    return np.asarray(effect + interaction[cohorts["industry"], cohorts["size"]])


def _amounts(
    name: str,
    cohorts: Mapping[str, Cells],
    temperament: Floats,
    society: np.random.Generator,
    chance: np.random.Generator,
) -> Floats:
    """Units: EUR a head and year. One person in twenty is in the Pareto tail."""
    middle = float(np.median(AMOUNT_EDGES[name]))
    centre = np.log(middle) + 1.2 * _effects(1, cohorts, society)[:, 0] + 0.3 * temperament
    amounts = np.exp(centre + chance.normal(0, 0.9, len(temperament)))
    return np.asarray(np.where(chance.random(len(amounts)) < 0.05, amounts * (1 + chance.pareto(TAIL, len(amounts))), amounts))


def _chosen(utilities: Floats, touches: int, chance: np.random.Generator) -> Cells:
    """The best option, or the best one, two or three in ascending order with -1 behind them."""
    if touches == 1:
        return np.argmax(utilities, axis=1)[:, None]
    best = np.argsort(-utilities, axis=1)[:, :touches]
    how_many = chance.choice(np.arange(1, AT_MOST + 1), len(best), p=(0.2, 0.25, 0.55))
    return np.where(np.arange(touches) < how_many[:, None], best, -1)


def _left_out(answers: Cells, nothing: int, chance: np.random.Generator) -> Cells:
    """Some give no answer: they are in the cell `nothing` and in no other (in a ranking, at every rank)."""
    silent = chance.random(len(answers)) < chance.uniform(0.02, 0.06)
    answers = answers.copy()
    answers[silent] = nothing if nothing == RANKED and answers.shape[1] == RANKED else -1
    answers[silent, 0] = nothing
    return answers


def _zipf(count: int, exponent: float) -> Floats:
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return np.asarray(weights / weights.sum())
