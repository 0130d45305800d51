"""Everything that tables, statistics and page say, worked out once: each of them is written from the same findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privacy.measurement import Measurement
from reports.additions.margins import Margins
from reports.comparisons import Comparisons, comparisons
from reports.counted import Counted
from reports.distinct import Distinctions, distinctions
from reports.figures import Judged, judge
from reports.leads import Leads, leads
from reports.summaries import Summarised, summarised
from survey.rounds.any_manifest import AnyManifest


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Judged tables by name, what there is to say of every question, and where cohorts differ from everyone.

    complete: the minimum was reached. leads, distinct: what leads and what differs when the whole release is counted.
    """

    complete: bool
    judged: Mapping[str, Judged]
    summarised: Summarised
    compared: Mapping[str, Comparisons]
    leads: Leads
    distinct: Distinctions

    @classmethod
    def of(cls, manifest: AnyManifest, measurement: Measurement, margins: Margins | None = None) -> Findings:
        counted, judged = Counted.of(measurement, manifest.promise), judge(manifest, measurement, margins)
        summed = summarised(manifest.form, counted)
        compared = comparisons(counted, judged)
        apart = distinctions(counted.workload, compared)
        return cls(measurement.complete, judged, summed, compared, leads(manifest.form, counted, judged), apart)
