"""The ids of a form as a host needs them to enter answers in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from survey.forms.model import Amount, Choice, Choices, Okr, Ranking, Scale, Score, option_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from survey.forms.model import Form, Option, Question


def ids_in_words(form: Form) -> str:
    """Every question with its id, and what its cells may hold: one line an option, its id first."""
    lines = [f"{form.id}: {form.title.text()}"]
    for question in form.questions:
        lines += ["", f"{question.id} ({question.kind}): {question.label.text()}", *_cells(question)]
    return "\n".join(lines)


def _cells(question: Question) -> Iterator[str]:
    match question:
        case Scale():
            yield f"  {question.first} to {question.last}"
        case Score():
            many = len(question.items)
            yield f"  the sum of {many} items, {many} to {many * question.points}"
        case Amount():
            yield f"  a number in {question.unit.text()}"
            if question.units:
                yield f"  or with one of the units {', '.join(name for name, _ in question.units)}"
        case Okr():
            for title, options in zip(("objective", "key result", "progress"), option_lists(question), strict=True):
                yield f"  {title}:"
                yield from _listed(options, "    ")
        case Choice() | Choices() | Ranking():
            yield from _listed(question.options, "  ")
        case _:
            assert_never(question)


def _listed(options: tuple[Option, ...], indent: str) -> Iterator[str]:
    width = max(len(option.id) for option in options)
    for option in options:
        yield f"{indent}{option.id:<{width}}  {option.label.text()}"
