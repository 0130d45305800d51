"""The published figures as `case.html` carries them: those that are shown, in few bytes, and the words of the form.

Figures that are hidden or uncertain have no numbers here, as in tables.csv: each of them is a 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from privacy.threshold import SHOWN
from reports.figures import DISPLAY, Row
from reports.statistics import Statistic
from survey.forms.axes import NO_ANSWER, NOT_ASKED, question_axes
from survey.forms.canonical import canonical_form
from survey.forms.labels import Label
from survey.forms.model import Amount, Form, Question, Ranking, Scale, Score

_LABELS: Final = frozenset({"label", "unit", "zero", "low", "high"})
_OUTSIDE: Final = frozenset({NO_ANSWER, NOT_ASKED})
_QUARTILES: Final = ("p25", "p50", "p75")
# Shares and counts as whole numbers, at the decimals of tables.csv.
SHARES, COUNTS = 10_000, 10
Cell = int | list[Any]
_DIGITS: Final = 6  # of an amount: more than three of them are never read


def form_words(form: Form, language: str) -> list[dict[str, Any]]:
    """The questions in the canonical form, each label in one language."""
    pages = canonical_form(form)["page"]
    return [_worded(question, language) for page in pages for question in page["question"]]


def shown_tables(form: Form, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """By question, cohort set and rank: `sd`, and by cohort a cell an answer, in the form's order.

    A cell is 0 or [share, low, high], and of answers in an order [share, low, high, unbiased]. Cohorts without any
    figure are left out, and so are those who did not answer what a cohort is made of.
    """
    wanted, ordered = _axes(form), {q.id for q in form.questions if isinstance(q, Scale | Amount | Score)}
    measured = (row for row in rows if row.estimate in ("", DISPLAY) and row.question in wanted)
    found = []
    for (question, by, rank), table in groupby(measured, lambda row: (row.question, row.by, row.rank)):
        cells = [row for row in table if not _outside(row.answer, "|") and not _outside(row.cohort, ",")]
        kept = _by_cohort([(row.cohort, _cell(row, question in ordered)) for row in cells])
        sd = next((round(row.sd, 4) for row in cells if row.sd is not None), None)
        if kept:
            found.append({"q": question, "by": by, "rank": rank, "sd": sd, "cohorts": kept})
    return found


def shown_statistics(form: Form, rows: Iterable[Statistic]) -> list[dict[str, Any]]:
    """Quartiles of amounts, and how many rank an answer among their first: 0 or [value, low, high, answer]."""
    kinds = {question.id: question for question in form.questions}
    tables: dict[tuple[str, str, str], list[Statistic]] = {}
    for row in rows:
        if (
            row.question in kinds
            and row.statistic in _statistics(kinds[row.question])
            and not _outside(row.cohort, ",")
        ):
            tables.setdefault((row.question, row.by, row.statistic), []).append(row)
    found = []
    for (question, by, name), table in tables.items():
        shares = isinstance(kinds[question], Ranking)
        kept = _by_cohort([(row.cohort, _share(row) if shares else _amount(row)) for row in table])
        if kept:
            found.append({"q": question, "by": by, "name": name, "cohorts": kept})
    return found


def _axes(form: Form) -> frozenset[str]:
    """What the page reads: the sizes of cohorts, every question, pairs of them, and objectives and key results."""
    single = {
        axis.question if isinstance(question, Ranking) else axis.id
        for question in form.questions
        for axis in question_axes(question)
        if "|" not in axis.id
    }
    return frozenset({"", *single, *(f"{one}|{other}" for one in single for other in single)})


def _statistics(question: Question) -> Sequence[str]:
    if isinstance(question, Amount):
        return _QUARTILES
    return (f"top_{question.top}",) if isinstance(question, Ranking) else ()


def _outside(ids: str, separator: str) -> bool:
    return not _OUTSIDE.isdisjoint(ids.split(separator))


def _by_cohort(cells: Iterable[tuple[str, Cell]]) -> dict[str, list[Cell]]:
    """Those cohorts of which any cell is shown."""
    found: dict[str, list[Cell]] = {}
    for cohort, cell in cells:
        found.setdefault(cohort, []).append(cell)
    return {cohort: row for cohort, row in found.items() if any(row)}


def _cell(row: Row, counted: bool) -> Cell:
    if row.status != SHOWN or row.share is None or row.low is None or row.high is None or row.unbiased is None:
        return 0
    shares: list[Any] = [round(part * SHARES) for part in (row.share, row.low, row.high)]
    return [*shares, round(row.unbiased * COUNTS)] if counted else shares


def _share(row: Statistic) -> Cell:
    numbers = (row.value, row.low, row.high)
    return [round(number * SHARES) for number in numbers if number is not None] if row.status == SHOWN else 0


def _amount(row: Statistic) -> Cell:
    """A limit that there is not, and a value in an open bracket, is null."""
    if row.status != SHOWN:
        return 0
    numbers = (row.value, row.low, row.high)
    return [*(None if number is None else float(f"{number:.{_DIGITS}g}") for number in numbers), row.answer]


def _worded(value: Any, language: str) -> Any:
    if isinstance(value, Mapping):
        return {
            name: Label.of(one).text(language) if name in _LABELS else _worded(one, language)
            for name, one in value.items()
        }
    return [_worded(one, language) for one in value] if isinstance(value, list) else value
