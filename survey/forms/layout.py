"""Where each question lies in a record: one byte a slot, in form order, 0 = no answer."""

from typing import assert_never

from survey.forms.model import Amount, Choice, Choices, Form, Okr, Question, Ranking, Scale, Score


def width(question: Question) -> int:
    """How many slots a question has."""
    match question:
        case Choice() | Scale() | Score() | Amount():
            return 1
        case Choices():
            return question.at_most
        case Ranking():
            return question.top
        case Okr():
            return 3 * question.rows
        case _:
            assert_never(question)


def slots(form: Form) -> dict[str, slice]:
    """Question id -> its bytes in a record, in form order."""
    places: dict[str, slice] = {}
    start = 0
    for question in form.questions:
        places[question.id] = slice(start, start + width(question))
        start += width(question)
    return places


def record_length(form: Form) -> int:
    """Bytes in every record of the form."""
    return sum(width(question) for question in form.questions)
