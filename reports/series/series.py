"""What a page shows of releases beside each other: one form over time, and what another form asked alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reports.additions.beside import Measured
from reports.findings import Findings
from reports.labels import Labels
from reports.series.changes import Change, changes
from reports.series.related import Related, Release
from reports.series.series_panels import Panel, Panels
from reports.wording import day, days
from survey.forms.alike import Shared
from survey.forms.model import Amount, Question, option_lists, question_labels

_BRACKETS = "Compared bracket by bracket; medians are not compared."
_FIRST = 5  # sentences that stand above the questions


@dataclass(frozen=True, slots=True)
class Column:
    """One release. gap: why it has no figures, if it has none; host: if it is another than that of the page."""

    name: str
    title: str
    dates: str
    ended: str
    external: bool
    gap: str
    host: str
    round_id: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A question as this form asks it. notes: in what the others ask it otherwise."""

    label: str
    notes: tuple[str, ...]
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """kind: `time`, `chairs` or `form`. sentences: the largest of `differing` differences that are said to be any."""

    kind: str
    columns: tuple[Column, ...]
    questions: tuple[Compared, ...]
    sentences: tuple[str, ...]
    differing: int
    otherwise: tuple[str, ...]

    @property
    def title(self) -> str:
        return {"time": "Over time", "chairs": "Two chairs"}.get(self.kind, "Beside another form")

    @property
    def anchor(self) -> str:
        """Within the page: there is one section over time, and one a release of another form."""
        return "over-time" if self.kind == "time" else f"beside-{self.columns[-1].round_id[:16]}"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Writes the sections of one page, in one language."""

    related: Related
    changes: Sequence[Change]
    labels: Labels
    language: str

    @property
    def comparisons(self) -> int:
        """How many differences of everyone's shares there are: their intervals hold all at once."""
        return sum(not change.by and change.difference is not None for change in self.changes)

    def sections(self) -> tuple[Section, ...]:
        """The one over time first; none for a page without other releases."""
        others = (("chairs" if self.related.two_chairs(one) else "form", one) for one in self.related.others)
        found = [self._section(kind, (self.related.here, other)) for kind, other in others]
        time = [self._section("time", self.related.over_time)] if self.related.over_time else []
        return (*time, *found)

    def _section(self, kind: str, releases: tuple[Release, ...]) -> Section:
        ids = {one.id for one in releases}
        own = [one for one in self.changes if not one.by and {one.from_round, one.to_round} <= ids]
        panels = Panels.of(kind == "time", self.related.here, releases, own, self.labels)
        said = [change for changes in panels.said.values() for change in changes]
        said.sort(key=lambda change: -abs(change.difference or 0.0))
        otherwise = self.related.asked_otherwise() if kind == "time" else ()
        return Section(
            kind,
            tuple(self._column(one) for one in releases),
            tuple(self._questions(panels)),
            tuple(f"{self._asked(one)} {panels.sentence(one)}" for one in said[:_FIRST]),
            len(said),
            tuple(self.labels.questions[name] for name in otherwise),
        )

    def _asked(self, change: Change) -> str:
        """The question, as what a sentence about an answer begins with."""
        label = self.labels.questions[change.question.partition(".")[0]]
        return label if label.endswith(("?", "!", ".", ":", "…")) else f"{label}:"

    def _column(self, of: Release) -> Column:
        ended, another = day(of.ended), of.manifest.host_key != self.related.here.manifest.host_key
        return Column(
            name=of.manifest.name,
            title=of.manifest.form.title.text(self.language),
            dates=f"measured on {ended}" if of.opened is None else days(of.opened, of.ended),
            ended=ended,
            external=of.opened is None,
            gap="" if of.complete else "too few answered",
            host=of.manifest.society if another else "",
            round_id=of.id,
        )

    def _questions(self, panels: Panels) -> Iterator[Compared]:
        for question, places in groupby(panels.places(), key=lambda place: place.question.partition(".")[0]):
            drawn = [panels.panel(list(rows)) for _, rows in groupby(places, key=lambda place: place[0:4])]
            own = self.related.here.manifest.form.question(question)
            brackets = (_BRACKETS,) if isinstance(own, Amount) else ()
            notes = tuple(note for one in panels.others for note in self._notes(question, one, panels))
            yield Compared(self.labels.questions[question], brackets + notes, tuple(drawn))

    def _notes(self, question: str, other: Release, panels: Panels) -> Iterator[str]:
        here, there, shared = self.related.here.manifest.form, other.manifest.form, panels.shared[other.id]
        if question in shared:
            yield from self._told(here.question(question), there.question(question), other.manifest.name)
            yield from _told_of_lists(shared[question], other.manifest.name)

    def _told(self, own: Question, theirs: Question, name: str) -> Iterator[str]:
        """Labels do not make another question, but readers must know of them."""
        words, others = (_texts(one, self.language) for one in (own, theirs))
        if words[0] != others[0]:
            yield f"In “{name}” it was worded: “{others[0]}”"
        known = dict(zip(_ids(own), words[1:], strict=False))
        if any(known.get(answer, text) != text for answer, text in zip(_ids(theirs), others[1:], strict=False)):
            yield f"Some answers were worded otherwise in “{name}”."


def _told_of_lists(shared: Shared, name: str) -> Iterator[str]:
    if not shared.whole:
        yield f"“{name}” has another list of answers: only those in both lists are compared."
    if not shared.flow:
        yield f"“{name}” does not ask this of the same people: shares are of those who were asked and answered."


def _texts(question: Question, language: str) -> list[str]:
    return [label.text(language) for label in question_labels(question)]


def _ids(question: Question) -> list[str]:
    """Of what has a label, in the order of `question_labels`; by place where there are no ids."""
    lists = option_lists(question)
    return [option.id for options in lists for option in options] or ["low", "high", "zero"]


def series_of(here: Measured, findings: Findings, beside: Sequence[Measured], language: str) -> Series | None:
    """This release beside the others; nothing without others. language: of the labels."""
    if not beside:
        return None
    related = Related.of(Release.of(here, findings), beside)
    return Series(related, changes(related), Labels.of(here.manifest.form, language), language)


def on_page(series: Series | None) -> dict[str, Any]:
    """What beside.html shows; nothing where there is no other release."""
    if series is None:
        return {"sections": (), "comparisons": 0}
    return {"sections": series.sections(), "comparisons": series.comparisons}
