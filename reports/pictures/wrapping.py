"""Labels broken into lines by an estimate of their width.

No font is asked: which one a reader has is not known, and a picture must be the same bytes on every machine.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

_NARROW: Final = frozenset("fijlrtI.,:;'|!()[]{}/\\ ’‘·-–")
_BROAD: Final = frozenset("mwMWOQG@%&—▲▼±=<>+~")
_ELLIPSIS: Final = "…"


def width(text: str, size: float) -> float:
    """About how wide a text is, rather more than less."""
    return size * sum(map(_part, text))


@cache
def _part(letter: str) -> float:
    """Of the size of the font."""
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.38
    if letter in _BROAD:
        return 0.95
    return 0.72 if letter.isupper() else 0.63


def wrapped(text: str, size: float, space: float, most: int) -> tuple[str, ...]:
    """Lines that fit into this space, at most so many; what does not fit in them is cut off with an ellipsis."""
    lines = list(_lines(text, size, space))
    if len(lines) <= most:
        return tuple(lines) or ("",)
    return (*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), size, space))


def _lines(text: str, size: float, space: float) -> Iterator[str]:
    line = ""
    for word in text.split():
        tried = f"{line} {word}" if line else word
        if width(tried, size) <= space:
            line = tried
            continue
        if line:
            yield line
        *whole, line = _pieces(word, size, space)
        yield from whole
    if line:
        yield line


def _pieces(word: str, size: float, space: float) -> list[str]:
    """A word that is longer than a line, in parts that are not."""
    parts, taken = [""], 0.0
    for letter in word:
        wide = width(letter, size)
        if taken + wide > space and parts[-1]:
            parts.append("")
            taken = 0.0
        parts[-1] += letter
        taken += wide
    return parts


def _cut(text: str, size: float, space: float) -> str:
    kept = text
    while kept and width(kept + _ELLIPSIS, size) > space:
        kept = kept[:-1]
    return kept.rstrip() + _ELLIPSIS
