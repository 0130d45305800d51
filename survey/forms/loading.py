"""Forms from files, their canonical form, and its digest."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, cast

import rfc8785
from marshmallow import ValidationError

from survey.forms.canonical import canonical_form
from survey.forms.faults import FormError, sentences
from survey.forms.model import Form
from survey.forms.schema import FormSchema
from survey.forms.toml import TomlError, read_toml

__all__ = [
    "FormError",
    "bundled",
    "bundled_names",
    "canonical_form",
    "form_digest",
    "form_from_canonical",
    "form_from_toml",
    "load_form",
]

SHEET = ".sheet.toml"  # a conversation sheet lies beside its form, and is none itself


def load_form(path: Path) -> Form:
    """The form in a TOML file. Raises: FormError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FormError(f"{path} cannot be read ({error.strerror}); check the path of the form file") from None
    except UnicodeDecodeError:
        raise FormError(f"{path} is not UTF-8 text; save the form file as UTF-8") from None
    return form_from_toml(text)


def form_from_toml(text: str) -> Form:
    """Raises: FormError, with every fault that was found and its place."""
    try:
        raw = read_toml(text)
    except TomlError as error:
        raise FormError(f"the form is not valid TOML: {error}") from None
    return _checked(raw)


def form_from_canonical(canonical: Mapping[str, Any]) -> Form:
    """The form from what ``canonical_form`` gave, before or after a way through JSON.

    Raises: FormError, also if it is a valid form written in any other than the canonical way.
    """
    form = _checked(dict(canonical))
    if canonical_form(form) != canonical:
        raise FormError("form: is not in canonical form; take it as canonical_form wrote it")
    return form


def _checked(raw: dict[str, Any]) -> Form:
    try:
        return cast(Form, FormSchema().load(raw))
    except ValidationError as error:
        faults = tuple(sentences(error.messages, raw))
    raise FormError(*faults)


def form_digest(form: Form) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of the form, 64 hex digits."""
    return hashlib.sha256(rfc8785.dumps(canonical_form(form))).hexdigest()


def bundled(name: str) -> Form:
    """One of the forms that come with Subrosa. Raises: FormError, if there is none of this name."""
    return form_from_toml(bundled_text(name))


def bundled_text(name: str) -> str:
    """The TOML of a bundled form. Raises: FormError, if there is none of this name."""
    if name not in bundled_names():
        raise FormError(f"there is no form of this name here; take one of {', '.join(bundled_names())}")
    return str((_definitions() / f"{name}.toml").read_text(encoding="utf-8"))


def bundled_sheet_text(name: str) -> str | None:
    """The TOML of the conversation sheet beside a bundled form, if it has one."""
    file = _definitions() / f"{name}{SHEET}"
    return str(file.read_text(encoding="utf-8")) if name in bundled_names() and file.is_file() else None


def bundled_names() -> tuple[str, ...]:
    files = (file.name for file in _definitions().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml") and SHEET not in name))


def _definitions() -> Any:
    return resources.files("survey.forms.definitions")
