"""Conversation sheets: what a team too small for a survey talks about instead, question by question of a form.

A sheet lies beside its form: ``my-form.sheet.toml`` beside ``my-form.toml``. It is printed and collects nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from marshmallow import Schema, ValidationError, post_load

from survey.forms.faults import FormError, sentences
from survey.forms.fields import id_, list_of, nested, optional_text, text
from survey.forms.labels import Label
from survey.forms.loading import SHEET, bundled_sheet_text
from survey.forms.model import Form
from survey.forms.toml import TomlError, read_toml


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and sentences below it: what holds before the conversation, or ends it."""

    title: Label
    lines: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What to talk about in place of one question. ``care``: what to mind first, where something is to be minded."""

    question: str
    ask: tuple[Label, ...]
    care: Label | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """``topics``: one for each question of the form, in whatever order."""

    title: Label
    intro: Label
    before: Part
    topics: tuple[Topic, ...]
    after: Part


def bundled_sheet(name: str, form: Form) -> Sheet | None:
    """The sheet of a bundled form, if it has one."""
    found = bundled_sheet_text(name)
    return None if found is None else sheet_from_toml(found, form)


def load_sheet(form_file: Path, form: Form) -> Sheet | None:
    """The sheet beside a form file, if there is one. Raises: FormError."""
    path = sheet_beside(form_file)
    try:
        return sheet_from_toml(path.read_text(encoding="utf-8"), form)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise FormError(f"{path} is not UTF-8 text; save the sheet as UTF-8") from None


def sheet_beside(form_file: Path) -> Path:
    return form_file.with_name(form_file.name.removesuffix(".toml") + SHEET)


def sheet_from_toml(written: str, form: Form) -> Sheet:
    """Raises: FormError, with every fault that was found and its place."""
    try:
        raw = read_toml(written)
    except TomlError as error:
        raise FormError(f"the sheet is not valid TOML: {error}") from None
    try:
        sheet = cast(Sheet, _SheetSchema().load(raw))
    except ValidationError as error:
        faults = tuple(f"sheet, {fault}" for fault in sentences(error.messages, raw))
    else:
        return _fitting(sheet, form)
    raise FormError(*faults)


def _fitting(sheet: Sheet, form: Form) -> Sheet:
    """Every question has its topic and every topic its question: what is asked in the form is what is talked about."""
    questions = [question.id for question in form.questions]
    named = [topic.question for topic in sheet.topics]
    faults = [f"sheet: the form has no question '{one}'; remove its topic" for one in named if one not in questions]
    faults += [f"sheet: '{one}' has two topics; keep one" for one in questions if named.count(one) > 1]
    faults += [f"sheet: the question '{one}' has no topic; add one" for one in questions if one not in named]
    if faults:
        raise FormError(*faults)
    return sheet


class _Strict(Schema):
    error_messages = {  # noqa: RUF012  marshmallow reads it from the class
        "unknown": "is not a key that belongs here; remove it or check its spelling",
        "type": "must be a table",
    }


class _PartSchema(_Strict):
    title = text()
    lines = list_of(text())

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> Part:
        return Part(data["title"], tuple(data["lines"]))


class _TopicSchema(_Strict):
    question = id_(required=True)
    ask = list_of(text())
    care = optional_text()

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> Topic:
        return Topic(data["question"], tuple(data["ask"]), data["care"])


class _SheetSchema(_Strict):
    title = text()
    intro = text()
    before = nested(_PartSchema, required=True)
    topic = list_of(_TopicSchema)
    after = nested(_PartSchema, required=True)

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> Sheet:
        return Sheet(data["title"], data["intro"], data["before"], tuple(data["topic"]), data["after"])
