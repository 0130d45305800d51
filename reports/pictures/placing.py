"""Which pictures each part of a page gets, and the elements that show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from privacy.threshold import SHOWN
from reports.charts import Cell, Group, chart
from reports.page.briefs import Brief
from reports.page.pairs import Pair
from reports.page.questions import Asked, Panel
from reports.pictures.amounts import Row, Tick, amount_ticks, distribution, rows
from reports.pictures.bars import share_bars
from reports.pictures.drawing import drawn
from reports.pictures.heat import crossed, grouped, heat
from reports.pictures.marks import WIDTH, Mark, Picture
from reports.pictures.ranked import beside_each_other, ranked
from reports.pictures.strips import strips
from reports.series.series import Section
from reports.spans import Spans
from reports.summaries import worth_of
from survey.forms.model import Amount, Form, Question, Ranking, Scale, Score

BRIEF = "brief"
Place = tuple[str, str, str]
"""Question, what it is split by (empty for everyone), and the panel's number, or BRIEF for what is said in brief."""

EXAMPLE = share_bars(
    chart([("For example",)], (Group("", (Cell(SHOWN, 0.34, 0.08, 0.26, 0.42),), "", ()),)), "How to read a bar"
)
"""What the page explains bars with."""

EXAMPLE_PLACE: Place = ("@example", "", "0")

Placed = Mapping[Place, tuple[Picture, ...]]
BriefsByPlace = Mapping[tuple[str, str], Brief]


@dataclass(frozen=True, slots=True)
class Placing:
    """Finds the pictures for what a page tells of a form."""

    form: Form
    briefs: BriefsByPlace

    def page(
        self, asked: Sequence[Asked], sizes: Sequence[Panel], together: Sequence[Pair], others: Sequence[Section] = ()
    ) -> Mapping[Place, Markup]:
        """All pictures of a page: of its questions, of the sizes of cohorts, of two questions together.

        others: sections that put another release beside this one.
        """
        placed: dict[Place, tuple[Picture, ...]] = {EXAMPLE_PLACE: (EXAMPLE,)}
        placed.update(self.of_panels("@sizes", "How many in each group", sizes))
        for pair in together:
            placed.update(self.of_panels(pair.name, f"{pair.first} × {pair.second}", pair.panels))
        for section in others:
            placed.update(_chairs(section))
        for question in asked:
            placed.update(self.of_question(question))
        return shown(placed)

    def of_question(self, asked: Asked) -> Iterator[tuple[Place, tuple[Picture, ...]]]:
        """Those that have something to show."""
        question = self.form.question(asked.id)
        for at, panel in enumerate(asked.everyone):
            if (found := self._everyone(question, asked, panel)) is not None:
                yield (asked.id, "", str(at)), found
        brief = self.briefs.get((asked.id, ""))
        if brief is not None and isinstance(question, Scale | Score):
            yield (asked.id, "", BRIEF), (self._mean(question, asked.label, brief, None),)
        for split in asked.splits:
            if not split.none:
                yield from self._split(question, asked, split.by, split.panels)

    def of_panels(self, name: str, title: str, panels: Sequence[Panel]) -> Iterator[tuple[Place, tuple[Picture, ...]]]:
        """Panels of everyone that belong to no one question."""
        for at, panel in enumerate(panels):
            if panel.chart.answers:
                yield (name, "", str(at)), _plain(panel, _titled(title, panel.heading))

    def _everyone(self, question: Question, asked: Asked, panel: Panel) -> tuple[Picture, ...] | None:
        chart, title = panel.chart, _titled(asked.label, panel.heading)
        if all(group.status == "hidden" for group in chart.groups):
            return None
        if isinstance(question, Ranking) and panel.tops:
            return (ranked(chart, title),)
        if isinstance(question, Amount):
            brief = self.briefs.get((asked.id, "")) if not panel.heading else None
            quarters = brief.lines if brief is not None else ()
            return (distribution(chart, title, amount_ticks(Spans.of(question)), quarters),)
        return _plain(panel, title)

    def _split(
        self, question: Question, asked: Asked, by: str, panels: Sequence[Panel]
    ) -> Iterator[tuple[Place, tuple[Picture, ...]]]:
        brief = self.briefs.get((asked.id, by))
        whole = self.briefs.get((asked.id, ""))
        if brief is not None and isinstance(question, Amount):
            yield (asked.id, by, BRIEF), (_quarters(question, f"{asked.label}, by {by}", brief, whole),)
        elif brief is not None and isinstance(question, Scale | Score):
            yield (asked.id, by, BRIEF), (self._mean(question, f"{asked.label}, by {by}", brief, whole),)
        for at, panel in enumerate(panels):
            if not panel.chart.groups or isinstance(question, Amount):
                continue
            if panel.drawn:
                yield (asked.id, by, str(at)), _side_by_side(panel, _titled(asked.label, panel.heading))

    def _mean(self, question: Scale | Score, title: str, brief: Brief, whole: Brief | None) -> Picture:
        ends = [Tick(at, f"{worth_of(question)[-at]:g}") for at in (0, 1)]
        lines = ([("Everyone", whole.lines[0])] if whole is not None else []) + [(x.label, x) for x in brief.lines]
        return rows(f"{title}: the mean", [Row(label, (line,)) for label, line in lines], ends)


