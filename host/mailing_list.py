"""Lists of members: read from a table, complained about by row number, kept nowhere."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from survey.registrar.mail_addresses import MailAddress, MalformedAddress, read_address

_MOST_BYTES: Final = 20_000_000
_HEADING: Final = re.compile(
    r"(?:[^\W\d]|[ \ufffd-])*"
)  # letters, blanks, - and _; \ufffd for a letter in another coding


class MailingListError(ValueError):
    """A list that cannot be used. It names rows by number, never by what is in them."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One mailbox. row: where it stands in the table, as a spreadsheet counts."""

    row: int
    address: MailAddress = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class MailingList:
    """Each mailbox once, in the order of the table; `repeated` are the rows that hold one again."""

    recipients: tuple[Recipient, ...]
    repeated: tuple[int, ...]

    def from_row(self, row: int) -> MailingList:
        """Without the rows above. Raises: MailingListError if nothing is left."""
        left = tuple(one for one in self.recipients if one.row >= row)
        if not left:
            raise MailingListError(f"The list has nobody in row {row} or below; check --from-row.")
        return MailingList(left, tuple(one for one in self.repeated if one >= row))


def read_mailing_list(path: Path, languages: tuple[str, ...], language: str) -> MailingList:
    """The addresses in column `address`, or in the first one; a column `language` is optional, and so is the heading.

    language: for rows that name none. Raises: MailingListError.
    """
    rows = list(_rows(path))
    if not rows:
        raise MailingListError("There is no mail address in the list; it holds one a row.")
    address_column, language_column = 0, None
    if all(_HEADING.fullmatch(cell) for cell in rows[0][1]):
        heading = [cell.lower() for cell in rows.pop(0)[1]]
        address_column = heading.index("address") if "address" in heading else 0
        language_column = heading.index("language") if "language" in heading else None
    found, bad = [], []
    for number, cells in rows:
        try:
            spoken = _cell(cells, language_column).lower() or language
            if spoken not in languages:
                raise MalformedAddress
            found.append(Recipient(number, read_address(_cell(cells, address_column)), spoken))
        except MalformedAddress:
            bad.append(number)
    if bad:
        raise MailingListError(
            f"Nothing was done: {rows_in_words(bad)} of the list must hold one mail address like name@society.example"
            f"{'' if language_column is None else ', and a language (' + ' or '.join(languages) + ') or none'}."
        )
    if not found:
        raise MailingListError("There is no mail address below the heading of the list.")
    return _each_once(found)


def _each_once(found: Iterable[Recipient]) -> MailingList:
    once: dict[str, Recipient] = {}
    repeated = []
    for one in found:
        if once.setdefault(one.address.counted, one) is not one:
            repeated.append(one.row)
    return MailingList(tuple(once.values()), tuple(repeated))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, numbered as a spreadsheet does. Raises: MailingListError."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        raise MailingListError("The list cannot be read; check its name and permissions.") from None
    # Names in other columns may be in whatever a spreadsheet wrote; addresses are ASCII in all of them.
    text = content.decode("utf-8-sig", errors="replace")
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    separator = max(",;\t", key=first.count)  # spreadsheets write what their country does
    try:
        if len(content) > _MOST_BYTES or "\0" in text:
            raise csv.Error
        rows = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error:
        raise MailingListError("The list cannot be read as a table; save it as CSV.") from None
    return ((number, row) for number, row in enumerate(rows, start=1) if any(row))


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def rows_in_words(rows: Iterable[int]) -> str:
    """Row numbers for a sentence, neighbours joined: `row 7`, `rows 7, 9-12`."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    shown = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)
    return f"row {shown}" if len(runs) == 1 and runs[0][0] == runs[0][1] else f"rows {shown}"
