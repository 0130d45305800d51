"""The canonical form: a form file as JSON values, with everything derived spelled out.

Keys are those of the file. What is optional and absent is left out;
``cohort`` and ``alone`` are always there.
``edges`` stand for lower, upper and per_decade, ``starts`` for bins, ``from`` and ``to`` for points.
"""

from collections.abc import Sequence
from typing import Any, assert_never

from survey.forms.labels import Label
from survey.forms.model import (
    Amount,
    Choice,
    Choices,
    Form,
    Okr,
    Option,
    Page,
    Question,
    Ranking,
    Scale,
    Score,
)


def canonical_form(form: Form) -> dict[str, Any]:
    """JSON types only; ``loading.form_from_canonical`` gives the form back."""
    return {
        "id": form.id,
        "title": form.title.plain(),
        "intro": form.intro.plain(),
        "page": [_page(page) for page in form.pages],
    }


def _page(page: Page) -> dict[str, Any]:
    questions = [_question(question) for question in page.questions]
    return {"title": page.title.plain(), "question": questions} | _labels(why=page.why)


def _labels(**labels: Label | None) -> dict[str, Any]:
    return {name: label.plain() for name, label in labels.items() if label is not None}


def _options(options: Sequence[Option]) -> list[dict[str, Any]]:
    return [{"id": option.id, "label": option.label.plain()} for option in options]


def _question(question: Question) -> dict[str, Any]:
    common: dict[str, Any] = {"id": question.id, "kind": question.kind, "label": question.label.plain()}
    if question.show_if is not None:
        common["show_if"] = {"question": question.show_if.question, "any_of": list(question.show_if.any_of)}
    return common | _own(question)


def _own(question: Question) -> dict[str, Any]:  # noqa: PLR0911  one return a kind
    match question:
        case Choice():
            return {"options": _options(question.options), "cohort": question.cohort}
        case Choices():
            plain = zip(_options(question.options), question.options, strict=True)
            options = [entry | {"alone": option.alone} for entry, option in plain]
            return {"options": options, "at_most": question.at_most}
        case Ranking():
            return {"options": _options(question.options), "top": question.top}
        case Scale():
            ends = _labels(low=question.low, high=question.high)
            return {"from": question.first, "to": question.last} | ends
        case Score():
            items = _options(question.items)
            return {"points": question.points, "items": items, "starts": list(question.starts)}
        case Amount():
            labels = _labels(unit=question.unit, zero=question.zero)
            return {"units": dict(question.units), "edges": list(question.edges)} | labels
        case Okr():
            return {
                "rows": question.rows,
                "objectives": _options(question.objectives),
                "key_results": _options(question.key_results),
                "progress": _options(question.progress),
            }
        case _:
            assert_never(question)
