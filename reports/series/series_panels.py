"""The shares of one question in several releases as values of a picture and a table, with what is said of them.

Nothing here holds a number that may not be shown: a cell that is not shown has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.charts import ABSENT, Cell, Chart, Group, chart
from reports.comparisons import HIGHER, LOWER
from reports.labels import Labels
from reports.series.change_words import change_sentence, difference_sentence
from reports.series.changes import Change
from reports.series.related import Release
from reports.series.sampled import Place
from reports.series.trend import Trend, places_in_time, span_of, trend
from reports.wording import day, points
from survey.forms.alike import Shared, shared_questions


@dataclass(frozen=True, slots=True)
class Panel:
    """One list of answers, with a group a release. trends: over time a picture an answer, otherwise none; span: the
    percentage points that the height of each stands for.

    Cells are marked HIGHER or LOWER where they differ from the release before, or from the other one.
    """

    heading: str
    chart: Chart
    trends: tuple[Trend, ...]
    span: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """Of one section. releases: as they stand from left to right.

    compared: what there is a difference of at all; said: differences that are told as a sentence, by what they are of:
    from one release to the next, and from the first to the last; shared: by id of a release what it asks alike.
    """

    over_time: bool
    here: Release
    releases: tuple[Release, ...]
    labels: Labels
    compared: frozenset[Place]
    said: Mapping[Place, Sequence[Change]]
    shared: Mapping[str, Mapping[str, Shared]]

    @classmethod
    def of(
        cls, over_time: bool, here: Release, releases: tuple[Release, ...], changes: Sequence[Change], labels: Labels
    ) -> Panels:
        """changes: all between these releases, of everyone; what this one has no table of is left out."""
        ids = [one.id for one in releases if one.complete]
        steps = {*pairwise(ids), (ids[0], ids[-1])} if ids else set()
        said: dict[Place, list[Change]] = {}
        for change in changes:
            if change.place in here.shares and change.differs and _either_way(change) & steps:
                said.setdefault(change.place, []).append(change)
        form = here.manifest.form
        shared = {one.id: {s.question: s for s in shared_questions(form, one.manifest.form)} for one in releases}
        return cls(over_time, here, releases, labels, frozenset(change.place for change in changes), said, shared)

    @property
    def others(self) -> tuple[Release, ...]:
        return tuple(one for one in self.releases if one is not self.here)

    def places(self) -> list[Place]:
        """What is compared of this release, in the order of its form."""
        return [place for place in self.here.shares if place in self.compared]

    def sentence(self, change: Change) -> str:
        """Of a difference that is one."""
        answer = self._words(change.place)
        if not self.over_time:
            return difference_sentence(change, answer)
        days = {one.id: day(one.ended) for one in self.releases}
        return change_sentence(change, answer, (days[change.from_round], days[change.to_round]))

    def panel(self, rows: Sequence[Place]) -> Panel:
        """Of the answers to one question, or to one rank or part of it."""
        groups = [Group(one.manifest.name, tuple(self._cells(one, rows)), "", ()) for one in self.releases]
        drawn = chart([(self._words(place),) for place in rows], groups)
        in_rows = [[group.cells[at] for group in groups] for at in range(len(rows))]
        span = span_of(in_rows)
        across = places_in_time([one.ended for one in self.releases])
        trends = tuple(trend(cells, across, span) for cells in in_rows) if self.over_time else ()
        sentences = tuple(self.sentence(change) for place in rows for change in self.said.get(place, ()))
        return Panel(self._heading(rows[0]), drawn, trends, points(span, 0), sentences)

    def _cells(self, of: Release, rows: Sequence[Place]) -> Iterator[Cell]:
        for place in rows:
            share = of.shares.get(place) if _asked(place) in self.shared[of.id] else None
            if share is None or not share.shown:
                yield Cell(ABSENT if share is None else share.status)
                continue
            margin = max(share.high - share.value, share.value - share.low)
            yield Cell(share.status, share.value, margin, share.low, share.high, self._mark(place, of))

    def _mark(self, place: Place, of: Release) -> str:
        """Over time of the later of two that follow each other, otherwise of this one."""
        ids = [one.id for one in self.releases if one.complete]
        steps = set(pairwise(ids))
        told = (one for one in self.said.get(place, ()) if one.to_round == of.id and _either_way(one) & steps)
        return next((HIGHER if (one.difference or 0.0) > 0 else LOWER for one in told), "")

    def _axis_id(self, place: Place) -> str:
        return f"{place.question}.1" if place.rank else place.question

    def _words(self, place: Place) -> str:
        axis = self.labels.axes[self._axis_id(place)]
        return " · ".join(self.labels.cells[axis.id][axis.cells.index(place.answer)])

    def _heading(self, place: Place) -> str:
        top = place.rank.removeprefix("top_")
        return self.labels.part(self._axis_id(place)) if top == place.rank else f"Ranked among the first {top}"


def _asked(place: Place) -> str:
    return place.question.partition(".")[0]


def _either_way(change: Change) -> set[tuple[str, str]]:
    return {(change.from_round, change.to_round), (change.to_round, change.from_round)}
