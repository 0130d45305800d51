"""The rounds that are published, as the site names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from survey.forms.model import Form
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound, RoundsFolder
from survey.rounds.times import stamp


@dataclass(frozen=True, slots=True)
class ListedRound:
    """A round as the site names it. Times are UTC; usable_margin is what the round has promised."""

    id: str
    name: str
    form: Form
    usable_margin: float
    phase: Phase
    closes: str
    closes_day: str
    registrar: str
    intake: str
    operators: frozenset[str]
    takes_codes: bool

    @property
    def title(self) -> str:
        return self.form.title.text()

    @property
    def intro(self) -> str:
        return self.form.intro.text()

    @property
    def service_origins(self) -> tuple[str, str]:
        return _origin(self.registrar), _origin(self.intake)

    @property
    def is_open(self) -> bool:
        return self.phase is Phase.OPEN

    @property
    def takes_answers(self) -> bool:
        """Now, or once it opens."""
        return self.phase in (Phase.OPEN, Phase.NOT_YET_OPEN)


def listed_rounds(rounds: RoundsFolder, now: datetime) -> list[ListedRound]:
    """Every published round, the one that closes last first."""
    found = [_listed(published, now) for published in rounds.all()]
    return sorted(found, key=lambda one: (one.closes, one.id), reverse=True)


def _listed(published: PublishedRound, now: datetime) -> ListedRound:
    manifest, statement = published.manifest, published.statement
    closes = statement.closes if statement else manifest.closes
    return ListedRound(
        id=manifest.id,
        name=manifest.name,
        form=manifest.form,
        usable_margin=manifest.promise.usable_margin,
        phase=phase(manifest, statement, now),
        closes=stamp(closes),
        closes_day=f"{closes.day} {closes:%B %Y}",
        registrar=manifest.service("registrar").url,
        intake=manifest.service("intake").url,
        operators=manifest.operators,
        takes_codes=manifest.eligibility.codes,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
