"""Whether the brief of a release that was just published asks for anything."""

from __future__ import annotations

import json
from pathlib import Path

from privacy.measurement import Measurement
from reports.additions.added import ADDITIONS, read_added
from reports.additions.ask import FILE, Ask, read_brief
from reports.findings import Findings
from reports.opening.executive_brief import why_no_ask
from reports.opening.opening import Opening
from reports.published import read_served_manifest


def missing_ask(release: Path) -> str:
    """Why brief.pdf of this release asks for nothing, in words; empty if it does, or if there is none.

    release: a folder as `publish` has just written it.
    """
    if not (release / FILE).exists():
        return ""
    manifest = read_served_manifest((release / "manifest.json").read_bytes())
    if read_brief(manifest, (release / FILE).read_bytes()) != Ask():
        return ""  # the host's own ask: no finding needs to be worked out again
    measurement = Measurement.from_json(json.loads((release / "measurements.json").read_bytes()))
    given = {name: (release / name).read_bytes() for name in ADDITIONS if (release / name).exists()}
    added = read_added(manifest, given)
    return why_no_ask(Opening.of(manifest, Findings.of(manifest, measurement, added.margins), "en", added))
