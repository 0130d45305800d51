"""`codebook.csv`: every answer that is counted, one a row, with its wording in every language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from reports.codebook import answer_spans
from reports.labels import Labels
from survey.forms.axes import Axis, question_axes
from survey.forms.model import Form, Question

_COLUMNS: Final[Mapping[str, tuple[Literal["string", "integer"], str]]] = {
    "page": ("integer", "The page of the form it stands on, from 1."),
    "question": ("string", "The question's id."),
    "kind": ("string", "choice, choices, ranking, scale, score, amount or okr; see the form's documentation."),
    "cohort": ("string", "yes if figures may be split by it."),
    "asked_of": (
        "string",
        "everyone, or the answers to an earlier question that it was asked because of: question=a|b.",
    ),
    "axis": ("string", "What is counted: the question, or for a ranking and an okr a part of it."),
    "most": ("integer", "How many of the axis's cells one respondent can be counted in."),
    "answer": ("string", "The answer's id as in tables.csv, or (no answer): asked and left out, or (not asked)."),
    "from": (
        "integer",
        "Of a bracket or a bin: the least value in it; empty where it is open below. Both 0 for exactly 0.",
    ),
    "below": ("integer", "Of a bracket or a bin: the first value above it; empty where it is open above."),
}
# What a spreadsheet would take for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def codebook_columns(form: Form) -> tuple[tuple[str, Literal["string", "integer"], str], ...]:
    """Name, type and meaning: those above, then the wordings of question and answer, a pair a language."""
    worded = [
        (f"{what}_label{suffix}", f"The {what} as it was worded{where}. A ' in front keeps a spreadsheet from taking "
         "it for a formula; the plain wording is in codebook.json.")
        for suffix, where in ((_suffix(language), f" in {language}" * bool(language)) for language in _languages(form))
        for what in ("question", "answer")
    ]  # fmt: skip
    known = ((name, kind, said) for name, (kind, said) in _COLUMNS.items())
    return (*known, *((name, "string", said) for name, said in worded))


def codebook_csv(form: Form) -> bytes:
    """Written as tables.csv is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for name, _, _ in codebook_columns(form)])
    labels = [Labels.of(form, language) for language in _languages(form)]
    for number, page in enumerate(form.pages, start=1):
        for question in page.questions:
            for axis in question_axes(question):
                writer.writerows(_rows(number, question, axis, labels))
    return text.getvalue().encode()


def _rows(page: int, question: Question, axis: Axis, labels: Sequence[Labels]) -> Iterator[list[Any]]:
    cohort = "yes" if getattr(question, "cohort", False) else "no"
    same = [page, question.id, question.kind, cohort, _asked_of(question), axis.id, axis.touches]
    spans = answer_spans(question)
    for at, cell in enumerate(axis.cells):
        ends = ["" if end is None else end for end in _ends(spans.get(cell, {}))]
        worded = [
            _harmless(text)
            for words in labels
            for text in (words.questions[question.id], " | ".join(words.cells[axis.id][at]))
        ]
        yield [*same, cell, *ends, *worded]


def _ends(span: Mapping[str, int | None]) -> tuple[int | None, int | None]:
    if "exactly" in span:
        return span["exactly"], span["exactly"]
    last = span.get("last")
    return span.get("from", span.get("first")), span.get("below") if last is None else last + 1


def _asked_of(question: Question) -> str:
    if question.show_if is None:
        return "everyone"
    return f"{question.show_if.question}={'|'.join(question.show_if.any_of)}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _languages(form: Form) -> tuple[str, ...]:
    return form.languages or ("",)


def _suffix(language: str) -> str:
    return f"_{language}" if language else ""
