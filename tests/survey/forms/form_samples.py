"""A form with every kind, random forms, and random answers to them."""

import random
from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st

from survey.forms.brackets import bin_starts, zero_is_possible
from survey.forms.codec import Answer, Answers, asked, encode
from survey.forms.domains import answer_ids
from survey.forms.labels import Label
from survey.forms.loading import form_from_toml
from survey.forms.model import (
    Amount,
    Choice,
    Choices,
    Form,
    Okr,
    Option,
    Page,
    Question,
    Ranking,
    Scale,
    Score,
    ShowIf,
)

EVERY_KIND = """
id = "every-kind"
title = "Every kind"
intro = { en = "For tests", es = "Para pruebas" }

[[page]]
title = "First"
why = "Figures are split by team."

[[page.question]]
id = "team"
kind = "choice"
label = { en = "Team", es = "Equipo" }
cohort = true
options = [
    { id = "alpha", label = "Alpha, and more" },
    { id = "beta", label = { en = "Beta", es = "Be" } },
    { id = "gamma", label = "Gamma" },
]

[[page.question]]
id = "lead"
kind = "choice"
label = "Do you lead?"
show_if = { question = "team", any_of = ["alpha", "gamma"] }
options = [{ id = "yes", label = "Yes" }, { id = "no", label = "No" }]

[[page.question]]
id = "tools"
kind = "choices"
label = "Tools"
at_most = 3
options = [
    { id = "none", label = "None of these", alone = true },
    { id = "saw", label = "Saw" },
    { id = "axe", label = "Axe" },
    { id = "drill", label = "Drill" },
    { id = "plane", label = "Plane" },
]

[[page]]
title = "Second"

[[page.question]]
id = "first_things"
kind = "ranking"
label = "In order"
top = 3
options = [
    { id = "a", label = "An A" },
    { id = "b", label = "A B" },
    { id = "c", label = "A C" },
    { id = "d", label = "A D" },
]

[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
from = -2
to = 2
low = "Low"
high = "High"
show_if = { question = "lead", any_of = ["yes"] }

[[page.question]]
id = "tired"
kind = "score"
label = "Tired"
points = 5
bins = 4
items = [{ id = "one", label = "One; or so" }, { id = "two", label = "Two" }]

[[page.question]]
id = "pay"
kind = "amount"
label = "Pay"
unit = "EUR"
units = { USD = 1.08, EUR = 1 }
edges = [-50, -10, 0, 10, 50]
zero = "Nothing"

[[page.question]]
id = "okrs"
kind = "okr"
label = "OKRs"
rows = 3
objectives = [{ id = "grow", label = "Grow" }, { id = "keep", label = "Keep" }]
key_results = [{ id = "churn", label = "Churn" }, { id = "score", label = "Score" }]
progress = [{ id = "late", label = "Late" }, { id = "done", label = "Done" }]
"""


def every_kind() -> Form:
    return form_from_toml(EVERY_KIND)


def label_of(text: str) -> Label:
    return Label.of(text)


def _options(draw: st.DrawFn, low: int = 2, high: int = 6, alone: bool = False) -> tuple[Option, ...]:
    count = draw(st.integers(low, high))
    flags = [alone and index > 0 and draw(st.booleans()) for index in range(count)]
    return tuple(Option(f"o{index}", label_of(f"Option {index}"), flag) for index, flag in enumerate(flags))


def _amount(draw: st.DrawFn, question_id: str, rule: ShowIf | None) -> Amount:
    edges = tuple(sorted(draw(st.sets(st.integers(-3, 9), min_size=1, max_size=6))))
    zero = label_of("None") if zero_is_possible(edges) and draw(st.booleans()) else None
    return Amount(question_id, label_of("Amount"), label_of("EUR"), (("EUR", 1.0),), edges, zero, rule)


def _score(draw: st.DrawFn, question_id: str, rule: ShowIf | None) -> Score:
    items, points = _options(draw, 1, 4), draw(st.integers(2, 5))
    bins = draw(st.integers(2, len(items) * (points - 1) + 1))
    return Score(question_id, label_of("Score"), points, items, bin_starts(len(items), points, bins), rule)


