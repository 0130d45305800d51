"""The finite domain of each question: which answers there are, by id and as people read them."""

from typing import assert_never

from survey.forms.brackets import bin_ids, bracket_ids, bracket_labels
from survey.forms.model import Amount, Choice, Choices, Okr, Question, Ranking, Scale, Score


def answer_ids(question: Question) -> tuple[str, ...]:
    """The ids of all answers in code order: the code of an answer is its index + 1.

    Raises: ValueError for an okr, whose answers are rows of three codes.
    """
    match question:
        case Choice() | Choices() | Ranking():
            return tuple(option.id for option in question.options)
        case Scale():
            return tuple(str(point) for point in range(question.first, question.last + 1))
        case Score():
            return bin_ids(question)
        case Amount():
            return bracket_ids(question)
        case Okr():
            raise ValueError("an okr has three lists of ids; take its objectives, key_results or progress")
        case _:
            assert_never(question)


def answer_labels(question: Question, language: str = "en") -> tuple[str, ...]:
    """What a person reads for each of ``answer_ids``, in the same order."""
    match question:
        case Choice() | Choices() | Ranking():
            return tuple(option.label.text(language) for option in question.options)
        case Scale():
            return _scale_labels(question, language)
        case Amount():
            return bracket_labels(question, language)
        case Score() | Okr():
            return answer_ids(question)
        case _:
            assert_never(question)


def _scale_labels(scale: Scale, language: str) -> tuple[str, ...]:
    labels = list(answer_ids(scale))
    if scale.low is not None:
        labels[0] += f" ({scale.low.text(language)})"
    if scale.high is not None:
        labels[-1] += f" ({scale.high.text(language)})"
    return tuple(labels)
