"""How a published file differs from the one that its measurements give, in words that name the figure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from math import isclose
from typing import Any

from reports import statistics_csv, tables_csv
from reports.dataset.assembled import RECIPES
from reports.dataset.files import DESCRIPTIONS
from reports.dataset.parquet import same_rows
from reports.series import changes_csv

_ACCOUNTING = 1e-6  # how far two versions' accountings may be apart, relative
_ESTIMATES = ("estimates.words", "estimates.display", "estimates.modelled")
_MARGINS = ("known_margins.claim", "known_margins.words")
_WORDS = {
    f"release.json.{place}"
    for place in ("unit", "mechanism.words", *_ESTIMATES, "statistics.words", "threshold.words", *_MARGINS)
}
_WORDED = {"brief.pdf", "case.html", "codebook.json", "codebook.csv", "index.html", "microdata.json", *DESCRIPTIONS}
_ABSENT = object()
_CSV = {"tables.csv": (tables_csv.COLUMNS, tables_csv.DECIMALS)}
_CSV |= {"statistics.csv": (statistics_csv.COLUMNS, statistics_csv.DECIMALS)}
_CSV |= {"changes.csv": (changes_csv.COLUMNS, changes_csv.DECIMALS)}


@dataclass(frozen=True, slots=True)
class Difference:
    """kind: FIGURE if a figure differs at its published decimals; DECIMALS if only the last one does; WORDING
    if something differs that another version of the software may well put differently."""

    class Kind(Enum):
        FIGURE = "figure"
        DECIMALS = "decimals"
        WORDING = "wording"

    kind: Kind
    sentence: str


def difference(name: str, found: bytes, derived: bytes) -> Difference | None:
    """None if the bytes are the same."""
    if found == derived:
        return None
    if name in _CSV:
        return _tables(name, found, derived)
    if name == "release.json":
        return _record(found, derived)
    return _file(name, found, derived)


def _file(name: str, found: bytes, derived: bytes) -> Difference:
    if name.endswith(".parquet") and same_rows(found, derived):
        return Difference(Difference.Kind.WORDING, f"{name} holds the same rows, laid out otherwise.")
    if name in RECIPES:
        return Difference(Difference.Kind.WORDING, f"{name} is another program than here: read it before you run it.")
    if name in _WORDED:
        return Difference(Difference.Kind.WORDING, f"{name} is not, byte by byte, what the measurements give.")
    return Difference(Difference.Kind.FIGURE, f"{name} is not what the rest of the release gives.")


def _tables(name: str, found: bytes, derived: bytes) -> Difference:
    columns, decimals = _CSV[name]
    try:
        differing = list(_cells(columns, _rows(found), _rows(derived)))
    except csv.Error:  # a cell without end, for one
        differing = []
    for place, column, is_, should in differing:
        if not _last_decimal(decimals.get(column), is_, should):
            said, given = _shown(is_ or "nothing"), should or "nothing"
            return Difference(
                Difference.Kind.FIGURE,
                f"{name}, {_shown(place)}, {column}: it says {said}, the measurements give {given}.",
            )
    if not differing:
        return Difference(Difference.Kind.FIGURE, f"{name} is not written as the measurements give it.")
    return Difference(
        Difference.Kind.DECIMALS,
        f"{name} differs in the last published decimal of {len(differing)} figures; first {_shown(differing[0][0])}.",
    )


def _rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")))


def _cells(
    columns: Sequence[str], found: list[list[str]], derived: list[list[str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Place, column, what is there and what should be, of every cell that differs."""
    nothing: list[str] = []
    for number, (is_, should) in enumerate(zip_longest(found, derived, fillvalue=nothing), start=1):
        if is_ != should:
            place = _place(columns, number, should or is_)
            for column, a, b in zip_longest((*columns, "further"), is_, should, fillvalue=""):
                if a != b:
                    yield place, column, a, b


def _place(columns: Sequence[str], number: int, row: list[str]) -> str:
    named = dict(zip(columns, row, strict=False))
    words = [
        f"{name} {named[name]}" for name in ("question", "cohort", "rank", "statistic", "answer") if named.get(name)
    ]
    return f"row {number}" + (f" ({', '.join(words)})" if words else "")


def _last_decimal(places: int | None, is_: str, should: str) -> bool:
    try:
        return places is not None and abs(float(is_) - float(should)) < 1.5 * 10**-places
    except ValueError:
        return False


def _record(found: bytes, derived: bytes) -> Difference:
    """Everything but words must agree: the same keys, numbers nearly, the rest exactly."""
    try:
        written = json.loads(found, object_pairs_hook=_once)
    except _Twice as twice:
        return Difference(Difference.Kind.FIGURE, f"release.json says {_shown(twice.key)} twice.")
    worded, nearly = [], []
    for place, is_, should in _leaves(written, json.loads(derived), "release.json"):
        embedded = place.startswith(("release.json.manifest", "release.json.closing"))
        if place in _WORDS and isinstance(is_, str):
            worded.append(place)
        elif not embedded and _near(is_, should):
            nearly.append(place)
        else:
            return Difference(Difference.Kind.FIGURE, f"{_shown(place)} is not what the rest of the release gives.")
    notes = [f"is worded otherwise in {_listed(worded)}"] * bool(worded)
    notes += [f"differs in the last decimals of {_listed(nearly)}"] * bool(nearly)
    told = " and ".join(notes) or "is not, byte by byte, what the measurements give"
    return Difference(Difference.Kind.WORDING, f"release.json {told}.")


class _Twice(ValueError):
    """One object of a document has this key twice, so that readers may disagree about what it says."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises: _Twice."""
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise _Twice(key)
        keys.add(key)
    return dict(pairs)


def _listed(places: Sequence[str]) -> str:
    return ", ".join(place.removeprefix("release.json.") for place in places)


def _shown(place: str) -> str:
    """A place may hold a key of the document, a cell anything, and a terminal would obey control characters in it."""
    return "".join(c if c.isprintable() else "?" for c in place)[:120]


def _leaves(found: Any, derived: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Place and both values of everything that differs; a key that only one has differs, whatever it holds."""
    if isinstance(found, Mapping) and isinstance(derived, Mapping):
        for key in sorted({*found, *derived}):
            is_, should = found.get(key, _ABSENT), derived.get(key, _ABSENT)
            yield from _leaves(is_, should, f"{place}.{key}")
    elif isinstance(found, list) and isinstance(derived, list) and len(found) == len(derived):
        for index, (a, b) in enumerate(zip(found, derived, strict=True)):
            yield from _leaves(a, b, f"{place}[{index}]")
    elif found != derived or isinstance(found, bool) != isinstance(derived, bool):
        yield place, found, derived


def _near(found: Any, derived: Any) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (found, derived))
    try:
        return numbers and isclose(found, derived, rel_tol=_ACCOUNTING)
    except OverflowError:  # JSON has integers that no float can hold
        return False
