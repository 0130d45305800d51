"""What a picture is made of: blocks, lines and words on a plane as wide as a phone's text.

Units: those of the picture, which is WIDTH of them wide: CSS pixels on a phone of 360, a little more on wider screens.
Nothing here knows a figure: layouts place what they were given, and they are only given what may be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 328.0
LABEL: Final = 14.0  # size of labels and numbers
SMALL: Final = 12.0  # size of everything beside them
LEVELS: Final = 7  # how many strengths of colour a heat map has

# In the order in which they are painted. Each is a class of style.css, where light, dark and print have its colour.
BLOCKS: Final = ("track", "light", "fill", "deep", *(f"heat{level}" for level in range(1, LEVELS + 1)))
LINES: Final = ("axis", "gap", "all", "range", "middle", "dot", "ring")
BESIDE: Final = "\N{EN SPACE}"
WORDS: Final = ("label", "number", "small", "strong", "ink")
ANCHORS: Final = ("start", "middle", "end")


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle with its left upper corner at x, y."""

    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """From x, y level or upright to x2, y2; of no length it is a dot."""

    tone: str
    x: float
    y: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Words:
    """Text that stands on the line y, and begins, ends or is centred at x.

    What comes after a BESIDE in it is written small, as a margin after its figure.
    """

    tone: str
    x: float
    y: float
    text: str
    anchor: str = "start"


Mark = Block | Line | Words


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawing with its text alternative. title: what it is of; words: what it says, in one or two sentences.

    shared: marks that pictures beside it have too, and how far down they are in this one; written once in a page.
    """

    title: str
    words: str
    height: float
    marks: tuple[Mark, ...]
    shared: tuple[tuple[Mark, ...], float] = ((), 0.0)

    @property
    def whole(self) -> tuple[Mark, ...]:
        """All marks."""
        common, down = self.shared
        return (*(moved(mark, down) for mark in common), *self.marks)


def beside(figure: str, margin: str) -> str:
    return f"{figure}{BESIDE}{margin}"


def stacked(pictures: Sequence[Picture], gap: float = 20.0) -> Picture:
    """Several below each other as one."""
    marks: list[Mark] = []
    top = 0.0
    for picture in pictures:
        marks += (moved(mark, top) for mark in picture.whole)
        top += picture.height + gap
    words = " ".join(picture.words for picture in pictures)
    return Picture(pictures[0].title, words, top - gap, tuple(marks))


def moved(mark: Mark, down: float) -> Mark:
    match mark:
        case Block():
            return Block(mark.tone, mark.x, mark.y + down, mark.width, mark.height)
        case Line():
            return Line(mark.tone, mark.x, mark.y + down, mark.x2, mark.y2 + down)
        case Words():
            return Words(mark.tone, mark.x, mark.y + down, mark.text, mark.anchor)
