"""Each question of a page as charts: for everyone, and split by every cohort set that was promised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN
from reports.charts import Chart, Group, chart, groups, marked, weighted_group
from reports.comparisons import Comparisons
from reports.figures import Judged
from reports.labels import Labels
from reports.page.notes import notes
from reports.page.topmost import topmost, topmost_label
from reports.summaries import Summarised
from survey.forms.axes import Axis, question_axes
from survey.forms.model import Choices, Form, Question, Ranking

_COLUMNS = 8  # more groups than this stand below each other
_NAMED = 12  # more groups than this are only counted where they cannot be shown


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart with its heading.

    kind: `bars`, `columns` (groups are columns), `rows` (answers are) or `cross` (answers in rows of `across`).
    few, vague: the groups that cannot be shown, as words. compared: whether its groups were compared with everyone.
    whole: the first group is everyone. tops: its groups are the ranks of a ranking, and last who ranked it at all.
    drawn: whether there is a picture of it: of later ranks, and of pairs in many groups, there are figures only.
    """

    heading: str
    kind: str
    chart: Chart
    few: str = ""
    vague: str = ""
    across: int = 1
    compared: bool = False
    whole: bool = False
    tops: bool = False
    drawn: bool = True

    @property
    def marked(self) -> bool:
        """Whether any figure is said to differ from everyone's."""
        return any(cell.mark for group in self.chart.groups for cell in group.cells)


