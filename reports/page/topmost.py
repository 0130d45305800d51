"""Rankings by who put an answer among the first few at all: from statistics, as groups like those of other tables."""

from __future__ import annotations

from collections.abc import Sequence

from privacy.threshold import SHOWN
from reports.charts import Cell, Group
from reports.summaries import Summarised, Summary
from survey.forms.model import Ranking

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


def topmost_label(question: Ranking) -> str:
    """`Among the first three`"""
    return f"Among the first {_NUMBERS.get(question.top, question.top)}"


def topmost(
    found: Summarised, question: Ranking, by: tuple[str, ...], names: Sequence[str]
) -> tuple[Group, ...] | None:
    """One group a name, its cells in the order of the form's options; None where it would say nothing new.

    names: of the cohorts in array order.
    """
    wanted = f"top_{question.top}"
    by_option = {s.answers[0]: s for s in found.get((question.id, by), ()) if s.statistic == wanted}
    if question.top < 2 or not by_option:
        return None
    summaries = [by_option[option.id] for option in question.options]
    return tuple(Group(name, tuple(_cell(of, at) for of in summaries), "", ()) for at, name in enumerate(names))


def _cell(of: Summary, at: int) -> Cell:
    status, value, low, high = str(of.statuses[at]), of.values[at], of.lows[at], of.highs[at]
    if status != SHOWN or value is None or low is None or high is None:
        return Cell(status)
    return Cell(status, value, max(value - low, high - value), low, high)
