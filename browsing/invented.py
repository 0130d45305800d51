"""Invented answers to any form, as the table that bulk entry takes."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from survey.forms.answers_csv import header
from survey.forms.codec import Answer, asked
from survey.forms.domains import answer_ids
from survey.forms.model import Amount, Choice, Choices, Form, Okr, Question, Ranking, Scale, Score


def write_invented_answers(path: Path, form: Form, respondents: int) -> None:
    """A CSV of `respondents` rows, the same for the same form and number. Who is not asked has no answer there."""
    chance = random.Random(f"{form.id} {respondents}")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header(form))
        writer.writeheader()
        writer.writerows(_row(form, chance) for _ in range(respondents))


def _row(form: Form, chance: random.Random) -> dict[str, str]:
    chosen: dict[str, Answer] = {}
    row: dict[str, str] = {}
    for question in form.questions:
        if question.id not in asked(form, chosen):
            continue
        row[question.id] = _cell(question, chance)
        if isinstance(question, Choice):
            chosen[question.id] = row[question.id]
    return row


def _cell(question: Question, chance: random.Random) -> str:
    match question:
        case Choice() | Choices() | Ranking():
            return ";".join(_chosen(question, chance))
        case Scale():
            return str(chance.randint(question.first, question.last))
        case Amount():
            return str(round(chance.lognormvariate(5.5, 1)))
        case Score():
            return str(sum(chance.randint(1, question.points) for _ in question.items))
        case Okr():
            lists = (question.objectives, question.key_results, question.progress)
            return "|".join(chance.choice(options).id for options in lists)
        case _:
            assert_never(question)


def _chosen(question: Choice | Choices | Ranking, chance: random.Random) -> list[str]:
    """Ids of options: one, two that do not stand alone, or as many as are ranked."""
    if isinstance(question, Choice):
        return _leaning([option.id for option in question.options], 1, chance)
    if isinstance(question, Ranking):
        return _leaning(answer_ids(question), question.top, chance)
    several = [option.id for option in question.options if not option.alone]
    return _leaning(several, min(2, question.at_most, len(several)), chance)


def _leaning(ids: Sequence[str], many: int, chance: random.Random) -> list[str]:
    """So many of them, no two alike, the first ones more often: people do not answer evenly."""
    pool, chosen = list(ids), []
    for _ in range(many):
        weights = [1 / (place + 2) for place in range(len(pool))]
        chosen.append(pool.pop(chance.choices(range(len(pool)), weights)[0]))
    return chosen