def _quarters(question: Amount, title: str, brief: Brief, whole: Brief | None) -> Picture:
    everyone: list[Row] = [Row("Everyone", whole.lines)] if whole is not None else []
    found = [Row(three[0].label, three) for three in brief.quarters]
    return rows(f"{title}: the quarters", [*everyone, *found], amount_ticks(Spans.of(question)))


def _side_by_side(panel: Panel, title: str) -> tuple[Picture, ...]:
    """Cohorts beside everyone."""
    if panel.across > 1:
        grids = (
            crossed(panel.chart, f"{title}, {g.label}", panel.across, at) for at, g in enumerate(panel.chart.groups)
        )
        return tuple(picture for grid in grids for picture in heat(panel.chart, grid))
    if panel.kind == "rows":
        return heat(panel.chart, grouped(panel.chart, title))
    return strips(panel.chart, panel.whole)


def _plain(panel: Panel, title: str) -> tuple[Picture, ...]:
    match panel.kind:
        case "cross":
            return heat(panel.chart, crossed(panel.chart, title, panel.across))
        case "bars":
            return (share_bars(panel.chart, title),)
        case "rows":
            return heat(panel.chart, grouped(panel.chart, title))
        case _:
            return strips(panel.chart, False)


def _chairs(section: Section) -> Iterator[tuple[Place, tuple[Picture, ...]]]:
    """Two releases side by side; over time a page has pictures of its own."""
    for number, question in enumerate(section.questions if section.kind != "time" else ()):
        for at, panel in enumerate(question.panels):
            title = _titled(question.label, panel.heading)
            yield (section.anchor, str(number), str(at)), (beside_each_other(panel.chart, title),)


def _titled(title: str, heading: str) -> str:
    return f"{title}: {heading}" if heading else title


def shown(placed: Placed) -> Mapping[Place, Markup]:
    """Every place's pictures as elements of a page, drawn at once."""
    every = [picture for pictures in placed.values() for picture in pictures]
    shared = {marks: f"n{at}" for at, marks in enumerate(dict.fromkeys(p.shared[0] for p in every if p.shared[0]))}
    own = drawn([*(picture.marks for picture in every), *shared])
    common = dict(zip(shared, own[len(every) :], strict=True))
    elements = iter(
        _element(picture, _shared(picture, shared, common) + own[at], f"p{at}") for at, picture in enumerate(every)
    )
    return {place: Markup("").join(next(elements) for _ in pictures) for place, pictures in placed.items()}


def _shared(picture: Picture, names: Mapping[tuple[Mark, ...], str], unwritten: dict[tuple[Mark, ...], str]) -> str:
    """What a picture has in common with others: written the first time, and from then on referred to."""
    marks, down = picture.shared
    if not marks:
        return ""
    if marks in unwritten:
        return f'<g transform="translate(0,{down:g})"><g id="{names[marks]}">{unwritten.pop(marks)}</g></g>'
    return f'<use href="#{names[marks]}" y="{down:g}"/>'


def _element(picture: Picture, inside: str, name: str) -> Markup:
    """With a title and a description, which are what it is to somebody who does not see it."""
    size = f"0 0 {WIDTH:g} {picture.height:.0f}"
    told = f'<title id="{name}">{escape(picture.title)}</title><desc id="{name}d">{escape(picture.words)}</desc>'
    return Markup(  # noqa: S704  # every text in it is escaped: above, and in cutting.py
        f'<svg class="drawn" viewBox="{size}" role="img" aria-labelledby="{name} {name}d">{told}{inside}</svg>'
    )