@dataclass(frozen=True, slots=True)
class Split:
    """A question by one cohort set: a panel an axis.

    shown, groups: how many groups have figures, and of how many; those without an answer are no groups.
    none: why no group has a figure; empty if any has.
    """

    by: str
    shown: int
    groups: int
    none: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked, and what was answered."""

    id: str
    label: str
    notes: tuple[str, ...]
    everyone: tuple[Panel, ...]
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Finds a question's tables among the judged ones, and what their comparisons say, by name of the split table."""

    form: Form
    labels: Labels
    judged: Mapping[str, Judged]
    by: tuple[tuple[str, ...], ...]
    compared: Mapping[str, Comparisons] = field(default_factory=dict)
    summarised: Summarised = field(default_factory=dict)

    def asked(self, question: Question, language: str) -> Asked:
        axes = [axis for axis in question_axes(question) if axis.id in self.labels.axes]
        order = self._order(question, axes)
        splits = (self._split(question, by, axes, order) for by in self.by)
        return Asked(
            question.id,
            question.label.text(language),
            tuple(notes(question, self.form, language)),
            tuple(self._everyone(question, axes, order)),
            tuple(split for split in splits if split.panels),
        )

    def sizes(self) -> Iterator[Panel]:
        """How many are in each cohort of the sets that combine several questions."""
        for by in self.by:
            found = self.judged.get(f"@{','.join(by)}")
            if found is not None and len(by) > 1:
                names = [(name,) for name in self.labels.group(by)]
                whole = groups(found, ("Everyone",), (), sized=True)
                yield _shown_only(Panel(self.by_words(by), "bars", chart(names, whole)))

    def by_words(self, by: Sequence[str]) -> str:
        return " × ".join(self.labels.questions[name] for name in by)

    def _everyone(self, question: Question, axes: Sequence[Axis], order: Sequence[int] | None) -> Iterator[Panel]:
        found = [(axis, self._whole(axis)) for axis in axes]
        known = [(axis, group) for axis, group in found if group is not None]
        if isinstance(question, Ranking) and known:
            ranks = [replace(group, label=self.labels.part(axis.id)) for axis, group in known]
            tops = topmost(self.summarised, question, (), (topmost_label(question),)) or ()
            drawn = _ordered(chart(self._answers(known[0][0]), (*ranks, *tops)), order)
            yield Panel("", "columns", drawn, tops=bool(tops))
            yield from self._weighted_ranks([axis for axis, _ in known], order)
            return
        for axis, group in known:
            kind = "cross" if "|" in axis.part else "bars"
            drawn = _ordered(chart(self._answers(axis, group), (group,)), order)
            yield Panel(self.labels.part(axis.id), kind, drawn, across=_across(axis))
            if (weighed := self._weighted(axis)) is not None:
                heading, version = weighed
                drawn = _ordered(chart(self._answers(axis), (version,)), order)
                yield Panel(heading, kind, drawn, across=_across(axis))

    def _weighted_ranks(self, axes: Sequence[Axis], order: Sequence[int] | None) -> Iterator[Panel]:
        """The ranks again, weighted: those that go by the same cohorts side by side."""
        found: dict[str, list[tuple[Axis, Group]]] = {}
        for axis in axes:
            if (weighed := self._weighted(axis)) is not None:
                found.setdefault(weighed[0], []).append((axis, weighed[1]))
        for by, parts in found.items():
            ranks = [replace(group, label=self.labels.part(axis.id)) for axis, group in parts]
            yield Panel(by, "columns", _ordered(chart(self._answers(parts[0][0]), ranks), order))

    def _weighted(self, axis: Axis) -> tuple[str, Group] | None:
        """The axis for everyone, weighted to known margins: its heading and its figures."""
        judged = self.judged.get(f"{axis.id}@")
        if judged is None or judged.weighted is None:
            return None
        version, status = judged.weighted
        heading = " · ".join(filter(None, (self.labels.part(axis.id), f"Weighted by {self.by_words((version.by,))}")))
        return heading, weighted_group(version, status, len(axis.outside))

    def _whole(self, axis: Axis) -> Group | None:
        """The axis for everyone; a cohort question's is its size table, where no answer is a cell like others."""
        own, sized = self.judged.get(f"{axis.id}@"), self.judged.get(f"@{axis.id}")
        if own is not None:
            return groups(own, ("Everyone",), self._outside(axis))[0]
        return None if sized is None else groups(sized, ("Everyone",), (), sized=True)[0]

    def _split(
        self, question: Question, by: tuple[str, ...], axes: Sequence[Axis], order: Sequence[int] | None
    ) -> Split:
        names, real = self.labels.group(by), self._real(by)
        found = [(axis, self.judged.get(f"{axis.id}@{','.join(by)}")) for axis in axes]
        parts = [(axis, self._groups(judged, names, axis)) for axis, judged in found if judged is not None]
        best = [_best(split[at].status for _, split in parts) for at in range(len(names))]
        shown, vague, few = (
            [name for name, status, is_real in zip(names, best, real, strict=True) if is_real and status == wanted]
            for wanted in (SHOWN, UNCERTAIN, HIDDEN)
        )
        panels = [
            replace(self._split_panel(axis, split, real, order), compared=f"{axis.id}@{','.join(by)}" in self.compared)
            for axis, split in parts
        ]
        if isinstance(question, Ranking) and parts:
            panels += self._topmost(question, by, real, order)
        none = "" if SHOWN in best else _none(few, vague)
        return Split(self.by_words(by), len(shown), sum(real), none, tuple(panels))

    def _topmost(
        self, question: Ranking, by: tuple[str, ...], real: Sequence[bool], order: Sequence[int] | None
    ) -> Iterator[Panel]:
        """Who ranked each option at all, in every cohort."""
        split = topmost(self.summarised, question, by, self.labels.group(by))
        if split is not None:
            whole = topmost(self.summarised, question, (), ("Everyone",)) or (None,)
            answers = self.labels.cells[f"{question.id}.1"][: len(question.options)]
            yield _panel(topmost_label(question), answers, (whole[0], split), real, order)

    def _groups(self, judged: Judged, names: Sequence[str], axis: Axis) -> tuple[Group, ...]:
        drawn, compared = groups(judged, names, self._outside(axis)), self.compared.get(judged.table.name)
        return drawn if compared is None else marked(drawn, compared.marks.tolist())

    def _real(self, by: Sequence[str]) -> tuple[bool, ...]:
        """Whether each cohort, in array order, is of people who answered what it is made of."""
        axes = [self.labels.axes[name] for name in by]
        cells = product(*([at not in axis.outside for at in range(len(axis.cells))] for axis in axes))
        return tuple(all(cell) for cell in cells)

    def _split_panel(
        self, axis: Axis, split: Sequence[Group], real: Sequence[bool], order: Sequence[int] | None
    ) -> Panel:
        panel = _panel(self.labels.part(axis.id), self._answers(axis), (self._whole(axis), split), real, order)
        across, later = _across(axis), axis.part.isdigit() and axis.part != "1"
        return replace(panel, across=across, drawn=not later and (across == 1 or panel.kind == "columns"))

    def _answers(self, axis: Axis, group: Group | None = None) -> tuple[tuple[str, ...], ...]:
        cells = self.labels.cells[axis.id]
        return cells[: len(group.cells) if group is not None else len(axis.cells) - len(axis.outside)]

    def _outside(self, axis: Axis) -> tuple[str, ...]:
        cells = self.labels.cells[axis.id]
        return tuple(cells[index][0] for index in axis.outside)

    def _order(self, question: Question, axes: Sequence[Axis]) -> list[int] | None:
        """The most common answer first where answers have no order of their own; the form's order otherwise."""
        if not isinstance(question, Choices | Ranking):
            return None
        wholes = [group for axis in axes if (group := self._whole(axis)) is not None]
        if not wholes:
            return None
        totals = [sum(group.cells[i].share for group in wholes) for i in range(len(wholes[0].cells))]
        return sorted(range(len(totals)), key=lambda i: (-totals[i], i))


