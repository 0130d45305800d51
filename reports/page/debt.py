"""Human debt: how common burdens are, how bad, and what was tried, from figures that a page shows anyway.

The three stand side by side and are never multiplied: each is of everyone who answered, and no product of such figures
says anything of the people who have both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reports.charts import Group, chart
from reports.findings import Findings
from reports.labels import Labels
from reports.page.answers import Answer, shown_answers
from reports.page.briefs import Briefs
from reports.page.moves import Moves, places
from survey.forms.model import Choice, Choices, Form, Question, Score

_MOST = 8  # burdens that are listed at once; the others unfold


@dataclass(frozen=True, slots=True)
class View:
    """Which questions of a form say what. both: what was tried, and a second list of what of it helped."""

    common: tuple[str, ...]
    bad: tuple[str, ...]
    tried: tuple[str, ...]
    both: tuple[str, str] | None = None


VIEWS: Final = (
    View(
        ("work_organisation", "social_factors", "work_environment"),
        ("worst", "severity", "frequency", "strain", "days_lost"),
        ("acted",),
        ("tried", "helped"),
    ),
    View(("hazards",), ("burnout", "blocked"), ("move", "move_helped")),
)
_NO_BURDEN: Final = frozenset({"none", "other", "prefer_not"})
_NOTHING_SAID: Final = frozenset({"prefer_not"})


@dataclass(frozen=True, slots=True)
class Line:
    """One shown figure. place: on a bar, as CSS properties. move: where the guide's move for it is, or empty."""

    label: str
    value: str
    within: str
    place: str
    move: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Figures of one question. id: of the question."""

    id: str
    heading: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried, each with who tried it and who said it helped; a figure that is not shown is None.

    id: of the question. after: what else was said of whether it helped.
    """

    id: str
    headings: tuple[str, str]
    rows: tuple[tuple[str, Line | None, Line | None], ...]
    after: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Debt:
    """common: the commonest burdens, rarer: all others that may be shown, for rare is not light.

    together: the questions of it that some table of the round counts together, in words.
    """

    common: tuple[Line, ...]
    rarer: tuple[Line, ...]
    bad: tuple[Part, ...]
    tried: tuple[Part, ...]
    both: Tried | None
    together: tuple[str, ...]

    @property
    def led(self) -> bool:
        """Whether a burden leads to a move."""
        return any(line.move for line in self.common)


@dataclass(frozen=True, slots=True)
class _Reader:
    form: Form
    findings: Findings
    labels: Labels
    briefs: Briefs
    guide: Mapping[str, Moves]

    def question(self, name: str) -> Question | None:
        return next((one for one in self.form.questions if one.id == name), None)

    def answers(self, name: str, without: frozenset[str]) -> tuple[Answer, ...]:
        found = shown_answers(self.form, self.findings, self.labels, name)
        return tuple(answer for answer in found if answer.id not in without)

    def lines(self, answers: tuple[Answer, ...], moves: Mapping[str, str] | None = None) -> tuple[Line, ...]:
        """All on one scale."""
        full = chart((), (Group("Everyone", tuple(answer.cell for answer in answers), "", ()),)).full
        return tuple(_line(answer, full, (moves or {}).get(answer.id, "")) for answer in answers)


def human_debt(
    form: Form, findings: Findings, labels: Labels, briefs: Briefs, guide: Mapping[str, Moves]
) -> Debt | None:
    """The view of this form; None where it does not ask, or where too little of it may be shown.

    guide: what stands beside the questions, to be led to.
    """
    reader = _Reader(form, findings, labels, briefs, guide)
    view = next((one for one in VIEWS if any(isinstance(reader.question(q), Choices) for q in one.common)), None)
    if view is None or not any(reader.question(name) for name in view.bad):
        return None
    common = _common(reader, view)
    bad = tuple(part for name in view.bad if (part := _part(reader, name)) is not None)
    tried = tuple(part for name in view.tried if (part := _part(reader, name)) is not None)
    both = None if view.both is None else _both(reader, *view.both)
    if not common or not (bad or tried or both):
        return None
    return Debt(common[:_MOST], common[_MOST:], bad, tried, both, tuple(_together(reader, view)))


def _common(reader: _Reader, view: View) -> tuple[Line, ...]:
    """One list over all questions about burdens: the commonest first, all on one scale."""
    found = [answer for name in view.common for answer in reader.answers(name, _NO_BURDEN)]
    ordered = tuple(sorted(found, key=lambda answer: -answer.cell.share))
    return reader.lines(ordered, places(reader.guide, view.common))


def _part(reader: _Reader, name: str) -> Part | None:
    """A question in shares, or in the few figures that the page has of a scale, a score or an amount."""
    question = reader.question(name)
    if question is None:
        return None
    if isinstance(question, Choice | Choices):
        places_of = [option.id for option in question.options]
        answers = sorted(reader.answers(name, _NOTHING_SAID), key=lambda answer: places_of.index(answer.id))
        lines, note = reader.lines(tuple(answers)), ""
    else:
        brief = reader.briefs.everyone(question)
        shown = () if brief is None else brief.lines
        lines = tuple(Line(of.label, of.value, of.within, _placed(of.marks)) for of in shown if of.marks)
        note = _of_sum(question) if isinstance(question, Score) else "" if brief is None else brief.note
    return Part(name, reader.labels.questions[name], note, lines) if lines else None


def _both(reader: _Reader, tried: str, helped: str) -> Tried | None:
    """The two lists by answer, as they were tried most; nothing where neither may be shown."""
    question, lists = reader.question(tried), [reader.answers(name, _NOTHING_SAID) for name in (tried, helped)]
    if not any(lists) or not isinstance(question, Choices):
        return None
    known = {option.id for option in question.options}
    full = chart((), (Group("Everyone", tuple(a.cell for found in lists for a in found), "", ()),)).full
    by_id = [{answer.id: _line(answer, full) for answer in found} for found in lists]
    labels = {answer.id: answer.label for found in lists for answer in found}
    rows = tuple((label, by_id[0].get(name), by_id[1].get(name)) for name, label in labels.items() if name in known)
    after = tuple(line for name, line in by_id[1].items() if name not in known)
    return Tried(tried, (reader.labels.questions[tried], reader.labels.questions.get(helped, "")), rows, after)


def _of_sum(score: Score) -> str:
    many = len(score.items)
    return f"The sum of {many} answers from 1 to {score.points}: at least {many}, at most {many * score.points}."


def _together(reader: _Reader, view: View) -> Iterator[str]:
    """Tables over two of these questions: they alone say something of people who have both."""
    names = {*view.common, *view.bad, *view.tried, *(view.both or ())}
    for judged in reader.findings.judged.values():
        asked = dict.fromkeys(reader.labels.axes[axis].question for axis in judged.table.of)
        if len(asked) > 1 and set(asked) <= names:
            yield " × ".join(reader.labels.questions[name] for name in asked)


def _line(answer: Answer, full: float, move: str = "") -> Line:
    cell = answer.cell
    marks = (cell.share / full, cell.low / full, cell.high / full)
    return Line(answer.label, answer.share, answer.within, _placed(marks), move)


def _placed(marks: tuple[float, float, float]) -> str:
    """Where a value and the ends of its interval lie on a bar, parts of its length, as CSS properties in percent."""
    return ";".join(f"--{name}:{mark * 100:.1f}".removesuffix(".0") for name, mark in zip("slh", marks, strict=True))
