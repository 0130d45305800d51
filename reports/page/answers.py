"""The answers of one question that may be shown, the most common first: what stands beside a figure goes by these."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.threshold import SHOWN
from reports.charts import Cell, Group, chart, groups
from reports.findings import Findings
from reports.labels import Labels
from survey.forms.model import Choice, Choices, Form, Ranking


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of everyone's, in words: `34%`, `±8` or `26–47`. cell: the same in numbers, and shown."""

    id: str
    label: str
    share: str
    within: str
    cell: Cell


def shown_answers(form: Form, findings: Findings, labels: Labels, question_id: str) -> tuple[Answer, ...]:
    """By share, largest first; of a ranking, by how many ranked it at all. Nothing that is hidden or uncertain.

    Of a question that the form does not have, or whose answers are no options: none.
    """
    question = next((one for one in form.questions if one.id == question_id), None)
    if not isinstance(question, Choice | Choices | Ranking):
        return ()
    cells = _ranked(findings, question) if isinstance(question, Ranking) else _chosen(findings, question)
    axis = f"{question.id}.1" if isinstance(question, Ranking) else question.id
    words = [cell[0] for cell in labels.cells[axis]]
    found = [(option.id, words[at], cells[at]) for at, option in enumerate(question.options) if at in cells]
    drawn = chart((), (Group("Everyone", tuple(cell for _, _, cell in found), "", ()),))  # how many decimals they bear
    answers = (Answer(name, label, drawn.share(cell), drawn.within(cell), cell) for name, label, cell in found)
    return tuple(sorted(answers, key=lambda answer: -answer.cell.share))


def measured_of(form: Form, question_id: str) -> str:
    """What the shares of `shown_answers` are of."""
    question = form.question(question_id)
    return f"ranked it among the first {question.top}" if isinstance(question, Ranking) else "gave this answer"


def _chosen(findings: Findings, question: Choice | Choices) -> dict[int, Cell]:
    """The shown cells of its table for everyone, by option; of a cohort question that is its size table."""
    own, sized = findings.judged.get(f"{question.id}@"), findings.judged.get(f"@{question.id}")
    if own is not None:
        cells = groups(own, ("Everyone",), ())[0].cells
    elif sized is not None:
        cells = groups(sized, ("Everyone",), (), sized=True)[0].cells
    else:
        return {}
    return {at: cell for at, cell in enumerate(cells[: len(question.options)]) if cell.shown}


def _ranked(findings: Findings, question: Ranking) -> dict[int, Cell]:
    """By option, how many ranked it anywhere: a statistic of the release with an interval of its own."""
    found = {}
    for of in findings.summarised.get((question.id, ()), ()):
        share, low, high = of.values[0], of.lows[0], of.highs[0]
        if of.statistic == f"top_{question.top}" and str(of.statuses[0]) == SHOWN and share is not None:
            least, most = low or 0.0, share if high is None else high
            at = [option.id for option in question.options].index(of.answers[0])
            found[at] = Cell(SHOWN, share, max(share - least, most - share), least, most)
    return found
