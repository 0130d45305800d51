"""Faults of a form: rules across its parts, and where in the file a fault lies."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from survey.forms.layout import record_length
from survey.forms.model import Choice, Form, Option, Question

_MANY = {
    "options": "options",
    "items": "items",
    "objectives": "objectives",
    "key_results": "key results",
    "progress": "entries",
}

LONGEST_RECORD = 4096  # a sealed response stays far below what the intake takes, and a phone sends it in a moment


class FormError(ValueError):
    """A form is not valid. ``faults``: one sentence for each, naming its place."""

    def __init__(self, *faults: str) -> None:
        more = len(faults) - 1
        super().__init__(faults[0] + (f" (and {more} more)" if more else ""))
        self.faults = faults


def check_ids(options: Sequence[Option], place: str) -> tuple[Option, ...]:
    """Every id once."""
    for option_id, times in Counter(option.id for option in options).items():
        if times > 1:
            raise ValidationError(f"two {_MANY[place]} have the id '{option_id}'; give each its own", place)
    return tuple(options)


def check_options(options: Sequence[Option], place: str) -> tuple[Option, ...]:
    """Ids and labels that are unique, and can be told apart in a table of answers."""
    check_ids(options, place)
    owners = {option.id: option.id for option in options}
    for option in options:
        for text in {text for _, text in option.label.texts}:
            if ";" in text or "|" in text:
                fault = f"the label of '{option.id}' holds ';' or '|', which separate answers; leave them out"
                raise ValidationError(fault, place)
            owner = owners.setdefault(text, option.id)
            if owner != option.id:
                fault = f"the label of '{option.id}' is also the id or a label of '{owner}'; change one"
                raise ValidationError(fault, place)
    return tuple(options)


def check_form(form: Form) -> None:
    """Unique question ids; every ``show_if`` names an earlier choice and options that it has."""
    earlier: dict[str, Question] = {}
    faults: dict[int, dict[str, Any]] = {}
    for number, page in enumerate(form.pages):
        for index, question in enumerate(page.questions):
            fault = _question_fault(question, earlier)
            if fault:
                faults.setdefault(number, {}).setdefault("question", {})[index] = fault
            earlier.setdefault(question.id, question)
    if faults:
        raise ValidationError({"page": faults})
    if record_length(form) > LONGEST_RECORD:
        raise ValidationError(f"makes responses of over {LONGEST_RECORD} bytes; ask fewer or shorter questions", "page")


def _question_fault(question: Question, earlier: Mapping[str, Question]) -> dict[str, list[str]] | None:
    if question.id in earlier:
        return {"id": [f"two questions have the id '{question.id}'; give each its own"]}
    if question.show_if is None:
        return None
    condition = earlier.get(question.show_if.question)
    if not isinstance(condition, Choice):
        return {"show_if": ["must name a question of kind choice that comes earlier"]}
    if not set(question.show_if.any_of) <= {option.id for option in condition.options}:
        return {"show_if": [f"names an option that '{condition.id}' does not have; take its option ids"]}
    return None


_ONE_OF = {
    "page": "page",
    "question": "question",
    "options": "option",
    "items": "item",
    "objectives": "objective",
    "key_results": "key result",
    "edges": "edge",
    "starts": "start",
    "progress": "progress",
}
_BY_NUMBER = {"page"}
_LONGEST_NAME = 64


def sentences(messages: Any, raw: Any) -> Iterator[str]:
    """Marshmallow's nested messages as sentences that begin with their place in the raw form."""
    for path, message in _leaves(messages, ()):
        place = ", ".join(_steps(path, raw))
        yield f"{place or 'form'}: {message}"


def _leaves(messages: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _leaves(inner, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _leaves(inner, path)
    else:
        yield path, str(messages)


def _steps(path: tuple[str | int, ...], raw: Any) -> Iterator[str]:
    name: str | None = None
    for key in path:
        raw = _inside(raw, key)
        if isinstance(key, int):
            yield _entry(name or "entry", key, raw)
            name = None
            continue
        if name is not None:
            yield name
        name = _plain(str(key))
    if name is not None:
        yield name


def _plain(key: str) -> str:
    """A name that stands in a document, as it may be told: on one line, and no longer than any of ours."""
    return "".join(c if c.isprintable() else "?" for c in key[:_LONGEST_NAME])


def _inside(raw: Any, key: str | int) -> Any:
    try:
        return raw[key]
    except (KeyError, IndexError, TypeError):
        return None


def _entry(name: str, index: int, raw: Any) -> str:
    """``question 'industry'`` where it has a usable id, else ``question 3``."""
    own = raw.get("id") if isinstance(raw, Mapping) else None
    if name not in _BY_NUMBER and isinstance(own, str) and own.isprintable() and 0 < len(own) <= _LONGEST_NAME:
        return f"{_ONE_OF.get(name, name)} '{own}'"
    return f"{_ONE_OF.get(name, name)} {index + 1}"
