"""Figures from elsewhere that a host puts beside its own, as `outside.json` of a release holds them: its claims.

Its form is `{"figures": [{question, answer or statistic, value, source, year, …}]}`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from privacy.documents import canonical
from reports.errors import ReleaseError
from survey.forms.domains import answer_ids
from survey.forms.model import Amount, Form, Okr, Question, Scale, Score
from survey.rounds.any_manifest import AnyManifest

FILE: Final = "outside.json"
_MOST: Final = 60
_LARGEST: Final = 1e12
_LONGEST: Final = {"source": 120, "note": 240, "url": 300}
_YEARS: Final = (1900, 2100)
_NEEDED: Final = {"question", "value", "source", "year"}
_ALLOWED: Final = _NEEDED | {"answer", "statistic", "by", "cohort", "low", "high", "url", "note"}
MEDIAN, MEAN = "median", "mean"


@dataclass(frozen=True, slots=True)
class Outside:
    """One figure: the share, from 0 to 1, that gave an answer, or the median or mean of a question.

    by, cohort: cohort questions and the option of each, where it is of a group. low, high: None if not given.
    """

    question: str
    answer: str
    statistic: str
    by: tuple[str, ...]
    cohort: tuple[str, ...]
    value: float
    low: float | None
    high: float | None
    source: str
    year: int
    url: str
    note: str


def outside_bytes(manifest: AnyManifest, document: object) -> bytes:
    """The file, from what a host gave (`{"figure": [...]}`). Raises: ReleaseError, naming the figure."""
    given = document.get("figure") if isinstance(document, dict) and set(document) == {"figure"} else None
    return _written(_checked(manifest.form, given))


def read_outside(manifest: AnyManifest, data: bytes | None) -> tuple[Outside, ...]:
    """What `outside_bytes` gave; nothing without a file. Raises: ReleaseError."""
    if data is None:
        return ()
    try:
        document = json.loads(data)
        given = document.get("figures") if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        raise ReleaseError(f"{FILE} cannot be read; get the release again.") from None
    figures = _checked(manifest.form, given)
    if _written(figures) != data:
        raise ReleaseError(f"{FILE} is not written as `subrosa publish` writes it; get the release again.")
    return figures


def _written(figures: tuple[Outside, ...]) -> bytes:
    return canonical({"figures": [_given(one) for one in figures]})


def _given(one: Outside) -> dict[str, Any]:
    """What was given, and nothing that was left out."""
    named = {**asdict(one), "by": list(one.by), "cohort": list(one.cohort)}
    return {name: value for name, value in named.items() if value not in ("", [], None)}


def _checked(form: Form, given: object) -> tuple[Outside, ...]:
    if not isinstance(given, list) or not given:
        raise ReleaseError("Outside figures: give at least one [[figure]], and nothing beside them.")
    if len(given) > _MOST:
        raise ReleaseError(f"Outside figures: give at most {_MOST}; a page of other people’s figures is not read.")
    return tuple(_figure(form, f"Outside figure {number}", one) for number, one in enumerate(given, start=1))


def _figure(form: Form, where: str, given: object) -> Outside:
    if not isinstance(given, dict) or not _NEEDED <= set(given) <= _ALLOWED:
        raise ReleaseError(
            f"{where}: give question, answer or statistic, value, source and year; by, cohort, low, high, url and note "
            "may be added, and nothing else."
        )
    try:
        question = form.question(str(given["question"]))
    except KeyError:
        raise ReleaseError(f"{where}: {given['question']!r} is not a question of this form.") from None
    answer, statistic = _of_what(question, where, given)
    by, cohort = _group(form, where, given)
    value, low, high = _numbers(where, given, share=not statistic)
    return Outside(
        question=question.id,
        answer=answer,
        statistic=statistic,
        by=by,
        cohort=cohort,
        value=value,
        low=low,
        high=high,
        source=_line(where, given, "source"),
        year=_year(where, given["year"]),
        url=_url(where, given),
        note=_line(where, given, "note"),
    )


def _of_what(question: Question, where: str, given: Mapping[str, Any]) -> tuple[str, str]:
    """The answer or the statistic that it is of."""
    answer, statistic = str(given.get("answer", "")), str(given.get("statistic", ""))
    if bool(answer) == bool(statistic):
        raise ReleaseError(f"{where}: give either an answer or a statistic.")
    if statistic:
        kinds: dict[str, tuple[type, ...]] = {MEDIAN: (Amount,), MEAN: (Scale, Score)}
        if not isinstance(question, kinds.get(statistic, ())):
            raise ReleaseError(f"{where}: a statistic is the median of an amount, or the mean of a scale or a score.")
        return "", statistic
    ids = [o.id for o in question.objectives] if isinstance(question, Okr) else answer_ids(question)
    if answer not in ids:
        raise ReleaseError(f"{where}: {answer!r} is not an answer to '{question.id}'.")
    return answer, ""


def _group(form: Form, where: str, given: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    by, cohort = (_list(given.get(name, [])) for name in ("by", "cohort"))
    options = {one.id: {option.id for option in one.options} for one in form.cohorts}
    if len(by) != len(cohort) or len(set(by)) != len(by):
        raise ReleaseError(f"{where}: give by and cohort together, each question once and an answer for each.")
    for name, option in zip(by, cohort, strict=True):
        if option not in options.get(name, ()):
            raise ReleaseError(f"{where}: {option!r} is not an answer to a cohort question {name!r} of this form.")
    return by, cohort


def _list(given: object) -> tuple[str, ...]:
    return tuple(str(one) for one in given) if isinstance(given, list) else (str(given),)


def _numbers(where: str, given: Mapping[str, Any], share: bool) -> tuple[float, float | None, float | None]:
    found = [given.get(name) for name in ("low", "value", "high")]
    numbers = [float(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
    numbers = [one for one in numbers if math.isfinite(one) and abs(one) <= _LARGEST]
    ends = [one is not None for one in (found[0], found[2])]
    if len(numbers) != 1 + sum(ends) or ends[0] != ends[1] or numbers != sorted(numbers):
        raise ReleaseError(f"{where}: value is a number; low and high, given together, lie below and above it.")
    if share and not 0 <= numbers[0] <= numbers[-1] <= 1:
        raise ReleaseError(f"{where}: a share is between 0 and 1; write 31 % as 0.31.")
    return (numbers[1], numbers[0], numbers[2]) if all(ends) else (numbers[0], None, None)


def _line(where: str, given: Mapping[str, Any], name: str) -> str:
    text = given.get(name, "")
    if not isinstance(text, str) or not text.isprintable() or len(text) > _LONGEST[name] or text != text.strip():
        raise ReleaseError(f"{where}: {name} is one line of at most {_LONGEST[name]} letters.")
    if name in _NEEDED and not text:
        raise ReleaseError(f"{where}: say whose figure it is (source).")
    return text


def _year(where: str, year: object) -> int:
    if not isinstance(year, int) or isinstance(year, bool) or not _YEARS[0] <= year <= _YEARS[1]:
        raise ReleaseError(f"{where}: year is a year, such as 2025.")
    return year


def _url(where: str, given: Mapping[str, Any]) -> str:
    """Only https: a link in a release may not run anything, and must not be changed on the way."""
    url = _line(where, given, "url")
    if url and (not url.startswith("https://") or any(letter in url for letter in ' "<>\\') or len(url) < 12):
        raise ReleaseError(f"{where}: url begins with https:// and holds no spaces.")
    return url
