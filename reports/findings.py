"""Everything that tables, statistics and page say, worked out once: each of them is written from the same findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privacy.measurement import Measurement
from reports.counted import Counted
from reports.figures import Judged, judge
from reports.summaries import Summarised, summarised
from survey.rounds.any_manifest import AnyManifest


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Judged tables by name, and what there is to say of every question. complete: the minimum was reached."""

    complete: bool
    judged: Mapping[str, Judged]
    summarised: Summarised

    @classmethod
    def of(cls, manifest: AnyManifest, measurement: Measurement) -> Findings:
        counted = Counted.of(measurement, manifest.promise)
        return cls(measurement.complete, judge(manifest, measurement), summarised(manifest.form, counted))
