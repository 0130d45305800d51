"""What a guide must be: its shape, short printable texts, and questions, answers and sources that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from survey.forms.faults import sentences
from survey.forms.fields import SAID, id_, list_of, nested, whole
from survey.forms.model import Choice, Choices, Form, Ranking

ROLES: Final = ("priority", "kpi", "no", "no_said", "no_behind", "moved", "move", "move_helped", "hazards")
_JOINERS = "\u200c\u200d"  # invisible, and needed to write Persian or Hindi


def faults_of(form: Form, document: object) -> list[str]:
    """All that is wrong with it, each a sentence without its full stop; nothing if it is sound."""
    if not isinstance(document, dict):
        return ["The guide must be a table with form, roles, sources and entries"]
    try:
        _GuideSchema().load(document)
    except ValidationError as error:
        return [f"The guide, {fault}" for fault in sentences(error.messages, document)]
    return [f"The guide, {fault}" for fault in _unfitting(form, document)]


def _unfitting(form: Form, document: Mapping[str, Any]) -> Iterator[str]:
    """A document of the right shape against the form, and its evidence against its own sources."""
    if document["form"] != form.id:
        yield f"form: it is for '{document['form']}', and this form is '{form.id}'"
    asked = {question.id for question in form.questions}
    for role, question in document["roles"].items():
        if question not in asked:
            yield f"roles, {role}: the form has no question '{question}'"
    answers = {
        question.id: {option.id for option in question.options}
        for question in form.questions
        if isinstance(question, Choice | Choices | Ranking)
    }
    places = Counter((entry["question"], entry["answer"]) for entry in document["entries"])
    for (question, answer), times in places.items():
        if question not in answers:
            why = "has answers that no entry can name" if question in asked else "is not in the form"
            yield f"entries: the question '{question}' {why}"
        elif answer not in answers[question]:
            yield f"entries: '{question}' has no answer '{answer}'"
        if times > 1:
            yield f"entries: '{question}', '{answer}' has {times} entries; keep one"
    named = {part["source"] for entry in document["entries"] for part in entry["evidence"]}
    yield from (
        f"entries: no source is called '{name}'; name it in sources" for name in named - set(document["sources"])
    )


class _Line(fields.Field[str]):
    """A text on one line. What is invisible could make one text look like another, or hide part of it."""

    def __init__(self, longest: int) -> None:
        super().__init__(required=True, error_messages=SAID)
        self.longest = longest

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or not value.strip() or value != value.strip():
            raise ValidationError("must be a text, not empty and without blanks around it")
        if not all(character.isprintable() or character in _JOINERS for character in value):
            raise ValidationError("has a line break or an invisible character; write it anew on one line")
        if len(value) > self.longest:
            raise ValidationError(f"is longer than {self.longest} characters; shorten it")
        return value


class _Strict(Schema):
    error_messages = {  # noqa: RUF012  marshmallow reads it from the class
        "unknown": "is not a key that belongs here; remove it or check its spelling",
        "type": "must be a table",
    }


class _SourceSchema(_Strict):
    name = _Line(200)
    year = whole(1900, 2100, required=True)


class _EvidenceSchema(_Strict):
    source = id_(required=True)
    at = _Line(80)
    says = _Line(400)


class _EntrySchema(_Strict):
    question = id_(required=True)
    answer = id_(required=True)
    cares = _Line(400)
    move = _Line(600)
    evidence = list_of(_EvidenceSchema, high=8)
    cost = _Line(120)
    measure = _Line(400)
    stop = _Line(400)


class _GuideSchema(_Strict):
    form = id_(required=True)
    roles = fields.Dict(
        keys=fields.String(validate=validate.OneOf(ROLES, error=f"the roles are {', '.join(ROLES)}")),
        values=id_(required=True),
        required=True,
        error_messages=SAID | {"invalid": "must be a table"},
    )
    sources = fields.Dict(
        keys=id_(),
        values=nested(_SourceSchema, required=True),
        required=True,
        validate=validate.Length(1, 20, error="needs 1 to 20 entries"),
        error_messages=SAID | {"invalid": "must be a table"},
    )
    entries = list_of(_EntrySchema, high=1000)
