"""The guarantee as a picture: how sure an even bet on a person can become at most, whatever else a reader knows."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Final

from reports.promised import Charged
from reports.wording import certainty
from survey.rounds.promise import Promise

_ROW: Final = 46


@dataclass(frozen=True, slots=True)
class Bet:
    """A question about somebody. sure: at most how sure, in words; length: of its bar, in percent of the picture."""

    question: str
    sure: str
    length: float
    top: int


@dataclass(frozen=True, slots=True)
class Bets:
    """The picture's bars from top to bottom, and how high it is in its own units."""

    bets: tuple[Bet, ...]
    height: int


def bets(promise: Promise, charged: Charged) -> Bets:
    """Worst case over everything that was measured. Pure: the same guarantee always gives the same picture."""
    single = max((share.epsilon for share in charged.questions), default=0.0)
    asked = [
        ("Did you take part?", promise.epsilon),
        ("They know you did: which answers?", charged.guarantee.replacement_epsilon),
        ("They know all but one: which is it?", single),
    ]
    if charged.organisation is not None:
        asked.append(("Did anybody of your organisation?", charged.organisation.epsilon))
    drawn = (Bet(what, certainty(e), _length(e), _ROW * row) for row, (what, e) in enumerate(asked))
    return Bets(tuple(drawn), _ROW * len(asked))


def _length(epsilon: float) -> float:
    """A length cannot be rounded up to be safe and stay readable: the words beside it are the limit."""
    return round(100 / (1 + exp(-epsilon)), 1)
