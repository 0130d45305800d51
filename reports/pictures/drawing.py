"""Pictures drawn by Vega: all those of a page in one chart (reports.pictures.chart), which is then cut into them.

One chart, because most of what drawing takes is the same for one mark and for a thousand. Text has no size in it:
measuring takes more time than all the rest, and would depend on the machine's fonts; style.css gives the size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from reports.pictures.cutting import cut
from reports.pictures.marks import Block, Line, Mark, Words

_KEPT: Final = 64  # pages whose pictures are remembered: a release is often made again to be checked
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML document holds these

_ALIGN: Final = {"start": "left", "middle": "center", "end": "right"}  # SVG's words and Vega's


def drawn(pictures: Sequence[tuple[Mark, ...]]) -> tuple[str, ...]:
    """Each picture's marks as SVG elements, escaped, in the order given.

    Pure: the same marks always give the same text, on every machine with the same versions of Altair and vl-convert.
    """
    data: dict[str, list[dict[str, Any]]] = {"blocks": [], "lines": [], "words": []}
    for place, marks in enumerate(pictures):
        for mark in marks:
            kind, row = _row(mark)
            data[kind].append({"picture": str(place), **row})
    return _drawn(json.dumps(data, ensure_ascii=False), len(pictures)) if pictures else ()


def _row(mark: Mark) -> tuple[str, dict[str, Any]]:
    """Rounded to tenths, as the SVG is."""
    start = {"tone": mark.tone, "x": round(mark.x, 1), "y": round(mark.y, 1)}
    match mark:
        case Block():
            return "blocks", start | {"x2": round(mark.x + mark.width, 1), "y2": round(mark.y + mark.height, 1)}
        case Line():
            return "lines", start | {"x2": round(mark.x2, 1), "y2": round(mark.y2, 1)}
        case Words():
            return "words", start | {"text": _NOT_TEXT.sub("\ufffd", mark.text), "align": _ALIGN[mark.anchor]}


def forget() -> None:
    """Draw all anew from now on: for whoever measures how long it takes."""
    _drawn.cache_clear()


@lru_cache(maxsize=_KEPT)
def _drawn(data: str, many: int) -> tuple[str, ...]:
    import vl_convert  # noqa: PLC0415  # heavy, and needed by nothing but this

    return cut(vl_convert.vegalite_to_svg({**_chart(), "datasets": json.loads(data)}), many)


@cache
def _chart() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("reports.pictures") / "chart.json").read_text(encoding="utf-8"))
    return found
