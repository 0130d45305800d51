"""`codebook.json`: every question as it was asked, every answer's id and wording, and where its figures are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from privacy.workload import Table
from reports import formulas
from reports.dataset.told import controller, retention, told
from reports.formulas import INTERPOLATION
from reports.sources import source_of
from reports.spans import is_geometric
from survey.forms.alike import question_digests
from survey.forms.axes import NO_ANSWER, NOT_ASKED, Axis, question_axes
from survey.forms.brackets import ZERO
from survey.forms.canonical import canonical_form
from survey.forms.domains import answer_ids, answer_labels
from survey.forms.labels import Label
from survey.forms.loading import form_digest
from survey.forms.model import Amount, Form, Okr, Page, Question, Score
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import Statement
from survey.rounds.manifest import Manifest
from survey.rounds.times import stamp

FORMAT: Final = "subrosa/codebook/v1"

COLUMNS: Final = {
    "question": "The question's id, for an okr with the part that is counted (an axis below); empty in a table of "
    "cohort sizes.",
    "by": "The questions whose answers make up the cohorts, ids joined with commas; empty for everyone.",
    "cohort": "The answer ids of the cohort, in the order of `by`, joined with commas; empty for everyone.",
    "rank": "For a ranking, the rank the answer was given, from 1; empty for other kinds.",
    "answer": "The answer's id, the two of a pair joined with |, or one of `cells`; empty in a table of cohort sizes.",
    "share": "The answer's share of those in the cohort who answered the question (cohort sizes: of all respondents), "
    "0 to 1. The shares of a question with one answer a person add up to 1 in each cohort. The formula is in "
    "release.json, estimates.display. It may differ a little from the same figure in statistics.csv (top_1 of a "
    "ranking), which is made from `unbiased`. Empty where `answer` is one of `cells`: those have a count only.",
    "low": "Lower end of the share's 95 % interval, for noise and, if respondents were a random sample, for sampling; "
    "never below 0.",
    "high": "Upper end of the same interval; never above 1.",
    "count": "Respondents in the cell, as displayed: never negative, adding up over cohorts and answers, and as near "
    "to `unbiased` as that allows.",
    "unbiased": "Respondents in the cell, as measured with noise: right on average, possibly negative. The one to "
    "compute with; measurements.json has it for the rows that are not shown as well.",
    "sd": "Standard deviation of the noise in `unbiased`, in respondents; without sampling.",
    "estimate": "How the share was made; empty where there is none. `display`: `count` over the displayed number who "
    "answered. `modelled`: a further row for a cell whose own figure is too uncertain, drawn towards what everyone, "
    "and larger cohorts, answered, the more so the noisier it is (release.json, estimates.modelled). Its interval "
    "allows for what the model cannot know; it has no `unbiased` and no `sd`. Do not use it to ask whether cohorts "
    "differ: it was made on the assumption that they differ no more than the measurements show. `weighted`: a further "
    "row for an answer of everyone, with each cohort counting as much as the host says it is known to count "
    "(margins.json; release.json, known_margins). It corrects for cohorts that answer more readily than others, and "
    "for nothing else; it has a share and an interval only.",
    "status": "shown; hidden: perhaps fewer than min_cohort answered; uncertain: the noise alone may be off by more "
    "than usable_margin. Rows that are not shown have no numbers. Both limits are in release.json, threshold.",
}
SPREADSHEETS: Final = (
    "Ids of brackets and bins, such as -50--10 or 10-50, may be taken for formulas or dates by spreadsheets: import "
    "the columns cohort and answer of tables.csv and statistics.csv, and answer of codebook.csv, as text. A wording in "
    "codebook.csv that a spreadsheet would take for a formula has a ' in front."
)
DIGESTS: Final = (
    "form_digest is of the whole form with every word in it. A question's digest is of what is asked of whom: its id, "
    "kind, answers, limits and flow, but no wording; two rounds asked the same where id and digest are the same."
)
CELLS: Final = {
    NO_ANSWER: "Asked, and left out.",
    NOT_ASKED: "Not asked, because of the answer to another question.",
}


def codebook(manifest: AnyManifest, statement: Statement | None = None, measured: str | None = None) -> dict[str, Any]:
    """JSON types only. statement: of the closing, if there is one; measured: the day of the ledger entry."""
    form = manifest.form
    tables = tuple(Table(t.name, t.by, t.of) for t in manifest.promise.tables)
    return {
        "format": FORMAT,
        "round": manifest.id,
        "source": manifest.source,
        "collected": source_of(manifest).collected,
        "fieldwork": _fieldwork(manifest, statement) | {"measured": measured},
        "controller": controller(manifest),
        "consent": told(manifest),
        "retention": retention(manifest),
        "form": form.id,
        "form_digest": form_digest(form),
        "languages": list(form.languages),
        "title": _texts(form.title),
        "intro": _texts(form.intro),
        "columns": COLUMNS,
        "statistics": {"columns": formulas.COLUMNS, "kinds": formulas.KINDS},
        "spreadsheets": SPREADSHEETS,
        "cells": CELLS,
        "digests": DIGESTS,
        "pages": [_page(page, tables, form) for page in form.pages],
    }


def _fieldwork(manifest: AnyManifest, statement: Statement | None) -> dict[str, str | None]:
    """When answers were taken, in UTC: as it was announced, and as it came. Nothing where no round took them."""
    if not isinstance(manifest, Manifest):
        return dict.fromkeys(("opens", "closes", "closed"))
    closed = manifest.closes if statement is None else statement.closes
    return {"opens": stamp(manifest.opens), "closes": stamp(manifest.closes), "closed": stamp(closed)}


def _page(page: Page, tables: Sequence[Table], form: Form) -> dict[str, Any]:
    return {
        "title": _texts(page.title),
        "why": None if page.why is None else _texts(page.why),
        "questions": [_question(question, tables, form) for question in page.questions],
    }


def _question(question: Question, tables: Sequence[Table], form: Form) -> dict[str, Any]:
    wording = _wording(form)[question.id]
    return {
        **wording,
        "digest": question_digests(form)[question.id],
        "label": _texts(question.label),
        "answers": [] if isinstance(question, Okr) else _answers(question, form.languages),
        "axes": [_axis(axis, tables) for axis in question_axes(question)],
        **_interpolation(question),
    }


def _interpolation(question: Question) -> dict[str, str]:
    """How quantiles of an amount are placed within its brackets; nothing for other kinds."""
    return {"interpolation": INTERPOLATION[is_geometric(question)]} if isinstance(question, Amount) else {}


def _wording(form: Form) -> Mapping[str, dict[str, Any]]:
    """Each question as the canonical form has it: kind, options, flow and everything of its own."""
    return {q["id"]: q for page in canonical_form(form)["page"] for q in page["question"]}


def _axis(axis: Axis, tables: Sequence[Table]) -> dict[str, Any]:
    """What is counted of a question, and the tables it is counted in."""
    return {
        "axis": axis.id,
        "part": axis.part,
        "cells": list(axis.cells),
        "most_cells_of_one_respondent": axis.touches,
        "tables": [table.name for table in tables if axis.id in table.of],
        "splits": [table.name for table in tables if axis.id in table.by],
    }


def _answers(question: Question, languages: Sequence[str]) -> list[dict[str, Any]]:
    """Each answer's id and wording; brackets and bins with their edges."""
    worded = {language: answer_labels(question, language) for language in languages or ("",)}
    spans = answer_spans(question)
    return [
        {"id": answer, "label": {language: words[i] for language, words in worded.items()}} | spans.get(answer, {})
        for i, answer in enumerate(answer_ids(question))
    ]


def answer_spans(question: Question) -> dict[str, dict[str, int | None]]:
    """From (included) and to (excluded) of brackets; first and last sum, both included, of bins."""
    if isinstance(question, Score):
        lasts = [*(start - 1 for start in question.starts[1:]), question.points * len(question.items)]
        bins = zip(question.starts, lasts, strict=True)
        return _named(answer_ids(question), ({"first": low, "last": high} for low, high in bins))
    if isinstance(question, Amount):
        edges = pairwise((None, *question.edges, None))
        ids = [answer for answer in answer_ids(question) if answer != ZERO or question.zero is None]
        zero: dict[str, dict[str, int | None]] = {} if question.zero is None else {ZERO: {"exactly": 0}}
        return _named(ids, ({"from": low, "below": high} for low, high in edges)) | zero
    return {}


def _named(ids: Iterable[str], spans: Iterable[Mapping[str, int | None]]) -> dict[str, dict[str, int | None]]:
    return {name: dict(span) for name, span in zip(ids, spans, strict=True)}


def _texts(label: Label) -> dict[str, str]:
    """Language -> text; a text without language has the empty one."""
    return dict(label.texts)
