"""Changes and differences as sentences: only those that are said to be any."""

from __future__ import annotations

from reports.series.changes import Change
from reports.wording import percent

_RANKS = {"1": " in first place"}


def change_sentence(change: Change, answer: str, days: tuple[str, str]) -> str:
    """`“Keeping people” in first place rose from 24% (1 April 2026) to 36% (…): a change of about 12 points (3 to 21).`

    days: of the two rounds. Raises: ValueError if the row has no figures.
    """
    before, after, difference = _shown(change)
    verb = "rose" if difference > 0 else "fell"
    within = interval(change)
    return (
        f"{_named(change, answer)} {verb} from {before} ({days[0]}) to {after} ({days[1]}): "
        f"a change of about {_points(difference)} points ({within})."
    )


def difference_sentence(change: Change, answer: str) -> str:
    """`“Keeping people” in first place: 36% here, 24% there: about 12 points higher here (3 to 21).`"""
    there, here, difference = _shown(change)
    way, size = "higher" if difference > 0 else "lower", _points(difference)
    within = interval(change)
    return f"{_named(change, answer)}: {here} here, {there} there: about {size} points {way} here ({within})."


def interval(change: Change) -> str:
    """`3 to 21`: of the size of a difference, whichever way it goes, in percentage points."""
    if change.low is None or change.high is None:
        raise ValueError("there is nothing to say of a difference that is not shown")
    ends = sorted(abs(end) for end in (change.low, change.high))
    return " to ".join(_points(end) for end in ends)


def _shown(change: Change) -> tuple[str, str, float]:
    if change.from_share is None or change.to_share is None or change.difference is None:
        raise ValueError("there is nothing to say of a difference that is not shown")
    places = 0 if abs(change.difference) >= 0.02 else 1
    return percent(change.from_share, places), percent(change.to_share, places), change.difference


def _named(change: Change, answer: str) -> str:
    top = change.rank.removeprefix("top_")
    rank = _RANKS.get(change.rank, f" among the first {top}" if change.rank else "")
    return f"“{answer}”{rank}"


def _points(difference: float) -> str:
    size = abs(difference) * 100
    return f"{size:.0f}" if size >= 2 else f"{size:.1f}"
