"""What a release opens with, for its page and for its brief: findings, who answered, and what it cannot show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.additions.added import Added
from reports.findings import Findings
from reports.labels import Labels
from reports.opening.bets import bets
from reports.opening.headlines import Headline, Headlines, headlines, leaders
from reports.opening.taking_part import Figures, TakingPart, figures, taking_part
from reports.opening.two_pages import cannot_show
from reports.page.outside_words import beside
from reports.promised import Charged
from reports.wording import people
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.manifest import Manifest


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """labels: in the release's language."""

    manifest: AnyManifest
    language: str
    labels: Labels
    findings: Findings
    headlines: Headlines
    taking_part: TakingPart
    figures: Figures
    added: Added

    @classmethod
    def of(cls, manifest: AnyManifest, findings: Findings, language: str, added: Added) -> Opening:
        labels = Labels.of(manifest.form, language)
        return cls(
            manifest,
            language,
            labels,
            findings,
            headlines(manifest.form, labels, findings, language),
            taking_part(manifest, findings.judged),
            figures(findings.judged),
            added,
        )

    @property
    def leaders(self) -> tuple[Headline, ...]:
        """Every answer that leads its question, told in the headlines or not."""
        return leaders(self.manifest.form, self.labels, self.findings, self.language)

    @property
    def eligible(self) -> str:
        """How many could have taken part, by the host's word; empty if it gave none."""
        said = self.added.about.eligible
        return "" if said is None else people(said)

    def on_page(self, charged: Charged) -> dict[str, Any]:
        """What the templates found.html, answered.html, bets.html, outside.html and outside_list.html read."""
        outside = self.added.outside
        cited = dict.fromkeys((one.source, one.year, one.url) for one in outside)
        return {
            "headlines": self.headlines,
            "asked": self.labels.questions,
            "respondents": self.taking_part.answered,
            "part": self.taking_part,
            "eligible": self.eligible,
            "cannot": tuple(cannot_show(self.figures, isinstance(self.manifest, Manifest))),
            "bets": bets(self.manifest.promise, charged),
            "outside": beside(outside, self.manifest.form, self.labels),
            "sources": tuple({"source": s, "year": y, "url": u} for s, y, u in cited),
        }