def _panel(
    heading: str,
    answers: Sequence[tuple[str, ...]],
    found: tuple[Group | None, Sequence[Group]],
    real: Sequence[bool],
    order: Sequence[int] | None,
) -> Panel:
    """The cohorts that can be shown beside everyone. found: everyone and all cohorts; real: which are cohorts."""
    whole, split = found
    kept = [group for group in split if group.status == SHOWN]
    beside = [whole, *kept] if kept and whole is not None else kept
    asked = [group for group, is_real in zip(split, real, strict=True) if is_real]
    return Panel(
        heading,
        "columns" if len(beside) <= _COLUMNS else "rows",
        _ordered(chart(answers, beside), order),
        _named([group.label for group in asked if group.status == HIDDEN]),
        _named([group.label for group in asked if group.status == UNCERTAIN]),
        whole=len(beside) > len(kept),
    )


def _best(statuses: Iterable[str]) -> str:
    """The one that lets most be seen."""
    found = set(statuses)
    return next((status for status in (SHOWN, UNCERTAIN) if status in found), HIDDEN)


def _none(few: Sequence[str], vague: Sequence[str]) -> str:
    """Why no group of a split can be shown."""
    told = {"Too few to show": few, "Too uncertain to show": vague}
    reasons = (
        f"{reason}: {_named(labels) if few and vague else f'all {len(labels)}'}."
        for reason, labels in told.items()
        if labels
    )
    return " ".join(("no group can be shown.", *reasons))


def _across(axis: Axis) -> int:
    """How many answers of a pair begin alike: the first is the row, the second the column."""
    first = [cell.partition("|")[0] for cell in axis.cells]
    return first.count(first[0])


def _ordered(drawn: Chart, order: Sequence[int] | None) -> Chart:
    if order is None:
        return drawn
    kept = tuple(replace(g, cells=tuple(g.cells[i] for i in order)) for g in drawn.groups)
    return replace(drawn, answers=tuple(drawn.answers[i] for i in order), groups=kept)


def _shown_only(panel: Panel) -> Panel:
    """Without the cells that cannot be shown: those are only named."""
    group = panel.chart.groups[0]
    pairs = list(zip(panel.chart.answers, group.cells, strict=True))
    kept = [(answer, cell) for answer, cell in pairs if cell.shown]
    drawn = chart([answer for answer, _ in kept], (replace(group, cells=tuple(cell for _, cell in kept)),))
    few = [answer[0] for answer, cell in pairs if cell.status not in (SHOWN, UNCERTAIN)]
    vague = [answer[0] for answer, cell in pairs if cell.status == UNCERTAIN]
    return replace(panel, chart=drawn, few=_named(few), vague=_named(vague))


def _named(labels: Sequence[str]) -> str:
    more = len(labels) - _NAMED
    return "; ".join(labels[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
