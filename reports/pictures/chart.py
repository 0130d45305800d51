"""The chart in which pictures are drawn, described with Vega-Altair and kept beside this as Vega-Lite.

It is the same for every page: only its data differ. So nobody who makes or checks a release waits for Altair to say it
again, and whichever Altair is installed, the same chart is drawn. A test holds `chart.json` to what Altair says;
`python -m reports.pictures.chart` writes it anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import altair

from reports.pictures.marks import WIDTH


def described() -> dict[str, Any]:
    """The chart without its data. A mark's tone stands where a colour would, and its picture where a description."""
    x, y = altair.X("x:Q", scale=None, axis=None), altair.Y("y:Q", scale=None, axis=None)  # worked out already
    start = {"x": x, "y": y, "description": "picture:N"}
    ends = {**start, "x2": "x2:Q", "y2": "y2:Q"}
    fill, stroke = altair.Fill("tone:N", scale=None), altair.Stroke("tone:N", scale=None)
    unmeasured = {"fontSize": 0, "baseline": "alphabetic", "align": altair.ExprRef("datum.align")}
    layers = (
        _data("blocks").mark_rect().encode(**ends, fill=fill),
        _data("lines").mark_rule().encode(**ends, stroke=stroke),
        _data("words").mark_text(**unmeasured).encode(**start, fill=fill, text="text:N"),
    )
    whole = altair.layer(*layers).properties(width=WIDTH, height=WIDTH, autosize="none", padding=0)
    found: dict[str, Any] = whole.to_dict()
    return found


def _data(name: str) -> Any:
    return altair.Chart(altair.NamedData(name))


if __name__ == "__main__":
    written = json.dumps(described(), indent=2)
    Path(__file__).with_suffix(".json").write_text(f"{written}\n", encoding="utf-8")
