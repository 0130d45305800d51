"""What every description of a release says, whatever its format: worked out once, of public documents alone.

Nothing here sees a measurement: a description can tell no figure, and dates come from the ledger and the manifest, not
from a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.additions.about import About, Creator
from reports.additions.licences import Licence
from reports.sources import source_of
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import Statement
from survey.rounds.manifest import Manifest

KEYWORDS: Final = ("survey", "differential privacy", "aggregate statistics")
NO_LICENCE: Final = "No licence is stated: ask the host before you use these files for more than reading."
_WHAT: Final = (
    "Figures {of} {society}: counts, shares, quantiles and means, for everyone and by group, each with its "
    "margin of error. Random noise of a known size is in every number (differential privacy); no answer of any person "
    "is here. Signed by the host; every figure can be worked out again from the raw noisy measurements."
)


@dataclass(frozen=True, slots=True)
class Described:
    """A release as a data set.

    made: the day of the measurement, as ISO 8601. collected: first and last day of a round, None where the answers were
    there before. doi, url: empty where there is none; url ends in /.
    """

    round_id: str
    name: str
    society: str
    language: str
    languages: tuple[str, ...]
    title: str
    description: str
    creators: tuple[Creator, ...]
    publisher: str
    contact: str
    keywords: tuple[str, ...]
    licence: Licence | None
    doi: str
    url: str
    version: str
    notes: str
    made: str
    collected: tuple[str, str] | None
    how: str

    @property
    def year(self) -> str:
        return self.made[:4]

    @property
    def address(self) -> str:
        """Where the data set is found: the DOI's address, else the folder's; empty if neither is known."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def citation(self) -> str:
        """One line: who, year, title, version, publisher, address, and the round's id, which names it for good."""
        who = "; ".join(creator.cited for creator in self.creators)
        parts = [f"{who} ({self.year})", f"{self.title} (version {self.version}) [Data set]", self.publisher]
        return ". ".join([*parts, *filter(None, [self.address]), f"Subrosa {self.round_id}"])


def described(manifest: AnyManifest, statement: Statement | None, made: str, language: str, about: About) -> Described:
    """What the host says, and where it says nothing, what the manifest does. made: the day of the ledger entry."""
    form = manifest.form
    external = manifest.source == "external"
    intro = "" if external else form.intro.text(language) + "\n\n"
    what = _WHAT.format(of="of answers held by" if external else "of a survey by", society=manifest.society)
    return Described(
        round_id=manifest.id,
        name=manifest.name,
        society=manifest.society,
        language=language,
        languages=form.languages,
        title=about.title or f"{form.title.text(language)}, {manifest.name}",
        description=about.description or intro + what,
        creators=about.creators or (Creator(name=manifest.society),),
        publisher=about.publisher or manifest.society,
        contact=about.contact or manifest.contact,
        keywords=about.keywords or KEYWORDS,
        licence=about.licence,
        doi=about.doi,
        url=about.url,
        version=about.version or "1",
        notes=about.notes,
        made=made,
        collected=field_days(manifest, statement),
        how=source_of(manifest).collected,
    )


def field_days(manifest: AnyManifest, statement: Statement | None) -> tuple[str, str] | None:
    """First and last day in UTC, as ISO 8601; None where no round collected the answers."""
    if not isinstance(manifest, Manifest):
        return None
    closed = manifest.closes if statement is None else statement.closes
    return manifest.opens.date().isoformat(), closed.date().isoformat()
