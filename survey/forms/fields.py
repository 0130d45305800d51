"""The fields that form files are made of, with what each says about a fault."""

import unicodedata
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from survey.forms.labels import Label

MOST_CODES = 255  # one byte a slot, and 0 is "no answer"

SAID: dict[str, Any] = {"required": "is missing; add it", "null": "is empty; give it a value"}
UNIT = validate.Regexp(r"[A-Za-z€$£¥]{1,8}\Z", error="a unit is one to eight letters, such as EUR")


def id_(**more: Any) -> fields.String:
    rule = validate.Regexp(
        r"[a-z0-9_-]{1,64}\Z", error="an id is 1 to 64 of the characters a-z, 0-9, '_' and '-'; write it so"
    )
    return fields.String(validate=rule, error_messages=SAID | {"invalid": "must be text in quotes"}, **more)


def whole(low: int, high: int, **more: Any) -> fields.Integer:
    rule = validate.Range(low, high, error=f"must be from {low} to {high}")
    said = SAID | {"invalid": "must be a whole number"}
    return fields.Integer(strict=True, validate=rule, error_messages=said, **more)


class Flag(fields.Field[bool]):
    """Only true or false: not 1, not "yes"."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class Rate(fields.Field[float]):
    """How much of a unit one base unit is."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1e-9 <= value <= 1e9:
            raise ValidationError("a rate must be a number above 0, how much of the unit one base unit is")
        return float(value)


class LabelField(fields.Field[Label]):
    """A text, or a table of texts by language."""

    _language = validate.Regexp(
        r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", error="a language is written as in 'en' or 'pt-BR'"
    )

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Label:
        texts = {"": value} if isinstance(value, str) else value
        if not isinstance(texts, dict) or not texts:
            raise ValidationError("must be a text, or a table of texts by language")
        if isinstance(value, dict):
            for language in texts:
                self._language(language)
        return Label(tuple(sorted((language, _clean(text)) for language, text in texts.items())))


def _clean(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValidationError("has a text that is empty; write one")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text.strip()):
        raise ValidationError("has a line break or another control character; write it on one line")
    if any(unicodedata.category(c) == "Cf" and c not in "\u200c\u200d" for c in text):
        # Invisible or direction-changing: two answers could look the same, or a label like another one.
        raise ValidationError("has an invisible character; write it anew")
    return unicodedata.normalize("NFC", text.strip())


def text() -> LabelField:
    return LabelField(required=True, error_messages=SAID)


def optional_text() -> LabelField:
    return LabelField(load_default=None, error_messages=SAID)


def list_of(inner: fields.Field[Any] | type[Schema], low: int = 1, high: int = MOST_CODES) -> fields.List[Any]:
    field = inner if isinstance(inner, fields.Field) else nested(inner)
    rule = validate.Length(low, high, error=f"needs {low} to {high} entries")
    said = SAID | {"invalid": "must be a list"}
    return fields.List(field, required=True, validate=rule, error_messages=said)


def nested(schema: type[Schema], **more: Any) -> fields.Nested:
    return fields.Nested(schema, error_messages=SAID | {"type": "must be a table"}, **more)
