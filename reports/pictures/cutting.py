"""One large SVG, as Vega writes it, cut into the pictures it holds and written as briefly as can be.

Blocks and lines of one tone become one path; everything else that Vega says of them is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Final
from xml.etree import ElementTree as ET

from markupsafe import escape

from reports.pictures.marks import BESIDE, BLOCKS, LINES

_SVG: Final = "{http://www.w3.org/2000/svg}"
_BLOCK: Final = re.compile(r"M([-\d.e]+),([-\d.e]+)h([-\d.e]+)v([-\d.e]+)h[-\d.e]+Z")
_MOVED: Final = re.compile(r"translate\(([-\d.e]+),([-\d.e]+)\)")
_ORDER: Final = {tone: at for at, tone in enumerate((*BLOCKS, *LINES))}


@dataclass(frozen=True, slots=True)
class _Text:
    kind: str
    x: str
    y: str
    inside: str


@dataclass(slots=True)
class _Found:
    paths: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    words: list[_Text] = field(default_factory=list)

    def written(self) -> str:
        tones = sorted(self.paths, key=_ORDER.__getitem__)
        paths = (f'<path class="{tone}" d="{"".join(self.paths[tone])}"/>' for tone in tones)
        kinds = (_kind(kind, list(texts)) for kind, texts in groupby(self.words, key=attrgetter("kind")))
        return "".join((*paths, *kinds))


def _kind(kind: str, texts: Sequence[_Text]) -> str:
    """Texts that look alike and follow each other: several share an element that says how they look."""
    lines = [_text(list(line)) for _, line in groupby(texts, key=attrgetter("y"))]
    if not kind:
        return "".join(lines)
    if len(lines) == 1:
        return lines[0].replace("<text", f'<text class="{kind}"', 1)
    return f'<g class="{kind}">{"".join(lines)}</g>'


def _text(line: Sequence[_Text]) -> str:
    """Texts on one line, as one element."""
    first = line[0]
    if len(line) == 1:
        return f'<text x="{first.x}" y="{first.y}">{first.inside}</text>'
    parts = "".join(f'<tspan x="{text.x}">{text.inside}</tspan>' for text in line)
    return f'<text y="{first.y}">{parts}</text>'


def cut(svg: str, many: int) -> tuple[str, ...]:
    """The inside of the pictures 0 to many - 1, escaped. Each mark names its picture where SVG has a description."""
    found = [_Found() for _ in range(many)]
    for element in ET.fromstring(svg).iter():  # noqa: S314  # not somebody else's: Vega wrote it here, just now
        place = element.get("aria-label")
        if place is None:
            continue
        of = found[int(place)]
        match element.tag.removeprefix(_SVG):
            case "path":
                of.paths[element.get("fill", "")].append(_block(element.get("d", "")))
            case "line":
                of.paths[element.get("stroke", "")].append(_line(element))
            case "text":
                of.words.append(_words(element))
    return tuple(one.written() for one in found)


def _block(path: str) -> str:
    match = _BLOCK.fullmatch(path)
    assert match is not None, path  # noqa: S101
    x, y, wide, high = (_short(float(part)) for part in match.groups())
    return f"M{x} {y}h{wide}v{high}h-{wide}"  # filled, it closes by itself


def _line(element: ET.Element) -> str:
    x, y = _place(element)
    right, down = float(element.get("x2", "0")), float(element.get("y2", "0"))
    way = f"v{_short(down)}" if right == 0 and down else f"h{_short(right)}"  # there are no others
    return f"M{_short(x)} {_short(y)}{way}"


def _words(element: ET.Element) -> _Text:
    """Small words have no class: they are most of all."""
    x, y = _place(element)
    tone, anchor = element.get("fill", ""), element.get("text-anchor", "start")
    kinds = " ".join([tone] * (tone != "small") + [anchor] * (anchor != "start"))
    figure, _, margin = (element.text or "").partition(BESIDE)
    more = f'<tspan dx="5">{escape(margin)}</tspan>' if margin else ""
    return _Text(kinds, _short(x), _short(y), f"{escape(figure)}{more}")


def _place(element: ET.Element) -> tuple[float, float]:
    match = _MOVED.fullmatch(element.get("transform", ""))
    assert match is not None  # noqa: S101
    return float(match[1]), float(match[2])


def _short(value: float) -> str:
    """One decimal, without the zero that nobody needs: there are thousands of these on a page."""
    return f"{value:.1f}".removesuffix(".0")
