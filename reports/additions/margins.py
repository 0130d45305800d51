"""Known margins: what a host says is publicly known of everyone, as `margins.json` of a release holds it.

Its form is `{question: {option: share}}`, each question a cohort question and its shares adding up to 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.documents import canonical
from reports.errors import ReleaseError
from survey.forms.axes import question_axes
from survey.forms.model import Choice
from survey.rounds.any_manifest import AnyManifest

FILE = "margins.json"
_ROUNDED = 1e-3  # by how much shares that were rounded may miss 1

Margins = Mapping[str, Mapping[str, float]]


def margins_bytes(manifest: AnyManifest, document: object) -> bytes:
    """The file, from what a host gave. Raises: ReleaseError, naming the question."""
    return canonical(_checked(manifest, document))


def read_margins(manifest: AnyManifest, data: bytes | None) -> Margins:
    """What `margins_bytes` gave; nothing without a file. Raises: ReleaseError."""
    if data is None:
        return {}
    try:
        margins = _checked(manifest, json.loads(data))
    except (ValueError, RecursionError):
        raise ReleaseError(f"{FILE} cannot be read; get the release again.") from None
    if canonical(margins) != data:
        raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
    return margins


def known_parts(manifest: AnyManifest, margins: Margins) -> dict[str, npt.NDArray[np.float64]]:
    """By cohort axis each cell's part of everyone: adding up to 1, and 0 in cells that are no answer."""
    found = {}
    for question, shares in margins.items():
        (axis,) = question_axes(manifest.form.question(question))
        parts = np.array([shares.get(cell, 0.0) for cell in axis.cells])
        found[axis.id] = parts / parts.sum()
    return found


def _checked(manifest: AnyManifest, document: object) -> dict[str, dict[str, float]]:
    if not isinstance(document, dict) or not document:
        raise ReleaseError("Known margins: give at least one cohort question, with the share of each of its answers.")
    cohorts = {cohort.id: cohort for cohort in manifest.form.cohorts}
    checked = {}
    for question, given in document.items():
        if question not in cohorts:
            raise ReleaseError(f"Known margins: '{question}' is not a cohort question of this form.")
        _check_used(manifest, cohorts[question])
        checked[question] = _shares(cohorts[question], given)
    return checked


def _check_used(manifest: AnyManifest, cohort: Choice) -> None:
    """What would change nothing, or mean something else than it seems, is not taken."""
    if cohort.show_if is not None:
        raise ReleaseError(f"Known margins: only some are asked '{cohort.id}', so it cannot stand for everyone.")
    if not any(table.by == (cohort.id,) and table.of for table in manifest.promise.tables):
        raise ReleaseError(f"Known margins: no figure is split by '{cohort.id}' alone, so there is nothing to weigh.")


def _shares(cohort: Choice, given: Any) -> dict[str, float]:
    options = [option.id for option in cohort.options]
    if not isinstance(given, dict) or set(given) != set(options):
        raise ReleaseError(f"Known margins, {cohort.id}: give a share for each of {', '.join(options)}.")
    numbers = [given[option] for option in options]
    fine = all(isinstance(n, int | float) and not isinstance(n, bool) and 0 <= n <= 1 for n in numbers)
    if not fine or not math.isclose(sum(numbers), 1, abs_tol=_ROUNDED):
        raise ReleaseError(f"Known margins, {cohort.id}: the shares must be between 0 and 1 and add up to 1.")
    return {option: float(number) for option, number in zip(options, numbers, strict=True)}
