"""How long a form takes: its words at an ordinary reading speed, and a few seconds for each control.

A careful estimate: the person reads every word, is asked every question whatever its ``show_if``, and uses every
control, down to the last choice that ``at_most`` allows. The seconds of a control leave time to think: a question with
a short list comes to about ten seconds, as online panels find (Pew Research Center, Decoded, December 2022).
"""

from typing import assert_never

from survey.forms.model import Amount, Choice, Choices, Form, Okr, Question, Ranking, Scale, Score, form_labels

WORDS_PER_MINUTE = 230  # silent reading of ordinary prose by adults
SECONDS_PER_CONTROL = 5  # to decide and to tap once


def minutes(form: Form, language: str = "en") -> float:
    """Minutes for the whole form in one language."""
    return words(form, language) / WORDS_PER_MINUTE + controls(form) * SECONDS_PER_CONTROL / 60


def words(form: Form, language: str = "en") -> int:
    """Everything there is to read in one language; lone punctuation is no word."""
    texts = (label.text(language) for label in form_labels(form))
    return sum(any(character.isalnum() for character in word) for text in texts for word in text.split())


def controls(form: Form) -> int:
    """What a person sets or taps: each answer, and the step on from each page and from the review."""
    return sum(_controls(question) for question in form.questions) + len(form.pages) + 1


def _controls(question: Question) -> int:
    match question:
        case Choice() | Scale():
            return 1
        case Choices():
            return question.at_most
        case Ranking():
            return question.top
        case Score():
            return len(question.items)
        case Amount():  # a number is typed, and its bracket read
            return 2
        case Okr():
            return 3 * question.rows
        case _:
            assert_never(question)
