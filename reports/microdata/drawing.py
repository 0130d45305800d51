"""Records drawn question by question, each given those it is held together with. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from reports.errors import ReleaseError
from reports.microdata.columns import Column
from survey.forms.layout import record_length, slots
from survey.forms.model import Form
from survey.forms.rows import Batch

_GOLDEN: Final = (5**0.5 - 1) / 2  # its multiples fill the unit interval evenly, wherever one starts and stops

Floats = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """One question given others. weights: (codes of each given one …, codes of its own), in any unit, not negative."""

    question: str
    given: tuple[str, ...]
    weights: Floats


def draw(
    form: Form, known: Mapping[str, Column], model: Sequence[Conditional], records: int, rng: np.random.Generator
) -> Batch:
    """Records in no order. Shape: (records, record length) uint8.

    Each code is drawn with its own probability. Draws of records that are alike in what is given are spread evenly
    over the answers, so that tables of the records miss those of the model by less than independent draws would.
    """
    drawn: dict[str, Indexes] = {}
    for part in model:
        drawn[part.question] = _column(part, [drawn[name] for name in part.given], records, rng)
    batch = np.zeros((records, record_length(form)), dtype=np.uint8)
    for name, place in slots(form).items():
        batch[:, place] = known[name].codes[drawn[name]]
    return np.asarray(rng.permutation(batch, axis=0))


def _column(part: Conditional, given: Sequence[Indexes], records: int, rng: np.random.Generator) -> Indexes:
    spread = _spread(part, given, records, rng)
    codes = rng.permutation(part.weights.shape[-1])
    rows = np.zeros(records, dtype=np.int64) if not given else np.ravel_multi_index(given, part.weights.shape[:-1])
    weights = part.weights.reshape(-1, len(codes))[:, codes]
    found = np.empty(records, dtype=np.int64)
    for row in np.unique(rows):
        among = rows == row
        sums = np.cumsum(weights[row])
        if not sums[-1] > 0:
            raise ReleaseError(f"The fitted model says nothing of '{part.question}' for some records.")
        at = np.searchsorted(sums, spread[among] * sums[-1], side="right")
        found[among] = codes[np.minimum(at, _last(weights[row]))]
    return found


def _last(weights: Floats) -> int:
    """The last code that can be drawn: a product that was rounded up must not go beyond it."""
    return int(np.flatnonzero(weights)[-1])


def _spread(part: Conditional, given: Sequence[Indexes], records: int, rng: np.random.Generator) -> Floats:
    """A number from 0 to 1 for each record, evenly spread among those that are alike in what is given.

    In which order what is given and its answers stand is drawn anew for each question: in the same order two questions
    would go together that the model says nothing about.
    """
    keys = [rng.permutation(size)[codes] for size, codes in zip(part.weights.shape, given, strict=False)]
    order = np.lexsort((rng.random(records), *(keys[at] for at in rng.permutation(len(keys)))))
    spread = np.empty(records)
    spread[order] = (rng.random() + _GOLDEN * np.arange(records)) % 1.0
    return spread
