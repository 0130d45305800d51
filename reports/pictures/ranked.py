"""Two bars an answer: who ranked it first and who ranked it at all, or what two releases say of the same."""

from __future__ import annotations

from reports.charts import Chart
from reports.pictures.bars import Room, bar_marks, figure_words, room_above, scale_marks
from reports.pictures.marks import LABEL, SMALL, WIDTH, Mark, Picture, Words
from reports.pictures.telling import figure, missing
from reports.pictures.wrapping import width, wrapped

_MOST = 3  # options that the words name


def ranked(chart: Chart, title: str) -> Picture:
    """The first group is who ranked it first, the last who ranked it at all."""
    names = ("first", f"top {len(chart.groups) - 1}")
    return _doubled(chart, title, names, ("first", chart.groups[-1].label.lower()))


def beside_each_other(chart: Chart, title: str) -> Picture:
    """Two groups, which a page calls A and B."""
    return _doubled(chart, title, ("A", "B"), ("A", "B"))


def _doubled(chart: Chart, title: str, names: tuple[str, str], told: tuple[str, str]) -> Picture:
    """Of the first group and the last. names: as they are drawn; told: as the words call them."""
    both = (chart.groups[0], chart.groups[-1])
    above = room_above(chart, [cell for group in both for cell in group.cells])
    left = max(width(name, SMALL) for name in names) + 8
    room = Room(left, above.numbers - 8, above.numbers)
    marks, down = list[Mark](), 0.0
    for at, answer in enumerate(chart.answers):
        for line in wrapped(" · ".join(answer), LABEL, WIDTH, 4):
            marks.append(Words("label", 0, down + 13, line))
            down += 17
        for group, name, tone in zip(both, names, ("deep", "fill"), strict=True):
            marks.append(Words("small", left - 8, down + 14, name, "end"))
            marks += bar_marks(chart, group.cells[at], room, down + 5, 10, tone)
            marks.append(figure_words(chart, group.cells[at], down + 14))
            down += 17
        down += 9
    marks += scale_marks(chart, room, down + 4)
    return Picture(title, _words(chart, told), down + 9, tuple(marks))


def _words(chart: Chart, names: tuple[str, str]) -> str:
    firsts, lasts = chart.groups[0].cells, chart.groups[-1].cells
    shown = [at for at, (one, other) in enumerate(zip(firsts, lasts, strict=True)) if one.shown and other.shown]
    told = [
        f"{' · '.join(chart.answers[at])}: {names[0]} {figure(chart, firsts[at])}, "
        f"{names[1]} {figure(chart, lasts[at])}"
        for at in sorted(shown, key=lambda at: -lasts[at].share)[:_MOST]
    ]
    return " ".join(filter(None, (f"{'; '.join(told)}." if told else "", missing((*firsts, *lasts)))))
