"""The guides that come with Subrosa, one for each bundled form that asks for priorities, objections or hazards."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from reports.additions.guide import document_of, fitted, guide_bytes, guide_of
from reports.additions.guide_checks import faults_of
from reports.errors import ReleaseError
from survey.forms.loading import bundled, bundled_names
from survey.forms.model import Form
from survey.rounds.any_manifest import AnyManifest


def guide_names() -> tuple[str, ...]:
    """The forms that have one."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in _guides().iterdir() if file.name.endswith(".toml")))


def guide_text(name: str) -> str:
    """Its TOML: the starting point for a guide of one's own. Raises: ReleaseError, if there is none for this form."""
    if name not in guide_names():
        raise ReleaseError(
            f"There is no guide for the form '{name}'; there is one for {', '.join(guide_names())}. To write one, "
            "begin with `subrosa guide template hr-benchmark`, and put your form's id behind `form =` and its "
            "questions and answers into the entries."
        )
    return str((_guides() / f"{name}.toml").read_text(encoding="utf-8"))


def bundled_guide(form: Form) -> dict[str, Any] | None:
    """What of the form's own guide is about the questions that it asks, as a document; None where there is none."""
    if form.id not in guide_names():
        return None
    guide = fitted(guide_of(bundled(form.id), tomllib.loads(guide_text(form.id))), form)
    return None if guide is None else document_of(guide)


def guide_for(form: Form, document: object) -> dict[str, Any]:
    """A host's own guide for a round with this form, which may ask less than the bundled form it was made from.

    An entry about what the bundled form asks and this round does not is left out; any other unknown id is refused.
    Raises: ReleaseError.
    """
    whole = _nearest(form, document)
    guide = fitted(guide_of(whole, document), form)
    if guide is None:
        raise ReleaseError("The guide has no entry about a question that this round asked.")
    return document_of(guide if whole is not form else guide_of(form, document))


def guide_faults(form: Form, document: object) -> list[str]:
    """All that `guide_for` would refuse, each a sentence without its full stop."""
    return faults_of(_nearest(form, document), document)


def _nearest(form: Form, document: object) -> Form:
    """The round's own form, or the bundled one that it is part of: whichever the guide fits better."""
    forms = [form, *([bundled(form.id)] if form.id in bundled_names() else [])]
    return min(forms, key=lambda one: len(faults_of(one, document)))


def guide_file(manifest: AnyManifest, document: object) -> bytes:
    """`guide.json` of a round, from a host's own guide. Raises: ReleaseError."""
    return guide_bytes(manifest, guide_for(manifest.form, document))


def _guides() -> Any:
    return resources.files("reports.additions") / "guides"
