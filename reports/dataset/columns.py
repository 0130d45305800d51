"""The columns of the published tables, with types: one list for Parquet, Frictionless and Croissant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reports import formulas
from reports.codebook import COLUMNS
from reports.dataset.codebook_csv import codebook_columns
from survey.forms.model import Form, Ranking
from survey.rounds.any_manifest import AnyManifest

Type = Literal["string", "integer", "number"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. An empty cell of an integer or a number is no value; of a string only where `optional`.

    least, most: the limits of its values; one_of: all values it can have, if they are few.
    """

    name: str
    type: Type
    description: str
    optional: bool = False
    least: float | None = None
    most: float | None = None
    one_of: tuple[str, ...] = ()


_LIMITS: Final[Mapping[str, tuple[float | None, float | None]]] = {
    "share": (0, 1),
    "low": (0, 1),
    "high": (0, 1),
    "count": (0, None),
    "unbiased": (None, None),
    "sd": (0, None),
}
_STATUS: Final = ("shown", "hidden", "uncertain")
_ESTIMATES: Final = ("display", "modelled", "weighted")
_NUMBERS: Final = ("value", "low", "high")


def columns(manifest: AnyManifest) -> dict[str, tuple[Column, ...]]:
    """By the name of the CSV file."""
    return {
        "tables.csv": _tables(manifest),
        "statistics.csv": _statistics(manifest),
        "codebook.csv": tuple(
            Column(name, kind, said, optional=True) for name, kind, said in codebook_columns(manifest.form)
        ),
    }


def _tables(manifest: AnyManifest) -> tuple[Column, ...]:
    values = {
        "question": _questions(manifest),
        "by": _splits(manifest),
        "estimate": _ESTIMATES,
        "status": _STATUS,
    }
    return tuple(_table(name, said, values.get(name, ())) for name, said in COLUMNS.items())


def _table(name: str, said: str, one_of: tuple[str, ...]) -> Column:
    if name == "rank":
        return Column(name, "integer", said, optional=True, least=1)
    if name in _LIMITS:
        return Column(name, "number", said, True, *_LIMITS[name])
    return Column(name, "string", said, optional=name == "estimate", one_of=one_of)


def _statistics(manifest: AnyManifest) -> tuple[Column, ...]:
    values = {"by": _splits(manifest), "status": _STATUS}
    return tuple(
        Column(name, "number", said, optional=True)
        if name in _NUMBERS
        else Column(name, "string", said, one_of=values.get(name, ()))
        for name, said in formulas.COLUMNS.items()
    )


def _questions(manifest: AnyManifest) -> tuple[str, ...]:
    """As tables.csv names them: a ranking without its rank. An empty one is the table of sizes."""
    named = (_question(manifest.form, table.of) for table in manifest.promise.tables)
    return tuple(dict.fromkeys(filter(None, named)))


def _question(form: Form, of: tuple[str, ...]) -> str:
    first = of[0].partition(".")[0] if of else ""
    return first if len(of) == 1 and isinstance(form.question(first), Ranking) else "|".join(of)


def _splits(manifest: AnyManifest) -> tuple[str, ...]:
    return tuple(dict.fromkeys(",".join(table.by) for table in manifest.promise.tables if table.by))
