"""How exact a round was promised to be, and how exact it came out: for everyone, and for each split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from privacy.threshold import SHOWN
from reports.figures import Judged
from reports.wording import points
from survey.rounds.promise import Promise, PromisedTable


@dataclass(frozen=True, slots=True)
class Kept:
    """Noise margins in points, as words: `5.7 to 14.2`. `achieved` is empty where no figure is shown."""

    whom: str
    promised: str
    achieved: str


def kept(promise: Promise, judged: Mapping[str, Judged], words: Callable[[Sequence[str]], str]) -> Iterator[Kept]:
    """One entry for everyone and one for each split. words: what to call a cohort set.

    Of what came out only the shown cells are read, and of each table their mean.
    """
    for by in dict.fromkeys(table.by for table in promise.tables):
        told = [table for table in promise.tables if table.by == by and table.of and table.margin is not None]
        if told:
            achieved = [margin for table in told if (margin := _achieved(judged, table)) is not None]
            whom = f"By {words(by)}" if by else "For everyone"
            yield Kept(whom, _range([table.margin or 0.0 for table in told]), _range(achieved))


def _achieved(judged: Mapping[str, Judged], table: PromisedTable) -> float | None:
    found = judged[table.name]
    margins = found.estimate.margin_noise[(found.status == SHOWN) & ~np.isnan(found.estimate.share)]
    return float(margins.mean()) if margins.size else None


def _range(margins: Sequence[float]) -> str:
    if not margins:
        return ""
    least, most = _bounded(min(margins)), _bounded(max(margins))
    return least if least == most else f"{least} to {most}"


def _bounded(margin: float) -> str:
    """A share is off by at most 100 points: what noise would be in a group of next to nobody says no more."""
    return points(margin, 1) if margin <= 1 else "over 100"
