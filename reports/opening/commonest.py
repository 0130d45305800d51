"""A question in one sentence: its most common answers with their margins, as they came out."""

from __future__ import annotations

from reports.charts import Chart, chart, groups
from reports.figures import Judged
from reports.findings import Findings
from reports.labels import Labels
from survey.forms.axes import question_axes
from survey.forms.model import Amount, Form, Scale, Score

MOST = 3
# By convention of our forms these say nothing of a question.
SAY_NOTHING = frozenset({"other", "prefer_not", "unknown"})


def everyone(judged: Judged, labels: Labels, axis: str) -> Chart:
    """An axis for everyone as the question's own chart has it, so that both say a figure alike."""
    known, words = labels.axes[axis], labels.cells[axis]
    inside = len(known.cells) - len(known.outside)
    return chart(words[:inside], groups(judged, ("Everyone",), [w[0] for w in words[inside:]]))


def figure(drawn: Chart, at: int) -> str:
    """`34% (±8)`"""
    cell = drawn.groups[0].cells[at]
    return f"{drawn.share(cell)} ({drawn.within(cell)})"


def commonest(form: Form, labels: Labels, findings: Findings, question: str) -> str:
    """`“Why?”: “No budget” 34% (±8), “No time” 20% (±7).` Empty where there is nothing of it to tell."""
    asked = next((one for one in form.questions if one.id == question), None)
    if asked is None or isinstance(asked, Amount | Scale | Score):
        return ""
    axis = question_axes(asked)[0]
    judged = findings.judged.get(f"{axis.id}@")
    if judged is None:
        return ""
    drawn = everyone(judged, labels, axis.id)
    shown = [
        (-cell.share, at)
        for at, cell in enumerate(drawn.groups[0].cells)
        if cell.shown and axis.cells[at] not in SAY_NOTHING
    ]
    if not shown:
        return ""
    told = (f"“{' · '.join(drawn.answers[at])}” {figure(drawn, at)}" for _, at in sorted(shown)[:MOST])
    part = f" ({labels.part(axis.id).lower()})" if axis.part else ""
    return f"“{labels.questions[question]}”{part}: {', '.join(told)}."
