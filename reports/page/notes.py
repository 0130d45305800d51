"""What has to be known of a question to read its figures: how many answers there could be, and who was asked."""

from __future__ import annotations

from collections.abc import Iterator

from survey.forms.model import Amount, Choice, Choices, Form, Okr, Question, Ranking, Score


def notes(question: Question, form: Form, language: str) -> Iterator[str]:
    """Sentences, in the order in which they are read."""
    match question:
        case Choices():
            yield f"Up to {question.at_most} answers each: the shares add up to more than 100%."
        case Ranking():
            yield f"Up to {question.top} answers each, the first one first. Shares are of those who gave that rank."
        case Okr():
            yield f"Up to {question.rows} rows each; a person counts once in every cell."
        case Amount():
            yield f"In {question.unit.text(language)}; only the bracket was ever sent."
        case Score():
            items = "; ".join(item.label.text(language) for item in question.items)
            yield f"The sum of {len(question.items)} answers from 1 to {question.points}: {items}"
        case _:
            pass
    if isinstance(question, Choice) and question.cohort:
        yield "Shares are of everyone who took part."
    if question.show_if is not None:
        before = form.question(question.show_if.question)
        labels = _option_labels(before, language)
        chosen = "; ".join(labels[option] for option in question.show_if.any_of)
        yield f"Asked only after “{before.label.text(language)}” was answered with: {chosen}."


def _option_labels(question: Question, language: str) -> dict[str, str]:
    options = question.options if isinstance(question, Choice) else ()
    return {option.id: option.label.text(language) for option in options}
