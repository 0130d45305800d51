"""Which texts of a form a reader of one of its languages gets to see in another."""

from collections.abc import Iterator
from dataclasses import dataclass

from survey.forms.labels import Label
from survey.forms.model import Form, question_labels


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A text without some of the form's languages. place: a question's id, or what else of the form it is."""

    place: str
    text: str
    lacks: tuple[str, ...]


def untranslated(form: Form) -> tuple[Untranslated, ...]:
    """In form order; none where no label names a language.

    A bare text with a letter in it counts, too: it is shown as it stands whatever is read. (`12–50` needs no language.)
    """
    found = ((place, label, tuple(sorted({*form.languages} - label.languages))) for place, label in _placed(form))
    return tuple(Untranslated(place, label.text(), lacks) for place, label, lacks in found if lacks and _is_read(label))


def _is_read(label: Label) -> bool:
    return bool(label.languages) or any(character.isalpha() for character in label.text())


def _placed(form: Form) -> Iterator[tuple[str, Label]]:
    yield "title", form.title
    yield "intro", form.intro
    for number, page in enumerate(form.pages, start=1):
        yield f"page {number}, title", page.title
        if page.why is not None:
            yield f"page {number}, why", page.why
        for question in page.questions:
            yield from ((question.id, label) for label in question_labels(question))
