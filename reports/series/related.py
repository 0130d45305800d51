"""The releases that stand on one page: which belong to one series over time, and which stand beside another form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reports.additions.beside import Measured
from reports.counted import Counted
from reports.findings import Findings
from reports.series.sampled import Place, Shares, shares_of
from survey.forms.alike import Shared, asked_alike, asked_otherwise, shared_questions
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.manifest import Manifest

_CHAIRS: Final = frozenset({"hr-benchmark", "executive-view"})


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What one release says of everything that is compared; no shares if too few answered.

    opened: none of external answers, whose `ended` is the day they were measured on.
    """

    manifest: AnyManifest
    complete: bool
    opened: datetime | None
    ended: datetime
    shares: Shares

    @classmethod
    def of(cls, made: Measured, findings: Findings | None = None) -> Release:
        """findings: if they are worked out already."""
        manifest, measurement = made.manifest, made.measurement
        found, counted = findings or Findings.of(manifest, measurement), Counted.of(measurement, manifest.promise)
        shares = shares_of(manifest.form, counted, found.judged, found.summarised) if found.complete else {}
        return cls(manifest, found.complete, *_dates(made), shares)

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def form_id(self) -> str:
        return self.manifest.form.id


def _dates(made: Measured) -> tuple[datetime | None, datetime]:
    if isinstance(made.manifest, Manifest):
        return made.manifest.opens, made.manifest.closes if made.statement is None else made.statement.closes
    return None, datetime.fromisoformat(made.entry.day).replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two releases that are compared, the earlier first where both are of one form, and what they share."""

    before: Release
    after: Release
    shared: Mapping[str, Shared]

    @classmethod
    def of(cls, before: Release, after: Release, here: Release) -> Pair:
        """Of what both share, what the form of this page asks alike too."""
        found = shared_questions(after.manifest.form, before.manifest.form)
        own = set(asked_alike(here.manifest.form, after.manifest.form))
        return cls(before, after, {one.question: one for one in found if one.question in own})

    def places(self) -> Iterator[Place]:
        """What both have a share of: the same question and answer, of everyone or of the same cohort."""
        for place in self.after.shares:
            cohorts = [name for name in place.by.split(",") if name]
            asked = place.question.partition(".")[0] in self.shared and all(self._whole(name) for name in cohorts)
            if asked and place in self.before.shares:
                yield place

    def _whole(self, cohort: str) -> bool:
        return cohort in self.shared and self.shared[cohort].whole


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """This release and those beside it.

    over_time: all rounds of this form, this one too, by the day they ended; empty if there is no other.
    others: releases of other forms, by id.
    """

    here: Release
    over_time: tuple[Release, ...]
    others: tuple[Release, ...]

    @classmethod
    def of(cls, here: Release, beside: Sequence[Measured]) -> Related:
        found = [Release.of(one) for one in beside]
        same = [one for one in found if one.form_id == here.form_id]
        series = sorted([*same, here], key=lambda one: (one.ended, one.id)) if same else []
        return cls(here, tuple(series), tuple(one for one in found if one.form_id != here.form_id))

    def pairs(self) -> Iterator[Pair]:
        """All that is compared: each round of this form with the next one and with this release, and this release with
        each of another form. Not every two: all comparisons share one chance of error.
        """
        rounds = [one for one in self.over_time if one.complete]
        for at, before in enumerate(rounds):
            later = [one for one in rounds[at + 1 :] if one is rounds[at + 1] or self.here in (before, one)]
            yield from (Pair.of(before, after, self.here) for after in later)
        others = [other for other in self.others if other.complete and self.here.complete]
        yield from (Pair.of(other, self.here, self.here) for other in others)

    def two_chairs(self, other: Release) -> bool:
        """Whether this and the other are what people workers and executives say of the same."""
        return {self.here.form_id, other.form_id} == _CHAIRS

    def asked_otherwise(self) -> tuple[str, ...]:
        """Ids of questions that some other round of this form had too, and asked otherwise."""
        form = self.here.manifest.form
        found = {name for one in self.over_time for name in asked_otherwise(form, one.manifest.form)}
        return tuple(question.id for question in form.questions if question.id in found)
