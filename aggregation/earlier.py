"""What an earlier release says about who will answer a planned round, and what: public, noisy figures only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aggregation.wishes import PromiseError
from survey.forms.axes import NO_ANSWER, NOT_ASKED, Axis
from survey.forms.axes import axes as form_axes
from survey.forms.model import Form

_COLUMNS = {"question", "by", "cohort", "rank", "answer", "share", "count", "status"}
_LEAST = 0.01  # a part of all respondents below this is not told from none


@dataclass(frozen=True, slots=True)
class Earlier:
    """Shapes: `shares` cohort id to one share an option; `popularity` axis id to one an answer; in the form's order.

    `answering`: axis id to the part of all respondents that answered it. What the release does not show is not here.
    """

    shares: Mapping[str, Sequence[float]]
    answering: Mapping[str, float]
    popularity: Mapping[str, Sequence[float]]


def earlier(form: Form, rows: Iterable[Mapping[str, str]]) -> Earlier:
    """From the rows of a release's tables.csv. Questions and answers that the form does not have are passed over.

    Raises: PromiseError, if these are not such rows.
    """
    cells = _everyone(rows)
    known = {axis.id: axis for axis in form_axes(form)}
    people = cells.get(("", ""), (0.0, 0.0))[1]
    shares = {cohort.id: found for cohort in form.cohorts if (found := _shares(cells, known[cohort.id]))}
    popularity = {axis.id: found for axis in known.values() if (found := _popular(cells, axis))}
    answering = dict(_answering(cells, known.values(), people)) if people >= 1 else {}
    return Earlier(shares, answering, popularity)


def _everyone(rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], tuple[float, float]]:
    """(axis, answer) -> share and count, of everyone and of the sizes of cohorts; the total has no axis."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        if not set(row) >= _COLUMNS:
            raise PromiseError("--earlier: this tables.csv is not that of a release; give the folder of one.")
        if row["status"] != "shown" or (row["by"] and (row["question"] or "," in row["by"])):
            continue
        if (
            row.get("estimate") == "weighted"
        ):  # made by shares that a host gave: the row before it says what was answered
            continue
        axis = f"{row['question'] or row['by']}{'.' if row['rank'] else ''}{row['rank']}"
        found[axis, row["answer"] or row["cohort"]] = _number(row["share"]), _number(row["count"])
    return found


def _number(cell: str) -> float:
    try:
        number = float(cell or 0)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):  # one that is not would pass every bound and come out as a promise
        raise PromiseError("--earlier: a number in this release's tables.csv cannot be read.")
    return number


def _inside(axis: Axis) -> list[str]:
    return [cell for at, cell in enumerate(axis.cells) if at not in axis.outside]


def _popular(cells: Mapping[tuple[str, str], tuple[float, float]], axis: Axis) -> list[float]:
    """Shares of the answers, hidden ones as none; nothing if not one is known."""
    shares = [min(max(cells.get((axis.id, answer), (0.0, 0.0))[0], 0.0), 1.0) for answer in _inside(axis)]
    return shares if sum(shares) > 0 else []


def _shares(cells: Mapping[tuple[str, str], tuple[float, float]], axis: Axis) -> list[float]:
    shares = _popular(cells, axis)
    return [share / sum(shares) for share in shares]


def _answering(
    cells: Mapping[tuple[str, str], tuple[float, float]], axes: Iterable[Axis], people: float
) -> Iterator[tuple[str, float]]:
    for axis in axes:
        silent = [cells.get((axis.id, cell)) for cell in (NO_ANSWER, NOT_ASKED) if cell in axis.cells]
        if any(one is None for one in silent):
            continue
        part = 1 - sum(one[1] for one in silent if one is not None) / people
        yield axis.id, min(max(part, _LEAST), 1.0)