def _question(draw: st.DrawFn, question_id: str, rule: ShowIf | None) -> Question:  # noqa: PLR0911
    label = label_of("Question")
    kind = draw(st.sampled_from(["choice", "choices", "ranking", "scale", "score", "amount", "okr"]))
    if kind == "choice":
        return Choice(question_id, label, _options(draw), draw(st.booleans()), rule)
    if kind == "choices":
        options = _options(draw, alone=True)
        together = sum(not option.alone for option in options)
        return Choices(question_id, label, options, draw(st.integers(1, together)), rule)
    if kind == "ranking":
        options = _options(draw)
        return Ranking(question_id, label, options, draw(st.integers(1, len(options))), rule)
    if kind == "scale":
        first = draw(st.integers(-3, 3))
        low = draw(st.sampled_from([None, label_of("Low")]))
        return Scale(question_id, label, first, first + draw(st.integers(1, 9)), low, None, rule)
    if kind == "score":
        return _score(draw, question_id, rule)
    if kind == "amount":
        return _amount(draw, question_id, rule)
    columns = [_options(draw, 1, 3) for _ in range(3)]
    rows = draw(st.integers(1, min(4, len(columns[0]) * len(columns[1]))))
    return Okr(question_id, label, rows, columns[0], columns[1], columns[2], rule)


def _rule(draw: st.DrawFn, earlier: Iterable[Question]) -> ShowIf | None:
    choices = [question for question in earlier if isinstance(question, Choice)]
    if not choices or draw(st.booleans()):
        return None
    condition = draw(st.sampled_from(choices))
    return ShowIf(condition.id, tuple(sorted(draw(st.sets(st.sampled_from(answer_ids(condition)), min_size=1)))))


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Forms of one to six questions, of all kinds, some behind others."""
    questions: list[Question] = []
    for index in range(draw(st.integers(1, 6))):
        questions.append(_question(draw, f"q{index}", _rule(draw, questions)))
    page = Page(label_of("Page"), label_of("Because."), tuple(questions))
    return Form("random", label_of("Random"), label_of("A random form."), (page,))


def _some_answer(question: Question, chance: random.Random) -> Answer:
    if isinstance(question, Scale):
        return chance.randint(question.first, question.last)
    if isinstance(question, Okr):
        pairs = [(one.id, two.id) for one in question.objectives for two in question.key_results]
        chosen = chance.sample(pairs, chance.randint(0, question.rows))
        return tuple((*pair, chance.choice(question.progress).id) for pair in chosen)
    ids = answer_ids(question)
    if isinstance(question, Ranking):
        return tuple(chance.sample(ids, chance.randint(0, question.top)))
    if isinstance(question, Choices):
        alone = [option.id for option in question.options if option.alone]
        if alone and chance.random() < 0.3:
            return (chance.choice(alone),)
        together = [option for option in ids if option not in alone]
        return tuple(chance.sample(together, chance.randint(0, question.at_most)))
    return chance.choice(ids)


def some_answers(form: Form, chance: random.Random) -> Answers:
    """Answers that fit the form, about one in five left out."""
    answers: dict[str, Answer] = {}
    for question in form.questions:
        if question.id in asked(form, answers) and chance.random() < 0.8:
            answer = _some_answer(question, chance)
            if answer != ():
                answers[question.id] = answer
    return answers


def some_batch(form: Form, chance: random.Random, rows: int) -> np.ndarray:
    """(rows, record bytes) uint8 of valid records."""
    joined = b"".join(encode(form, some_answers(form, chance)) for _ in range(rows))
    return np.frombuffer(joined, dtype=np.uint8).reshape(rows, -1).copy()


def mutated(batch: np.ndarray, chance: random.Random) -> np.ndarray:
    """The same batch with one to three slots of each row changed, mostly to small codes."""
    batch = batch.copy()
    for row in batch:
        for _ in range(chance.randint(1, 3)):
            slot, way = chance.randrange(len(row)), chance.random()
            other = chance.randrange(len(row))
            if way < 0.4:
                row[[slot, other]] = row[[other, slot]]
            else:
                row[slot] = chance.randint(0, 5) if way < 0.9 else chance.randint(0, 255)
    return batch
