"""The picture of a planned round: for each table the noise margin beside the sampling margin, as an SVG.

Every number stands there as text too, so that nothing is told by length or colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from reports.wording import points

_LEFT: Final = 330  # where bars begin, in the picture's own units
_WIDTH: Final = 380
_ROW: Final = 30
_TOP: Final = 112
_LONGEST: Final = 40  # letters of a label that fit


@dataclass(frozen=True, slots=True)
class Planned:
    """One table. Units: margins as shares, `noise` None where no share can be given.

    `split`: by what, in words; empty for everyone. `note`: how many groups should be shown; may be empty.
    """

    label: str
    split: str
    noise: float | None
    sampling: float
    note: str


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    whole: str
    words: str
    top: int
    noise: float
    sampling: float
    usable: bool


def planned_picture(title: str, tables: Sequence[Planned], usable_margin: float) -> str:
    """The SVG. Pure: the same tables always give the same text, and every label is escaped."""
    widest = max((table.noise or 0.0 for table in tables), default=0.0)
    full = max(widest, usable_margin, *(table.sampling for table in tables)) * 1.05
    bars = [_bar(table, row, full, usable_margin) for row, table in enumerate(tables)]
    return _template().render(
        title=title,
        bars=bars,
        usable=points(usable_margin, 0),
        usable_at=round(_LEFT + _WIDTH * usable_margin / full, 1),
        left=_LEFT,
        height=_TOP + _ROW * len(bars) + 30,
        bottom=_TOP + _ROW * len(bars),
    )


def _bar(table: Planned, row: int, full: float, usable_margin: float) -> _Bar:
    whole = f"{table.label}, by {table.split}" if table.split else table.label
    drawn = f"\u2003by {table.split}" if table.split else table.label  # it stands below the question it splits
    noise = "no share can be given" if table.noise is None else f"± {points(table.noise, 1)}"
    return _Bar(
        label=drawn if len(drawn) <= _LONGEST else f"{drawn[: _LONGEST - 1]}…",
        whole=whole,
        words=" · ".join(filter(None, (f"{noise}, sampling ± {points(table.sampling, 1)}", table.note))),
        top=_TOP + _ROW * row,
        noise=round(_WIDTH * (table.noise or 0.0) / full, 1),
        sampling=round(_LEFT + _WIDTH * table.sampling / full, 1),
        usable=table.noise is None or table.noise <= usable_margin,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("planned.svg")
