"""Made-up members of a small society who fill in a form that we bundle. Nobody's data.

Each question has popularities that fall like Zipf's law (in an order of its own, the same for every seed), tilted by
the first cohort question; 3 % leave out a question they are asked.
"""

from __future__ import annotations

from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from survey.forms.codec import asked, encode
from survey.forms.domains import answer_ids
from survey.forms.model import Choices, Form, Okr, Question, Ranking, Scale

Records = npt.NDArray[np.uint8]
SILENT: Final = 0.03


def draw_records(form: Form, respondents: int, seed: int) -> Records:
    """Shape: (respondents, record bytes)."""
    chance = np.random.default_rng([seed, respondents])
    rows = [encode(form, _answers(form, chance)) for _ in range(respondents)]
    return np.frombuffer(b"".join(rows), np.uint8).reshape(respondents, -1)


def _answers(form: Form, chance: np.random.Generator) -> dict[str, Any]:
    """In form order, so that what is not asked is not answered."""
    answers: dict[str, Any] = {}
    first = form.cohorts[0].id if form.cohorts else ""
    for question in form.questions:
        if question.id in asked(form, answers) and chance.random() >= SILENT:
            answers[question.id] = _answer(question, str(answers.get(first, "")), chance)
    return answers


def _answer(question: Question, cohort: str, chance: np.random.Generator) -> Any:
    if isinstance(question, Okr):
        columns = (question.objectives, question.key_results, question.progress)
        return (tuple(_best(question.id, cohort, [o.id for o in column], 1, chance)[0] for column in columns),)
    ids = list(answer_ids(question))
    if isinstance(question, Ranking):
        return tuple(_best(question.id, cohort, ids, question.top, chance))
    if isinstance(question, Choices):
        several = [option.id for option in question.options if not option.alone]
        return tuple(_best(question.id, cohort, several, int(chance.integers(1, question.at_most + 1)), chance))
    (one,) = _best(question.id, cohort, ids, 1, chance)
    return int(one) if isinstance(question, Scale) else one


def _best(question: str, cohort: str, ids: list[str], how_many: int, chance: np.random.Generator) -> list[str]:
    """The options of the largest random utility, best first."""
    utilities = _liking(question, len(ids), 0.0) + _liking(f"{question} {cohort}", len(ids), 0.4)
    order = np.argsort(-(utilities + chance.gumbel(size=len(ids))))
    return [ids[index] for index in order[:how_many]]


def _liking(name: str, count: int, spread: float) -> npt.NDArray[np.float64]:
    """Zipf's popularities in an order of the name's own, or, with a spread, normal tilts of its own."""
    own = np.random.default_rng(crc32(name.encode()))
    if spread:
        return own.normal(0, spread, count)
    return own.permutation(-0.8 * np.log(np.arange(1, count + 1)))
