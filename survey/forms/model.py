"""The form model: pages of questions of seven kinds, as frozen values.

A form made by ``loading`` is valid; nothing here checks it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, assert_never

from survey.forms.labels import Label


@dataclass(frozen=True, slots=True)
class Option:
    """``alone``: cannot be chosen together with another ("none of these"); only in ``choices``."""

    id: str
    label: Label
    alone: bool = False


@dataclass(frozen=True, slots=True)
class ShowIf:
    """Ask only if this earlier ``choice`` was answered with one of these options."""

    question: str
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of n. ``cohort``: figures may be split by it."""

    kind: ClassVar[Literal["choice"]] = "choice"
    id: str
    label: Label
    options: tuple[Option, ...]
    cohort: bool = False
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """Up to ``at_most`` of n, in no order."""

    kind: ClassVar[Literal["choices"]] = "choices"
    id: str
    label: Label
    options: tuple[Option, ...]
    at_most: int
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first ``top`` of n, in order; may be shorter, has no gaps."""

    kind: ClassVar[Literal["ranking"]] = "ranking"
    id: str
    label: Label
    options: tuple[Option, ...]
    top: int
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """An integer from ``first`` to ``last``, both included."""

    kind: ClassVar[Literal["scale"]] = "scale"
    id: str
    label: Label
    first: int
    last: int
    low: Label | None = None
    high: Label | None = None
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Items answered from 1 to ``points`` and added up; only the bin of the sum is an answer.

    ``starts``: the first sum of each bin.
    """

    kind: ClassVar[Literal["score"]] = "score"
    id: str
    label: Label
    points: int
    items: tuple[Option, ...]
    starts: tuple[int, ...]
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, of which only its public bracket is an answer.

    ``units``: fixed public rates; a value is divided by the rate of its unit. The base (rate 1) is first.
    ``zero``: what the bracket of exactly zero is called, if it has one.
    """

    kind: ClassVar[Literal["amount"]] = "amount"
    id: str
    label: Label
    unit: Label
    units: tuple[tuple[str, float], ...]
    edges: tuple[int, ...]
    zero: Label | None = None
    show_if: ShowIf | None = None


@dataclass(frozen=True, slots=True)
class Okr:
    """Up to ``rows`` rows of objective, key result and progress; no objective and key result twice."""

    kind: ClassVar[Literal["okr"]] = "okr"
    id: str
    label: Label
    rows: int
    objectives: tuple[Option, ...]
    key_results: tuple[Option, ...]
    progress: tuple[Option, ...]
    show_if: ShowIf | None = None


Question = Choice | Choices | Ranking | Scale | Score | Amount | Okr


@dataclass(frozen=True, slots=True)
class Page:
    """``why``: one sentence on why these questions are asked; always there if one of them is a cohort."""

    title: Label
    why: Label | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    title: Label
    intro: Label
    pages: tuple[Page, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in the order in which they are asked."""
        return tuple(question for page in self.pages for question in page.questions)

    def question(self, question_id: str) -> Question:
        """Raises: KeyError, if the form has no such question."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)

    @property
    def cohorts(self) -> tuple[Choice, ...]:
        """The questions that figures may be split by."""
        return tuple(question for question in self.questions if isinstance(question, Choice) and question.cohort)

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that some label names, sorted; a label may still lack some of them."""
        return tuple(sorted({language for label in form_labels(self) for language in label.languages}))


def option_lists(question: Question) -> tuple[tuple[Option, ...], ...]:
    """The lists of labelled things in a question: options, items, or the three columns of an okr."""
    match question:
        case Choice() | Choices() | Ranking():
            return (question.options,)
        case Score():
            return (question.items,)
        case Okr():
            return (question.objectives, question.key_results, question.progress)
        case Scale() | Amount():
            return ()
        case _:
            assert_never(question)


def form_labels(form: Form) -> Iterator[Label]:
    """Every text of a form that a person may read, in form order."""
    yield form.title
    yield form.intro
    for page in form.pages:
        yield page.title
        if page.why is not None:
            yield page.why
        for question in page.questions:
            yield from question_labels(question)


def question_labels(question: Question) -> Iterator[Label]:
    """Every text of one question."""
    yield question.label
    for options in option_lists(question):
        yield from (option.label for option in options)
    if isinstance(question, Amount):
        yield question.unit
    extra = (
        (question.low, question.high)
        if isinstance(question, Scale)
        else (question.zero,)
        if isinstance(question, Amount)
        else ()
    )
    yield from (label for label in extra if label is not None)
