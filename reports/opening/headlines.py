"""What a release opens with: up to five findings that the margins bear out, each a sentence made from its figures.

Selection. A leader is named only where it is ahead beyond noise and chance (reports.leads); a difference between a
group and everyone only where it is marked on the page and stays so when all split tables of the release are counted
(reports.distinct). A lead or difference that is none is named in at most about one of twenty releases; the intervals
hold one by one. A middle amount claims nothing but its own interval. Each kind's clearest comes first, then the
others by how large they are at the least.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from reports.charts import Chart
from reports.distinct import Distinct
from reports.figures import Judged
from reports.findings import Findings
from reports.labels import Labels
from reports.opening.commonest import SAY_NOTHING, everyone, figure
from reports.summaries import Summary
from reports.wording import amount, percent, points
from survey.forms.axes import Axis
from survey.forms.model import Amount, Choices, Form, Okr, Ranking

MOST = 5
LEADER, DIFFERENCE, MIDDLE = "leader", "difference", "middle"
_NARROW = 0.25  # a middle amount is told if its interval takes at most this part of all brackets


@dataclass(frozen=True, slots=True)
class Headline:
    """One finding. `question`: its id; `answer`: the answer's id, empty for an amount.

    `at_least`: by how much of all who answered it is a finding at the least, 0 where that cannot be said.
    """

    kind: str
    question: str
    answer: str
    text: str
    at_least: float


@dataclass(frozen=True, slots=True)
class Headlines:
    """At most MOST findings, and what there is to say of the groups where none of them distinguishes any."""

    found: tuple[Headline, ...]
    groups: str


def headlines(form: Form, labels: Labels, findings: Findings, language: str) -> Headlines:
    """Pure: the same findings always give the same sentences, with labels in this language."""
    writer = Writer(form, labels, findings, language)
    kinds = [list(writer.leaders()), list(writer.differences()), list(writer.middles())]
    return Headlines(chosen(kinds), "" if kinds[1] else _of_groups(findings))


def leaders(form: Form, labels: Labels, findings: Findings, language: str) -> tuple[Headline, ...]:
    """Every answer that leads its question."""
    return tuple(Writer(form, labels, findings, language).leaders())


def chosen(kinds: Iterable[Iterable[Headline]]) -> tuple[Headline, ...]:
    """The clearest of each kind, then the rest by how large they are at the least; of a question one of each kind."""
    ranked = [_one_a_question(sorted(kind, key=lambda one: -one.at_least)) for kind in kinds]
    rest = sorted(chain.from_iterable(kind[1:] for kind in ranked), key=lambda one: -one.at_least)
    return (*(kind[0] for kind in ranked if kind), *rest)[:MOST]


def _one_a_question(kind: Iterable[Headline]) -> list[Headline]:
    found: dict[str, Headline] = {}
    for one in kind:
        found.setdefault(one.question, one)
    return list(found.values())


def _of_groups(findings: Findings) -> str:
    distinct = findings.distinct
    if not findings.compared:
        return "This release compares no groups."
    if not distinct.figures:
        return "Whether groups differ cannot be said: none could be compared with everyone."
    return (
        f"Nothing distinguishes the groups: of {distinct.figures:,} figures that could be compared with everyone’s, "
        "none is further from it than noise and the chance of who answered might put it."
    )


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts findings into words. Labels are somebody else's: they stand in quotation marks, and pages escape them."""

    form: Form
    labels: Labels
    findings: Findings
    language: str

    def leaders(self) -> Iterator[Headline]:
        for name, lead in self.findings.leads.found.items():
            axis, drawn = self.labels.axes[name], everyone(self._judged(name, ()), self.labels, name)
            cells = drawn.groups[0].cells
            answer, most = axis.cells[lead.first], cells[lead.first].share
            second = max((c.share, -at) for at, c in enumerate(cells) if at != lead.first)
            if answer in SAY_NOTHING or round(most, 9) <= round(second[0], 9):
                continue  # drawn to fit together with other tables, they may stand otherwise than as measured
            yield Headline(LEADER, axis.question, answer, self._leads(axis, drawn, lead.first, -second[1]), lead.low)

    def _leads(self, axis: Axis, drawn: Chart, first: int, second: int) -> str:
        question = self.form.question(axis.question)
        asked = f"“{self.labels.questions[axis.question]}”"
        match question:
            case Ranking():
                what = f"is ranked first most often under {asked}"
            case Choices():
                what = f"is named most often under {asked}"
            case Okr():
                what = f"is the most common objective under {asked}"
            case _:
                what = f"is the most common answer to {asked}"
        one, other = (figure(drawn, at) for at in (first, second))
        return f"“{self._answer(axis, first)}” {what}: {one}, ahead of “{self._answer(axis, second)}” with {other}."

    def differences(self) -> Iterator[Headline]:
        for place in self.findings.distinct.found:
            axis, (own, whole) = self.labels.axes[place.axis], self._shares(place)
            if axis.cells[place.answer] in SAY_NOTHING or not place.low <= own - whole <= place.high:
                continue  # drawn to fit together with other tables, the two may stand otherwise than as measured
            yield Headline(DIFFERENCE, axis.question, axis.cells[place.answer], self._differs(place), place.at_least)

    def _shares(self, place: Distinct) -> tuple[float, float]:
        """Of this answer in this group, and of everyone, as they are displayed."""
        part, whole = self._judged(place.axis, place.by), self._judged(place.axis, ())
        cells = len(self.labels.axes[place.axis].cells)
        own = part.estimate.share.reshape(-1, cells)[place.cohort, place.answer]
        return float(own), float(whole.estimate.share[place.answer])

    def _differs(self, place: Distinct) -> str:
        axis, (own, whole) = self.labels.axes[place.axis], self._shares(place)
        least, most = (points(min(abs(place.low), abs(place.high)), 0), points(max(abs(place.low), abs(place.high)), 0))
        way = "more" if place.low > 0 else "fewer"
        asked = " · ".join(filter(None, (self.labels.questions[axis.question], self.labels.part(axis.id))))
        answer = self._answer(axis, place.answer)
        return (
            f"{self._group(place)}, {percent(own, 0)} gave the answer “{answer}” to “{asked}”, "
            f"against {percent(whole, 0)} of everyone: {least} to {most} points {way}."
        )

    def _group(self, place: Distinct) -> str:
        """Who: what they answered to what splits the figures."""
        at, told = place.cohort, []
        for name in reversed(place.by):
            cells = self.labels.cells[name]
            at, cell = divmod(at, len(cells))
            told.append(f"“{' · '.join(cells[cell])}” ({self.labels.questions[name]})")
        return f"In the group {' and '.join(reversed(told))}"

    def middles(self) -> Iterator[Headline]:
        for question in self.form.questions:
            if isinstance(question, Amount):
                found = self.findings.summarised.get((question.id, ()), ())
                yield from (self._middle(question, of) for of in found if of.statistic == "p50" and _narrow(of))

    def _middle(self, question: Amount, of: Summary) -> Headline:
        """A frequent answer of exactly nothing can be the middle itself: then nobody has less."""
        value, low, high = of.values[0] or 0.0, of.lows[0] or 0.0, of.highs[0] or 0.0
        text = (
            f"Half of those who answered “{question.label.text(self.language)}” have "
            f"{'less than' if value else 'at most'} {amount(value)} {question.unit.text(self.language)} "
            f"({amount(low)} to {amount(high)})."
        )
        return Headline(MIDDLE, question.id, "", text, 0.0)

    def _judged(self, axis: str, by: tuple[str, ...]) -> Judged:
        return self.findings.judged[f"{axis}@{','.join(by)}"]

    def _answer(self, axis: Axis, at: int) -> str:
        return " · ".join(self.labels.cells[axis.id][at])


def _narrow(of: Summary) -> bool:
    """Both ends known, and near each other: chosen by that, and not by what the amount is."""
    known = None not in (of.values[0], of.lows[0], of.highs[0])
    return known and of.marks[0][2] - of.marks[0][1] <= _NARROW
