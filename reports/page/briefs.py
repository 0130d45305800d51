"""A question in a few lines on the page: quartiles of an amount, the mean of a scale, the points of a ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from privacy.threshold import SHOWN
from reports.labels import Labels
from reports.spans import is_geometric
from reports.summaries import MEAN, MEAN_SCORE, Summarised, Summary
from reports.wording import amount
from survey.forms.brackets import ZERO
from survey.forms.model import Amount, Question, Ranking, Scale, Score

_QUARTILES = {"p25": "A quarter", "p50": "Half", "p75": "Three quarters"}
_SPREAD = {
    True: "Within a bracket amounts are taken to be spread evenly by ratio, as many from 10 to 20 as from 20 to 40.",
    False: "Amounts are taken to be spread evenly within their bracket.",
}
_MIDDLE = "The middle amount: half have less, half have more"
_POINTS = "{top} points for being ranked first, one less for each further rank, none for not being ranked."


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in words; nothing but its status if it is not shown.

    marks: where it and the ends of its interval lie, from 0, the least there can be, to 1, the most.
    """

    label: str
    status: str
    value: str = ""
    within: str = ""
    marks: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """Lines under a heading. note: how to read them; quarters: of an amount's cohorts all three, in rising order."""

    heading: str
    note: str
    lines: tuple[Line, ...]
    quarters: tuple[tuple[Line, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Briefs:
    """Writes them from what there is to say of every question."""

    found: Summarised
    labels: Labels

    def everyone(self, question: Question) -> Brief | None:
        """Of all who answered; None where there is nothing to say in brief."""
        found = {(s.statistic, s.answers[0]): s for s in self.found.get((question.id, ()), ())}
        by_name = {statistic: s for (statistic, _), s in found.items()}
        match question:
            case Amount() if "p50" in by_name:
                lines = (self._quarter(question, who, by_name[name]) for name, who in _QUARTILES.items())
                return Brief("The quarters", _SPREAD[is_geometric(question)], tuple(lines))
            case Ranking() if MEAN_SCORE in by_name:
                scores = [s for (statistic, _), s in found.items() if statistic == MEAN_SCORE]
                if scores[0].statuses[0] != SHOWN:  # then none of them is, and the ranks above say why
                    return None
                return Brief("Mean points", _POINTS.format(top=question.top), tuple(self._scores(question, scores)))
            case Scale() | Score() if MEAN in by_name:
                return Brief("", _of_mean(question), (self._line(question, "The mean", by_name[MEAN], 0),))
            case _:
                return None

    def split(self, question: Question, by: tuple[str, ...]) -> Brief | None:
        """The median or the mean of every group that has one to show."""
        wanted = {Amount: "p50", Scale: MEAN, Score: MEAN}.get(type(question))
        found = {s.statistic: s for s in self.found.get((question.id, by), ())}
        if wanted is None or (of := found.get(wanted)) is None:
            return None
        names = [(at, name) for at, name in enumerate(self.labels.group(by)) if of.statuses[at] == SHOWN]
        lines = tuple(self._line(question, name, of, at) for at, name in names)
        if not lines or not isinstance(question, Amount):
            return Brief("The mean", "", lines) if lines else None
        quarters = (tuple(self._line(question, name, found[q], at) for q in _QUARTILES) for at, name in names)
        return Brief(_MIDDLE, "", lines, tuple(quarters))

    def _quarter(self, question: Amount, who: str, of: Summary) -> Line:
        """An open bracket has no amount to have less than, and of exactly none nobody has less."""
        if of.statuses[0] == SHOWN and of.values[0] is None:
            return self._line(question, f"What {who.lower()} stay below", of, 0)
        none = of.statuses[0] == SHOWN and of.answers[0] == ZERO
        return self._line(question, f"{who} have {'at most' if none else 'less than'}", of, 0)

    def _scores(self, question: Ranking, scores: Iterable[Summary]) -> Iterator[Line]:
        """The most points first."""
        names = {option: words[0] for option, words in self._named(question)}
        for of in sorted(scores, key=lambda of: -(of.values[0] or 0.0)):
            yield self._line(question, names[of.answers[0]], of, 0)

    def _named(self, question: Ranking) -> Iterator[tuple[str, tuple[str, ...]]]:
        axis = f"{question.id}.1"
        return zip((option.id for option in question.options), self.labels.cells[axis], strict=False)

    def _line(self, question: Question, label: str, of: Summary, at: int) -> Line:
        status = str(of.statuses[at])
        if status != SHOWN:
            return Line(label, status)
        value, low, high = of.values[at], of.lows[at], of.highs[at]
        if isinstance(question, Amount):
            words = self._bracket(question, of.answers[at]) if value is None else amount(value)
            return Line(label, status, words, _range(low, high), of.marks[at])
        return Line(label, status, f"{value:.2f}", f"{low:.2f} to {high:.2f}", of.marks[at])

    def _bracket(self, question: Amount, bracket: str) -> str:
        """What an open bracket is called."""
        ids: Sequence[str] = self.labels.axes[question.id].cells
        return self.labels.cells[question.id][ids.index(bracket)][0]


def _of_mean(question: Scale | Score) -> str:
    if isinstance(question, Scale):
        return f"Of points from {question.first} to {question.last}."
    return "Everybody in a group of sums is taken for its middle."


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return "no limit" if high is None else f"up to {amount(high)}"
    return f"{amount(low)} or more" if high is None else f"{amount(low)} to {amount(high)}"
