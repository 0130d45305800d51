"""Rows that did not go through, one line for all that failed for the same reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from survey.respondent.bulk import Failure

_NAMED: Final = 20


def failure_lines(failures: Sequence[Failure]) -> Iterator[str]:
    """A line for each reason, by its first row; rows count from 1. failures: in the order of rows."""
    rows_of: dict[str, list[int]] = {}
    for failure in failures:
        rows_of.setdefault(failure.reason, []).append(failure.row + 1)
    for reason, rows in rows_of.items():
        yield f"Respondent{'s' * (len(rows) > 1)} {_in_words(rows)}: {reason}"


def _in_words(rows: Sequence[int]) -> str:
    """Increasing numbers, neighbours taken together: "1 to 40, 42", of many the first 20 such "and 7 more"."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    more = sum(last - first + 1 for first, last in runs[_NAMED:])
    words = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in runs[:_NAMED])
    return f"{words} and {more} more" if more else words
